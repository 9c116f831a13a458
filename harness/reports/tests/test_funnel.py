"""How many models survive which stage."""

from harness.reports import page
from harness.reports.funnel import funnel, worth_showing
from harness.results.row import Row
from harness.testing.sample_rows import make_run

ONNX = "relax-onnx-llvm"


def _row(case="a", candidate=ONNX, status="match", *, image="a.jpg", **more):
    names = {"case": case, "candidate": candidate, "status": status, "model_sha256": case}
    return Row(image=image, scope="graph", **names, **more)


def _went(**more):
    return {"convert_s": 1.0, "import_s": 0.5, "optimize_s": 0.2, "build_s": 2.0, **more}


def test_each_stage_counts_the_models_that_got_past_it():
    rows = [
        _row("a", **_went()),
        _row("b", status="mismatch", **_went()),
        _row("c", status="convert_failed", stage="convert"),
        _row("d", status="crashed", stage="build", convert_s=1.0, import_s=1.0, optimize_s=1.0),
        _row("e", status="timed_out", stage="run", **_went()),
    ]
    (line,) = funnel(rows)
    assert line.models == 5
    expected = {"convert": 4, "import": 4, "optimize": 4, "build": 3, "run": 2, "pass": 1}
    assert line.survivors == expected


def test_a_stage_that_a_road_has_not_is_no_number():
    (line,) = funnel([_row(candidate="relay-llvm", import_s=4.0, build_s=30.0)])
    assert line.survivors["convert"] is None
    assert line.survivors["optimize"] is None
    assert line.survivors["import"] == 1


def test_a_model_is_counted_by_its_worst_row_and_a_skipped_one_not_at_all():
    rows = [
        _row(**_went()),
        _row(image="b.jpg", status="run_failed", stage="run", **_went()),
        _row("b", status="missing_stack"),
    ]
    (line,) = funnel(rows)
    assert (line.models, line.survivors["build"], line.survivors["run"]) == (1, 1, 0)


def test_one_whole_road_of_one_model_is_no_news():
    assert not worth_showing(funnel([_row(**_went())]))
    assert worth_showing(funnel([_row(**_went()), _row("b", **_went())]))
    assert worth_showing(funnel([_row(status="import_failed", stage="import")]))


def test_the_page_shows_it():
    rows = [_row("a", **_went()), _row("b", status="convert_failed", stage="convert")]
    text = page.render(make_run(), [page.Result(row=row) for row in rows])
    assert "How far each candidate came" in text
    assert '<td class="num differs">1</td>' in text
