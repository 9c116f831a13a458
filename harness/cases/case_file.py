"""A TOML file → a `Case`, or a `CaseError` that names file, line and the valid keys."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from harness.cases.case import Case
from harness.cases.section import Section
from harness.cases.shared_defaults import DEFAULTS, is_from, merged
from harness.cases.toml_bounds import require_parsable
from harness.errors import MAX_NAME, CaseError, close_names
from harness.results.bounded_file import read_at_most
from harness.results.validation_words import expectation

MAX_CASE_BYTES = 1 << 20
MAX_PROBLEMS = 10
"""Problems that one message lists."""


def load(path: Path) -> Case:
    """Read and validate one case file; raises CaseError naming file, line and the valid keys.

    What it leaves out is taken from `defaults.toml` beside it, where there is one.
    """
    own, beside = _read(path), path.with_name(DEFAULTS)
    shared = _read(beside) if beside.is_file() and beside != path else None
    try:
        return Case.model_validate(merged(shared.content, own.content) if shared else own.content)
    except ValidationError as error:
        raise CaseError(_describe_all(own, shared, error)) from error


@dataclass(frozen=True)
class _TomlFile:
    """A file that was read."""

    path: Path
    text: str
    content: dict[str, Any]


def _read(path: Path) -> _TomlFile:
    try:
        text = read_at_most(path, MAX_CASE_BYTES).decode("utf-8-sig")
        require_parsable(text)
        return _TomlFile(path, text, tomllib.loads(text))
    except OSError as error:
        raise CaseError(f"{path}: can't be read: {error.strerror}") from error
    except CaseError as error:
        raise CaseError(f"{path}: {error}") from error
    except (ValueError, RecursionError) as error:  # tomllib, which also lets int() and itself fail
        # Before Python 3.14 the message is the only place where tomllib gives the line.
        where = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        line = f":{where[1]}" if where else ""
        raise CaseError(f"{path}{line}: not valid TOML: {error!s:.300}") from error


def _describe_all(own: _TomlFile, shared: _TomlFile | None, error: ValidationError) -> str:
    """A line for each of the first problems, in the file's order, and how many more there are."""
    found = _independent_errors(error)
    lines = []
    for each in found[:MAX_PROBLEMS]:
        file = own if shared is None or is_from(own.content, each["loc"]) else shared
        file = own if each["type"] == "missing" else file
        lines.append(_describe(file.path, file.text, each))
    more = len(found) - MAX_PROBLEMS
    return "\n".join([*dict.fromkeys(lines), *([f"and {more} more"] if more > 0 else [])])


def _independent_errors(error: ValidationError) -> list[dict[str, Any]]:
    """The errors without those that follow from another one.

    pydantic also calls a list too short when its only entry is invalid.
    """
    found: list[dict[str, Any]] = [dict(each) for each in error.errors()]
    wrong = {each["loc"][:length] for each in found for length in range(len(each["loc"]))}
    return [each for each in found if each["type"] != "too_short" or each["loc"] not in wrong]


def _describe(path: Path, text: str, found: dict[str, Any]) -> str:
    loc = tuple(part for part in found["loc"] if part != "[key]")
    loc = loc[:4] if "pass_config" in loc else loc  # without the branch of the union
    where = f"{path}:{_line_of(text, loc)}"
    key = _dotted(loc) or "the case"
    if found["type"] == "extra_forbidden":
        return f"{where}: {_describe_unknown_key(loc)}"
    if found["type"] == "missing" and isinstance(loc[-1], int):
        return f"{where}: {_dotted(loc[:-1])}: value {loc[-1] + 1} is missing: {_meaning(loc[:-1])}"
    if found["type"] == "missing":
        return f"{where}: missing key '{key}': {_meaning(loc)}"
    message = expectation(found)
    if "pass_config" in loc:
        message = "expected true or false, an integer or a string"
    value = f"; found {found['input']!r:.80}" if not isinstance(found["input"], dict) else ""
    return f"{where}: {key}: {message}{value}"


def _dotted(loc: Sequence[str | int]) -> str:
    return ".".join(f"{part!s:.80}" for part in loc)


def _describe_unknown_key(loc: Sequence[str | int]) -> str:
    key, keys = str(loc[-1]), _section_at(loc[:-1]).model_fields
    table = _dotted(loc[:-1])
    inside = f" in [{table}]" if table else ""
    close = close_names(key, keys)
    hint = f" (nearest: {', '.join(close)})" if close else ""
    if table and key in Case.model_fields:
        hint = " (a key of the whole case stands above the first [table])"
    return f"unknown key '{key:.80}'{inside}{hint}; valid keys: {', '.join(keys)}"


def _section_at(loc: Sequence[str | int]) -> type[Section]:
    """The section class that the names of `loc` lead to, list positions left out."""
    section: type[Section] = Case
    choices: list[type[Section]] = []
    for name in (part for part in loc if isinstance(part, str)):
        if field := section.model_fields.get(name):
            choices = list(_sections(field.annotation))
            section = next(iter(choices), section)
        else:  # the tag of one of several kinds of table, such as those of preprocess.steps
            section = next((one for one in choices if name in _tags(one)), section)
    return section


def _tags(section: type[Section]) -> tuple[str, ...]:
    """The values of `step` that choose a table of this kind."""
    field = section.model_fields.get("step")
    return get_args(field.annotation) if field else ()


def _sections(annotation: Any) -> Iterator[type[Section]]:
    """The section classes that a field's annotation names, at any depth."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for part in get_args(annotation):
        yield from _sections(part)


def _meaning(loc: Sequence[str | int]) -> str:
    field = _section_at(loc[:-1]).model_fields.get(str(loc[-1]))
    return (field.description or "").strip() if field else ""


def _line_of(text: str, loc: Sequence[str | int]) -> int:
    """Line, from 1, on which the deepest part of `loc` that can be found stands.

    tomllib keeps no positions, so headers are matched in order and then the key below them.
    """
    line, lines = 0, text.split("\n")
    for depth, part in enumerate(loc):
        if isinstance(part, int):
            header = re.compile(rf"\s*\[\[[\w.\s]*\b{re.escape(str(loc[depth - 1]))}\s*\]\]")
            hits = (i for i, found in enumerate(lines) if header.match(found))
            line = next(islice(hits, part, None), line)
            continue
        if len(part) > MAX_NAME:
            break
        key_or_header = re.compile(
            rf"\s*(\[+[\w.\s]*\b{re.escape(part)}\s*\]"
            rf"|([\w-]+\s*\.\s*)*[\"']?{re.escape(part)}[\"']?\s*[=.])"
        )
        inline = re.compile(rf"[{{,]\s*\"?{re.escape(part)}\"?\s*=")
        named = (i for i in range(line, len(lines)) if part in lines[i])
        hits = (i for i in named if key_or_header.match(lines[i]) or inline.search(lines[i]))
        line = next(hits, line)
    return line + 1
