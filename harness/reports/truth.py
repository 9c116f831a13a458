"""A Row's figures against float64 truth, noise and near-ties, as its key figures show them."""

from dataclasses import dataclass

from harness.reports.figures import ABSENT, magnitude
from harness.results.row import Row


@dataclass(frozen=True)
class Figure:
    """A named figure as text."""

    name: str
    """For example `Noise`."""
    value: str
    """The formatted number; a dash where it was not measured."""
    note: str = ""
    """A few words beside it."""


@dataclass(frozen=True)
class FigureGroup:
    """A few figures under one title; false where none was measured."""

    title: str
    """Names what was measured."""
    figures: tuple[Figure, ...]
    """Always the same ones in the same order."""

    def __bool__(self) -> bool:
        return any(figure.value != ABSENT for figure in self.figures)


def against_truth(row: Row) -> FigureGroup:
    """Errors, noise and margin; a figure that was not measured is a dash.

    >>> from harness.results.status import Status
    >>> row = Row(case="c", image="i", candidate="r", scope="graph", status=Status.TIE,
    ...           noise=2e-7, margin=0.07, topk_order_equal=False, order_agrees=True)
    >>> found = against_truth(row)
    >>> found.title, found.figures[2].value, found.figures[3].value, found.figures[5].value
    ('Noise and margin', '–', '2e−7', 'differs')
    >>> found.figures[5].note
    'raw; same without near-ties'
    """
    errors = (
        _error("Reference error", row.reference_error, row.reference_error_max),
        _error("Candidate error", row.candidate_error, row.candidate_error_max),
        Figure("Ratio", magnitude(row.error_ratio)),
    )
    truth = any(figure.value != ABSENT for figure in errors)
    over = magnitude(row.margin_over_noise)
    return FigureGroup(
        "Against float64 truth" if truth else "Noise and margin",
        (
            *errors,
            Figure("Noise", magnitude(row.noise)),
            Figure("Margin", magnitude(row.margin), f"{over} × noise" if over != ABSENT else ""),
            _order(row.topk_order_equal, row.order_agrees),
        ),
    )


def _error(name: str, rmse: float, largest: float) -> Figure:
    note = magnitude(largest)
    return Figure(name, magnitude(rmse), f"largest {note}" if note != ABSENT else "RMSE")


def _order(raw: bool | None, adjusted: bool | None) -> Figure:
    words = {None: ABSENT, True: "same", False: "differs"}
    return Figure("Order", words[raw], f"raw; {words[adjusted]} without near-ties")
