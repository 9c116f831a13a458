"""The one form of `--json`: an array of objects whose keys are the row's column names."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any


def print_json(objects: Iterable[Mapping[str, Any]]) -> None:
    """Print one JSON document on stdout."""
    print(as_json(objects))  # noqa: T201


def as_json(objects: Iterable[Mapping[str, Any]]) -> str:
    """The document, in ASCII; NaN, which means "not measured", is null, an infinity is a string.

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
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return None if math.isnan(value) else str(value)
