"""Until when something holds: a day, or a version of a package."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from packaging.version import InvalidVersion, Version
from pydantic import AfterValidator, BeforeValidator

InstalledVersion = Callable[[str], str | None]
"""A distribution's installed version; None where it is not installed."""
_PACKAGE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s+(\S+)")


@dataclass(frozen=True)
class Until:
    """A last day, or the first version of a distribution with which something no longer holds."""

    last_day: date | None = None
    """The last day on which it holds; None where it is a version."""
    distribution: str = ""
    """Name of a distribution; empty where it is a day."""
    version: Version | None = None
    """The first version with which it no longer holds."""

    def passed(self, today: date, installed: InstalledVersion) -> str:
        """Why it no longer holds, in a phrase; empty while it holds.

        A version of a distribution that is not installed is not known to have come.
        """
        if self.last_day is not None:
            return f"{self.last_day} is past" if today > self.last_day else ""
        found = installed(self.distribution)
        if found is None or self.version is None or Version(found) < self.version:
            return ""
        return f"{self.distribution} is {found}"


def parse_until(text: str) -> Until:
    """Read `2026-12-31` or `apache-tvm 0.28`; ValueError for anything else.

    >>> parse_until("2026-12-31").passed(date(2027, 1, 1), lambda _: None)
    '2026-12-31 is past'
    >>> parse_until("apache-tvm 0.28").passed(date(2027, 1, 1), lambda _: "0.28.1")
    'apache-tvm is 0.28.1'
    >>> parse_until("apache-tvm 0.28").passed(date(2027, 1, 1), lambda _: "0.28.dev0")
    ''
    """
    package = _PACKAGE.fullmatch(text.strip())
    try:
        if package is None:
            return Until(last_day=date.fromisoformat(text.strip()))
        return Until(distribution=package[1], version=Version(package[2]))
    except (ValueError, InvalidVersion):
        raise ValueError(
            f"expected a day (YYYY-MM-DD) or a package and its version ('apache-tvm 0.28'); "
            f"found '{text:.60}'"
        ) from None


def _text_of_date(value: Any) -> Any:
    """TOML has dates of its own: `until = 2026-12-31`."""
    return value.isoformat() if type(value) is date else value


def _checked_day(text: str) -> str:
    date.fromisoformat(text)
    return text


def _checked(text: str) -> str:
    parse_until(text)
    return text


Day = Annotated[str, BeforeValidator(_text_of_date), AfterValidator(_checked_day)]
"""A day as YYYY-MM-DD, or TOML's own date."""
UntilText = Annotated[str, BeforeValidator(_text_of_date), AfterValidator(_checked)]
"""What `parse_until` reads."""
