"""What was asked of float64 truth about a model's faults and rewrites, kept in a file.

The same for every route, so that the next one asks nothing.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from harness.proof.faults.planting import Fault
from harness.proof.grades import GradedFault, Times
from harness.results import files


class Measurements:
    """Answers by what was asked; each new one is written at once."""

    def __init__(self, path: Path) -> None:
        """Read the file, if there is one."""
        self._path = path
        self._known: dict[str, Any] = {}
        if path.is_file():
            self._known = json.loads(path.read_text(encoding="utf-8"))

    def times(self, rewrite: str, measure: Callable[[], Times]) -> Times:
        """How far a rewrite moves truth."""
        return _times(self._obtain(f"rewrite {rewrite}", lambda: _plain(measure())))

    def sizes(
        self, fault: Fault, wanted: Sequence[float], grade: Callable[[Fault], list[GradedFault]]
    ) -> list[GradedFault]:
        """A fault in the sizes that move truth by the times wanted."""

        def made() -> list[list[Any]]:
            return [[one.amount, _plain(one.times)] for one in grade(fault)]

        asked = f"{fault.kind} {fault.where} {sorted(wanted)}"
        found = self._obtain(asked, made)
        return [GradedFault(fault, float(amount), _times(times)) for amount, times in found]

    def _obtain(self, asked: str, make: Callable[[], Any]) -> Any:
        if asked not in self._known:
            self._known[asked] = make()
            files.write(self._path, json.dumps(self._known, indent=1).encode())
        return self._known[asked]


def _plain(times: Times) -> dict[str, str]:
    """Numbers as text: JSON has no NaN and no infinity."""
    return {photo: repr(value) for photo, value in times.items()}


def _times(plain: dict[str, str]) -> Times:
    return {photo: float(text) for photo, text in plain.items()}
