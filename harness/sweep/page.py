"""The statistics of a sweep → sweep.html: one file, nothing fetched, no script.

Its size depends on the number of candidates and not on the dataset's: every list is bounded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from harness.reports.page_template import page_environment
from harness.results.status import Status
from harness.sweep import wording
from harness.sweep.arrays import NO_CLASS
from harness.sweep.curve_figure import CurveFigure, curve_figure
from harness.sweep.divergences import QUANTILES
from harness.sweep.facts import SweepFacts
from harness.sweep.gates import GateResult, by_outcome
from harness.sweep.score_figure import ScoreFigure, score_figure
from harness.sweep.statistics import GroupStatistics, SweepStatistics
from harness.sweep.summary_text import group_name
from harness.sweep.verdict import verdict_of

MOST_LINES = 200
"""Lines of the tables that have one a candidate and scope."""
MOST_DETAILED = 12
"""Candidates and scopes with drawings, classes and worst rows."""
WORDS = (
    *("percent_text", "points_text", "range_text", "points_range_text"),
    "bound_text",
    "signed_magnitude",
)
"""Functions of `wording` that the template uses."""
KINDS_OF_OUTCOMES = {"pass": "passing", "fail": "failing", "inconclusive": "known"}
"""Colours."""
KINDS_OF_STATUSES = {status.value: status.kind for status in Status}
LOADER = PackageLoader("harness.sweep", "templates")
PICTURE = "data:image/"
"""Start of the only addresses that a picture may have."""


@dataclass(frozen=True)
class DetailedGroup:
    """A candidate and scope with its drawing."""

    statistics: GroupStatistics
    """Its figures."""
    name: str
    """For people: candidate and scope, with the case where there are several."""
    scores: ScoreFigure | None
    """Reference against candidate scores."""


@dataclass(frozen=True)
class DetailedCandidate:
    """A candidate with the distribution of its divergence."""

    name: str
    """For people."""
    curve: CurveFigure | None
    """One line a scope."""


def render(
    statistics: SweepStatistics,
    gates: Sequence[GateResult],
    facts: SweepFacts,
    *,
    labels: Mapping[int, str] | None = None,
    thumbnails: Mapping[str, str] | None = None,
    tolerances: Mapping[str, float] | None = None,
) -> str:
    """The page as HTML.

    `labels` are names of classes, `thumbnails` data URIs of pictures by the name of the image,
    `tolerances` the absolute tolerance of each scope, where it is a number.
    """
    several = len({one.group.case for one in statistics.groups}) > 1
    name = partial(_name, several)
    shown = statistics.groups[:MOST_DETAILED]
    return (
        _environment()
        .get_template("sweep.html.jinja")
        .render(
            statistics=statistics,
            lines=statistics.groups[:MOST_LINES],
            lines_left_out=max(0, len(statistics.groups) - MOST_LINES),
            details_left_out=max(0, len(statistics.groups) - MOST_DETAILED),
            gates=list(by_outcome(gates)),
            facts=facts,
            verdict=verdict_of(statistics, gates, facts),
            name=name,
            details=[DetailedGroup(one, name(one), score_figure(one.scores)) for one in shown],
            candidates=_candidates(shown, tolerances or {}, several),
            label=partial(_label, labels or {}),
            picture=partial(_picture, thumbnails or {}),
        )
    )


def _candidates(
    groups: Sequence[GroupStatistics], tolerances: Mapping[str, float], several: bool
) -> list[DetailedCandidate]:
    """Neighbouring groups of one candidate, together."""
    found = []
    for (case, candidate), scopes in groupby(
        groups, lambda one: (one.group.case, one.group.candidate)
    ):
        title = f"{case}: {candidate}" if several else candidate
        found.append(DetailedCandidate(title, curve_figure(list(scopes), tolerances)))
    return found


def _name(several: bool, one: GroupStatistics | GateResult) -> str:
    return group_name(one.group, several)


def _label(labels: Mapping[int, str], index: int | None) -> str:
    """The name of a class, with its number where it has no name."""
    if index is None or index == NO_CLASS:
        return "not known"
    return labels.get(index) or f"class {index}"


def _picture(thumbnails: Mapping[str, str], image: str) -> str:
    uri = thumbnails.get(image, "")
    return uri if uri.startswith(PICTURE) else ""


@cache
def _environment() -> Environment:
    """The look of report.html, with the sweep's own templates."""
    environment = page_environment().overlay(loader=LOADER)
    environment.filters = environment.filters | {name: getattr(wording, name) for name in WORDS}
    environment.globals = environment.globals | {
        "sweep_css": Markup(LOADER.get_source(environment, "sweep.css")[0]),  # noqa: S704 - ours
        "quantile_names": tuple(QUANTILES),
        "kinds_of_outcomes": KINDS_OF_OUTCOMES,
        "kinds_of_statuses": KINDS_OF_STATUSES,
    }
    return environment
