"""`defaults.toml` beside case files: what they share, and each may say otherwise.

A table of the case replaces the keys that it names of the same table there; a list of tables, such
as `[[candidates]]`, replaces the whole list.
"""

from collections.abc import Mapping
from typing import Any

DEFAULTS = "defaults.toml"
"""The file's name."""


def merged(defaults: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """The case with what it leaves to the defaults.

    >>> merged({"k": 3, "limits": {"run_timeout_s": 9.0}}, {"k": 1, "limits": {"memory_gib": 2.0}})
    {'k': 1, 'limits': {'run_timeout_s': 9.0, 'memory_gib': 2.0}}
    """
    found = dict(defaults)
    for key, value in case.items():
        other = found.get(key)
        if isinstance(value, Mapping) and isinstance(other, Mapping):
            found[key] = {**other, **value}
        else:
            found[key] = value
    return found


def is_from(case: Mapping[str, Any], loc: tuple[str | int, ...]) -> bool:
    """Whether what stands at a place of the merged case is the case's own."""
    key, *rest = loc or ("",)
    own = case.get(str(key))
    if isinstance(own, Mapping) and rest:
        return str(rest[0]) in own
    return own is not None
