"""An option declared once, and its value from the command line, the environment or an ini file.

A field of a frozen dataclass whose metadata `option` makes is an option. Its name gives all of its
spellings: the field `build_timeout` is `--build-timeout` of `parity`, `--parity-build-timeout` and
the ini key `parity_build_timeout` of pytest, and the environment variable `PARITY_BUILD_TIMEOUT`.

Imported in every pytest session of every project that has the harness installed, so it imports
nothing but light modules of the standard library.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any

from harness.errors import UsageError

WORDS_FOR_TRUE = ("1", "true", "yes", "on")
WORDS_FOR_FALSE = ("0", "false", "no", "off")
MAX_DIGITS = 12
"""Of a whole number."""


class OptionKind(Enum):
    """What an option takes; the value is the placeholder that help texts show."""

    STACK = "NAME"
    """The name of a registered stack."""
    FOLDER = "DIR"
    """One folder."""
    FOLDERS = "DIR…"
    """Folders: the option may be repeated; in the environment they are separated as in PATH."""
    FLAG = ""
    """True where it is given."""
    NUMBER = "N"
    """A number above 0."""
    COUNT = "ROWS"
    """A whole number, 0 for none."""
    PERCENT = "PERCENT"
    """A number from 0 to 100."""


@dataclass(frozen=True)
class Option:
    """The declaration of one option."""

    field: str
    """Name of the field that holds the value, with underscores."""
    kind: OptionKind
    """What it takes."""
    help: str
    """What it means, in one phrase without a full stop."""
    commands: tuple[str, ...]
    """Subcommands of `parity` that take it; pytest takes every option."""

    @property
    def name(self) -> str:
        """The name with hyphens, such as `build-timeout`."""
        return self.field.replace("_", "-")

    @property
    def flag(self) -> str:
        """How `parity` spells it."""
        return f"--{self.name}"

    @property
    def pytest_flag(self) -> str:
        """How pytest's command line spells it."""
        return f"--parity-{self.name}"

    @property
    def ini_key(self) -> str:
        """How pytest's ini file spells it."""
        return f"parity_{self.field}"

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"PARITY_{self.field.upper()}"

    @property
    def spellings(self) -> str:
        """Every place where it can be given, for messages."""
        own = f"{self.flag} (pytest: {self.pytest_flag})" if self.commands else self.pytest_flag
        return f"{own}, the ini key {self.ini_key} or the environment variable {self.variable}"


def option(
    kind: OptionKind, about: str, commands: tuple[str, ...] = ()
) -> dict[str, OptionKind | str | tuple[str, ...]]:
    """The metadata that makes a dataclass field an option; the arguments are those of `Option`."""
    return {"kind": kind, "help": about, "commands": commands}


def options_of(cls: type[Any]) -> tuple[Option, ...]:
    """Every option that a dataclass declares, in its order."""
    return tuple(Option(one.name, **one.metadata) for one in fields(cls) if "kind" in one.metadata)


@dataclass(frozen=True)
class OptionSource:
    """A place where options are given: a command line, the environment or an ini file."""

    values: Mapping[str, Any]
    """Text, bool or list of texts by field; None, an empty text or list where it is not given."""
    spelling: Callable[[Option], str]
    """How an option is spelled there, for messages."""
    folder: Path
    """Where relative folders begin."""


def environment(options: Sequence[Option]) -> OptionSource:
    """The environment variables of this process; relative folders begin where it runs."""
    values = {one.field: os.environ.get(one.variable) for one in options}
    return OptionSource(values, lambda one: one.variable, Path.cwd())


def variables_for(options: Sequence[Option], settings: object) -> dict[str, str]:
    """The environment variables by which another process gets settings that are not the default."""
    default = type(settings)()
    values = {one: (getattr(settings, one.field), getattr(default, one.field)) for one in options}
    return {one.variable: _text(value) for one, (value, usual) in values.items() if value != usual}


def _text(value: Any) -> str:
    return os.pathsep.join(map(str, value)) if isinstance(value, tuple) else str(value)


def resolve(options: Sequence[Option], sources: Sequence[OptionSource]) -> dict[str, Any]:
    """Value by field for every option that a source gives; the first source wins.

    Raises UsageError where a value is not of the option's kind, StackError for an unknown stack.
    """
    found = {}
    for one in options:
        for source in sources:
            given = source.values.get(one.field)
            if given is not None and given not in ("", []):
                found[one.field] = _READERS[one.kind](given, source.spelling(one), source.folder)
                break
    return found


def _stack(given: Any, _spelling: str, _folder: Path) -> str:
    from harness.stacks.registry import stack_named

    return stack_named(str(given)).name


def _folder(given: Any, _spelling: str, folder: Path) -> Path:
    return folder / str(given)


def _folders(given: Any, _spelling: str, folder: Path) -> tuple[Path, ...]:
    names = given.split(os.pathsep) if isinstance(given, str) else given
    return tuple((folder / name).resolve() for name in names if name)


def _flag(given: Any, spelling: str, _folder: Path) -> bool:
    word = str(given).lower()
    if word not in WORDS_FOR_TRUE + WORDS_FOR_FALSE:
        known = ", ".join(WORDS_FOR_TRUE + WORDS_FOR_FALSE)
        raise UsageError(f"{spelling} takes one of {known}; found '{given}'")
    return word in WORDS_FOR_TRUE


def _number(given: Any, spelling: str, _folder: Path) -> float:
    try:
        number = float(given)
    except ValueError:
        number = 0.0
    if not number > 0:
        raise UsageError(f"{spelling} takes a number above 0; found '{given}'")
    return number


def _count(given: Any, spelling: str, _folder: Path) -> int:
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise UsageError(f"{spelling} takes a whole number, 0 for none; found '{text:.80}'")
    return int(text)


def _percent(given: Any, spelling: str, _folder: Path) -> float:
    try:
        number = float(given)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 100:  # noqa: PLR2004  what percent are
        raise UsageError(f"{spelling} takes a number from 0 to 100, percent; found '{given}'")
    return number


_READERS: dict[OptionKind, Callable[[Any, str, Path], Any]] = {
    OptionKind.STACK: _stack,
    OptionKind.FOLDER: _folder,
    OptionKind.FOLDERS: _folders,
    OptionKind.FLAG: _flag,
    OptionKind.NUMBER: _number,
    OptionKind.COUNT: _count,
    OptionKind.PERCENT: _percent,
}
