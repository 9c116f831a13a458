"""Target strings such as `llvm -mcpu=skylake-avx512`, which TVM 0.27 itself no longer reads."""

import json
import re
from typing import Any

_OPTION = re.compile(r"-{1,2}([A-Za-z][\w-]*)=(.+)")
_NUMBER = re.compile(r"\d+")
_LISTS = frozenset({"keys", "mattr", "cl-opt", "libs"})


def as_json(text: str) -> dict[str, Any]:
    """A target's JSON form from either form; ValueError for any other text.

    >>> as_json("llvm -mcpu=core-avx2 -mattr=+avx2,+fma -num-cores=4")
    {'kind': 'llvm', 'mcpu': 'core-avx2', 'mattr': ['+avx2', '+fma'], 'num-cores': 4}
    >>> as_json('{"kind": "cuda"}')
    {'kind': 'cuda'}
    """
    if text.lstrip().startswith("{"):
        return dict(json.loads(text))
    kind, *words = text.split()
    found: dict[str, Any] = {"kind": kind}
    for word in words:
        option = _OPTION.fullmatch(word)
        if option is None:
            raise ValueError(f"target '{text}': '{word}' is no option; expected -name=value")
        found[option[1]] = _value(*option.groups())
    return found


def _value(name: str, text: str) -> Any:
    if name in _LISTS:
        return text.split(",")
    return int(text) if _NUMBER.fullmatch(text) else text
