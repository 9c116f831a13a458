"""The tables of docs/proof.md, in Markdown."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from harness.proof.proof_row import SATURATED, Change, ProofRow

CERTAIN, LIKELY = 10.0, 5.0
"""Faults that move truth by more than so many times the noise must all be found, or nearly all."""
LIKELY_SHARE = 0.95
"""Share of the faults beyond LIKELY that must be found."""
BANDS = ((CERTAIN, float("inf")), (LIKELY, CERTAIN), (3.0, LIKELY), (0.0, 3.0))
"""By how many times the noise a fault moves truth, worst first."""


@dataclass(frozen=True)
class Proof:
    """Everything that was tried."""

    rows: Sequence[ProofRow]
    """Every row, of earlier runs too."""
    inapplicable: dict[str, tuple[str, ...]]
    """By model: kinds for which it has no place."""
    dropped: Sequence[tuple[str, str]] = ()
    """Stack and kind: the stack's importer does not read what the fault changes."""

    @property
    def faults(self) -> list[ProofRow]:
        """Rows with a fault."""
        return [row for row in self.rows if row.change is Change.FAULT]

    @property
    def sound(self) -> list[ProofRow]:
        """Rows in which nothing is wrong."""
        return [row for row in self.rows if row.change is not Change.FAULT]

    def beyond(self, ratio: float) -> list[ProofRow]:
        """The faults that move truth by more than so many times the noise."""
        return [row for row in self.faults if row.ratio > ratio]

    @property
    def holds(self) -> bool:
        """Whether enough faults are found, some were to find, and no sound row fails."""
        certain, likely = self.beyond(CERTAIN), self.beyond(LIKELY)
        found = sum(row.failing for row in likely)
        return (
            bool(certain)
            and all(row.failing for row in certain)
            and found >= LIKELY_SHARE * len(likely)
            and bool(self.sound)
            and not alarms(self.sound)
        )


def alarms(rows: Iterable[ProofRow]) -> list[ProofRow]:
    """The rows that do not pass."""
    return [row for row in rows if row.status not in PASSING]


PASSING = frozenset({"match", "tie", "within_noise", "unnormalised"})


def proof_tables(proof: Proof) -> str:
    """The whole document."""
    candidates = list(dict.fromkeys(row.candidate for row in proof.rows))
    by_candidate = {name: _of_candidate(name) for name in candidates}
    by_saturation: dict[str, Callable[[ProofRow], bool]] = {
        f"top score above {SATURATED}": lambda row: row.saturated,
        "below": lambda row: not row.saturated,
    }
    lines = [
        "# What the harness tells apart",
        "",
        "Made by `parity prove`. A fault is sized by how far it moves float64 truth, in the",
        "domain of the verdict ([verdict.md](verdict.md)), over how far rounding may move the",
        "reference on that photo. A row finds it by ending as `mismatch`. A rewrite is the same",
        "function written otherwise: its rows, and those of models as they are, must pass.",
        "",
        *_detection(proof.faults, {"all": lambda _: True, **by_saturation}),
        *_detection(proof.faults, by_candidate),
        *_sound(proof.sound, {"all": lambda _: True, **by_saturation, **by_candidate}),
        *_by_model(proof),
        *_smallest(proof.faults),
        *_exceptions(proof),
    ]
    for stack, kind in sorted(set(proof.dropped)):
        lines += ["", f"The importer of {stack} drops {kind} without a word, so there the faulty"]
        lines += ["graph is the reference's and the whole one is compiled."]
    for model, kinds in proof.inapplicable.items():
        if kinds:
            lines += ["", f"No place in {model} for: {', '.join(kinds)}."]
    return "\n".join(lines) + "\n"


def _of_candidate(name: str) -> Callable[[ProofRow], bool]:
    return lambda row: row.candidate == name


def _detection(
    rows: Sequence[ProofRow], columns: dict[str, Callable[[ProofRow], bool]]
) -> list[str]:
    lines = [_line("truth moves by", *columns), _rule(len(columns) + 1)]
    for low, high in BANDS:
        band = [row for row in rows if low < row.ratio <= high]
        cells = (_share([row for row in band if wanted(row)]) for wanted in columns.values())
        name = f"more than {low:g} × noise" if high > CERTAIN else f"{low:g} to {high:g} × noise"
        lines.append(_line(name, *cells))
    return [*lines, ""]


def _share(rows: Sequence[ProofRow]) -> str:
    return f"{sum(row.failing for row in rows)} of {len(rows)} found" if rows else "–"


def _sound(rows: Sequence[ProofRow], columns: dict[str, Callable[[ProofRow], bool]]) -> list[str]:
    lines = [_line("nothing is wrong", *columns), _rule(len(columns) + 1)]
    for change, name in ((Change.NONE, "models as they are"), (Change.REWRITE, "equal rewrites")):
        found = [[r for r in rows if r.change is change and one(r)] for one in columns.values()]
        lines.append(_line(name, *(f"{len(alarms(one))} alarms in {len(one)}" for one in found)))
    return [*lines, ""]


def _by_model(proof: Proof) -> list[str]:
    head = ("model", "faults beyond 10 × noise", "beyond 5", "nothing wrong", "top scores")
    lines = [_line(*head), _rule(len(head))]
    for model in dict.fromkeys(row.model for row in proof.rows):
        certain, likely = (
            [row for row in proof.beyond(one) if row.model == model] for one in (CERTAIN, LIKELY)
        )
        sound = [row for row in proof.sound if row.model == model]
        scores = [row.top_score for row in proof.rows if row.model == model]
        span = f"{min(scores):.2f} to {max(scores):.2f}"
        quiet = f"{len(alarms(sound))} alarms in {len(sound)}"
        lines.append(_line(model, _share(certain), _share(likely), quiet, span))
    return [*lines, ""]


def _smallest(rows: Sequence[ProofRow]) -> list[str]:
    head = ("kind of fault", "rows", "smallest found, × noise", "largest missed, × noise")
    lines = [_line(*head), _rule(len(head))]
    for kind in sorted({row.kind for row in rows}):
        of_kind = [row for row in rows if row.kind == kind]
        found = [row.ratio for row in of_kind if row.failing]
        missed = [row.ratio for row in of_kind if not row.failing]
        smallest = f"{min(found):.3g}" if found else "none"
        largest = f"{max(missed):.3g}" if missed else "none"
        lines.append(_line(kind, str(len(of_kind)), smallest, largest))
    return lines


def _exceptions(proof: Proof) -> list[str]:
    """Each missed fault beyond LIKELY and each alarm, by name."""
    missed = [row for row in proof.beyond(LIKELY) if not row.failing]
    wrong = [*missed, *alarms(proof.sound)]
    if not wrong:
        return []
    head = ("model", "change", "where", "photo", "candidate", "× noise", "status")
    lines = ["", "Missed faults and alarms:", "", _line(*head), _rule(len(head))]
    return lines + [
        _line(r.model, r.kind or "none", r.where, r.image, r.candidate, f"{r.ratio:.3g}", r.status)
        for r in wrong
    ]


def _line(*cells: str) -> str:
    """A line of a table; a bar in a name would end its cell."""
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _rule(columns: int) -> str:
    return "|---" * columns + "|"
