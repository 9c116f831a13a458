"""What pydantic finds wrong with a value, in the words of this project."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

_TABLE, _LIST = "expected a table of keys", "expected a list"
_INTEGER, _NUMBER, _FLAG = "expected an integer", "expected a number", "expected true or false"
_WORDS = {
    "model_type": _TABLE,
    "dict_type": _TABLE,
    "tuple_type": _LIST,
    "too_short": "expected at least {min_length} of them",
    "too_long": "expected at most {max_length} of them",
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_from_float": _INTEGER,
    "int_parsing_size": _INTEGER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "expected a finite number",
    "bool_type": _FLAG,
    "bool_parsing": _FLAG,
    "string_type": "expected a string",
    "string_too_short": "expected at least {min_length} characters",
    "string_too_long": "expected at most {max_length} characters",
    "string_pattern_mismatch": "expected text that matches {pattern}",
    "literal_error": "expected {expected}",
    "enum": "expected {expected}",
    "greater_than": "expected a number above {gt}",
    "greater_than_equal": "expected a number of at least {ge}",
    "less_than_equal": "expected a number of at most {le}",
    "extra_forbidden": "unknown key",
    "missing": "missing",
    "union_tag_invalid": "{discriminator} is '{tag:.80}'; expected one of {expected_tags}",
    "union_tag_not_found": "missing key {discriminator}",
}
"""pydantic's name of an error → what was expected."""


def expectation(found: Mapping[str, Any]) -> str:
    """What was expected, of one of `ValidationError.errors()`; a validator's own words as is."""
    words = _WORDS.get(found["type"])
    if words is None:
        return str(found["msg"]).removeprefix("Value error, ")
    return words.format(**found.get("ctx", {}))


def problems(error: ValidationError) -> str:
    """Every problem in one line: the key, what was expected, what was found."""
    return "; ".join(dict.fromkeys(_problem(found) for found in error.errors()))


def _problem(found: Mapping[str, Any]) -> str:
    key = ".".join(f"{part!s:.80}" for part in found["loc"])
    value = f"; found {found['input']!r:.80}" if not isinstance(found["input"], dict) else ""
    return f"{key}: {expectation(found)}{value}" if key else f"{expectation(found)}{value}"
