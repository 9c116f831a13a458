"""The environments that tox.ini declares, factors written out."""

import re
from itertools import product

from harness.testing.fixtures import ROOT

TOX = (ROOT / "tox.ini").read_text(encoding="utf-8")
LEFT_OUT = ("roads", "both", "versions", "slow", "slow-relay", "tvm")
"""How the environments begin that CI leaves out for their time."""
_SECTION = re.compile(r"^\[testenv:(\S+)\]$", re.MULTILINE)


def sections() -> dict[str, list[str]]:
    """Section as it is written → the names of its environments."""
    return {name: _names(name) for name in _SECTION.findall(TOX)}


def environments() -> set[str]:
    """The names of all environments."""
    return {name for made in sections().values() for name in made}


def _names(section: str) -> list[str]:
    """The names that tox makes of a section's factors."""
    parts = re.split(r"\{([^}]*)\}", section)  # text and alternatives in turn
    choices = [part.split(",") if place % 2 else [part] for place, part in enumerate(parts)]
    return ["".join(chosen) for chosen in product(*choices)]
