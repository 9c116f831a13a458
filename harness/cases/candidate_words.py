"""A candidate written on the command line, as one word or as key=value pairs."""

import re
from collections.abc import Iterable
from typing import Any, get_args

from pydantic import ValidationError

from harness.cases.asset_sections import Asset
from harness.cases.candidate import Candidate
from harness.errors import StackError, UsageError, nearest
from harness.graphdef.precisions import Precision
from harness.results.validation_words import problems
from harness.stacks.registry import stack_named, stack_names

FORMS = (
    "stack[-target][-layout][-oN][-packed][-float16], such as relay-llvm-nchw, "
    "relax-onnx-host-packed or onnxruntime; or key=value pairs, such as "
    "'stack=relay,target=llvm -mcpu=core-avx2,layout=NCHW,opt_level=3'"
)

KEYS = frozenset(Candidate.model_fields) - {"model", "pass_config", "calibration"}
"""Keys of the second form: those whose values are words or numbers."""


def parse(text: str, model: Asset | None = None) -> Candidate:
    """A Candidate from either form of `FORMS`, compiled from `model` if given; UsageError.

    >>> parse("relay-llvm-nchw-o0").opt_level
    0
    >>> parse("relax-onnx-host-packed").stack
    'relax-onnx'
    >>> parse("stack=relay,target=llvm -mcpu=core-avx2").target
    'llvm -mcpu=core-avx2'
    """
    keys = _from_pairs(text) if "=" in text else _from_words(text)
    if model is not None:
        keys["model"] = model
    try:
        return Candidate.model_validate(keys)
    except ValidationError as error:
        raise UsageError(f"candidate '{text}': {problems(error)}. Expected {FORMS}") from error


def installed(words: Iterable[str]) -> list[str]:
    """Those candidates whose stacks are installed here."""
    found = []
    for word in words:
        try:
            stack_named(parse(word).stack).versions()
        except StackError:
            continue
        found.append(word)
    return found


def _from_pairs(text: str) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    last = ""
    for pair in text.split(","):
        key, separator, value = (part.strip() for part in pair.partition("="))
        if not separator and last:  # a comma inside the value, as in -mattr=+avx2,+fma
            keys[last] += f",{key}"
            continue
        if not separator:
            key, value = "stack", key
        if key in keys:
            raise UsageError(f"candidate '{text}' gives {key} twice")
        if key not in KEYS:
            hint = nearest(key, KEYS)
            raise UsageError(f"candidate '{text}' has an unknown key '{key}'; {hint}. Use {FORMS}")
        keys[key], last = value, key
    if re.fullmatch(r"\d", level := str(keys.get("opt_level", ""))):
        keys["opt_level"] = int(level)
    return keys


def _from_words(text: str) -> dict[str, Any]:
    known = stack_names()
    found = [name for name in known if text == name or text.startswith(f"{name}-")]
    if not found:
        hint = nearest(text.partition("-")[0], known)
        raise UsageError(f"candidate '{text}' begins with no known stack; {hint}. Use {FORMS}")
    name = max(found, key=len)
    keys: dict[str, Any] = {"stack": name}
    for word in text[len(name) :].split("-"):
        if word in ("nchw", "nhwc", "NCHW", "NHWC"):
            _set_once(keys, "layout", word.upper(), text)
        elif re.fullmatch(r"o\d", word):
            _set_once(keys, "opt_level", int(word[1:]), text)
        elif word == "packed":
            _set_once(keys, "pipeline", word, text)
        elif word in get_args(Precision):
            _set_once(keys, "precision", word, text)
        elif word:
            keys["target"] = f"{keys['target']}-{word}" if "target" in keys else word
    return keys


def _set_once(keys: dict[str, Any], key: str, value: Any, text: str) -> None:
    if key in keys:
        raise UsageError(f"candidate '{text}' gives {key} twice")
    keys[key] = value
