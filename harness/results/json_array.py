"""Objects of columns → the one form of JSON that every command prints: an array."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any


def as_json(objects: Iterable[Mapping[str, Any]]) -> str:
    """The document, in ASCII; NaN, which means "not measured", is null, an infinity is a string.

    So it is within lists and objects, too.

    >>> print(as_json([{"max_abs": float("nan"), "top1_label": "owl"}]))
    [
      {
        "max_abs": null,
        "top1_label": "owl"
      }
    ]
    """
    plain = [{name: _value(value) for name, value in one.items()} for one in objects]
    return json.dumps(plain, indent=2, allow_nan=False)


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _value(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_value(one) for one in value]
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return None if math.isnan(value) else str(value)
