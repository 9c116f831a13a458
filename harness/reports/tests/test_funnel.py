"""How many models get past which stage."""

import re
from typing import Any

from harness.reports import page
from harness.reports.funnel import funnel, worth_showing
from harness.results.result import Result
from harness.results.row import Row
from harness.results.status import Status
from harness.testing.sample_rows import make_run

ONNX = "relax-onnx-llvm"


def _row(
    case: str = "a",
    candidate: str = ONNX,
    status: str = "match",
    *,
    image: str = "a.jpg",
    **more: Any,
) -> Row:
    return Row(
        case=case,
        image=image,
        candidate=candidate,
        scope="graph",
        status=Status(status),
        model_sha256=case,
        **more,
    )


def _timed(**more: Any) -> dict[str, Any]:
    return {"convert_s": 1.0, "import_s": 0.5, "optimize_s": 0.2, "build_s": 2.0, **more}


def test_each_stage_counts_the_models_that_got_past_it() -> None:
    rows = [
        _row("a", **_timed()),
        _row("b", status="mismatch", **_timed()),
        _row("c", status="convert_failed", stage="convert"),
        _row("d", status="crashed", stage="build", convert_s=1.0, import_s=1.0, optimize_s=1.0),
        _row("e", status="timed_out", stage="run", **_timed()),
    ]
    (line,) = funnel(rows)
    assert line.models == 5
    expected = {"convert": 4, "import": 4, "optimize": 4, "build": 3, "run": 2, "pass": 1}
    assert line.survivors == expected


def test_a_stage_that_a_candidate_lacks_is_no_number() -> None:
    (line,) = funnel([_row(candidate="relay-llvm", import_s=4.0, build_s=30.0)])
    assert line.survivors["convert"] is None
    assert line.survivors["optimize"] is None
    assert line.survivors["import"] == 1


def test_a_model_is_counted_by_its_worst_row_and_a_skipped_one_not_at_all() -> None:
    rows = [
        _row(**_timed()),
        _row(image="b.jpg", status="run_failed", stage="run", **_timed()),
        _row("b", status="missing_stack"),
    ]
    (line,) = funnel(rows)
    assert (line.models, line.survivors["build"], line.survivors["run"]) == (1, 1, 0)


def test_one_model_that_runs_is_not_worth_showing() -> None:
    assert not worth_showing(funnel([_row(**_timed())]))
    assert worth_showing(funnel([_row(**_timed()), _row("b", **_timed())]))
    assert worth_showing(funnel([_row(status="import_failed", stage="import")]))


def test_the_page_shows_it() -> None:
    rows = [_row("a", **_timed()), _row("b", status="convert_failed", stage="convert")]
    text = page.render(make_run(), [Result(row=row) for row in rows])
    assert "Models left after each stage" in text
    assert re.search('class="num differs"[^>]*>1</td>', text)
