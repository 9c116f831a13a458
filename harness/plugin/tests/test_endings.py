"""Whatever a program under test does, every selected comparison ends as its rows."""

from pathlib import Path

from harness.plugin.tests.conftest import CALM, FAKE, Project
from harness.testing.tiny import write_case

ENDINGS = {
    "fail-build": "compile_failed",
    "abort-build": "crashed",
    "kill-build": "crashed",
    "hoard-build": "out_of_memory",
    "fail-run": "run_failed",
    "abort-run": "crashed",
    "kill-run": "crashed",
    "hoard-run": "out_of_memory",
    "nan": "mismatch",
    "all-nan": "mismatch",
    "short": "no_evidence",
    "zeros": "mismatch",
    "empty": "no_evidence",
    "shifted": "mismatch",
    "cuda": "no_device",
}


def test_every_way_to_go_wrong_becomes_its_row_and_loses_no_other(project: Project) -> None:
    candidates = (CALM, *(FAKE.format(target) for target in ENDINGS))
    done, rows = project("cases", "-n", "2", "--parity-memory-gib=0.6", candidates=candidates)
    assert done.returncode == 1
    assert len(rows) == 2 * len(candidates)
    graph = rows[rows.scope == "graph"].set_index("candidate")
    found = {target: graph.status[f"fake-{target}"] for target in ENDINGS}
    assert found == ENDINGS, graph.reason.to_dict()
    assert graph.status["fake-calm"] == "match"
    assert (graph.reason.str.len() > 0).all()
    assert "assertion failed, as asked" in graph.reason["fake-abort-build"]


def test_what_hangs_becomes_its_row_and_loses_no_other(project: Project, tmp_path: Path) -> None:
    """Only what hangs has a time limit that can pass.

    The reference has the same limits, but it answers in the first case, and keeps its answers.
    """
    write_case(tmp_path, candidates=(CALM,), name="1-before")
    for step in ("build", "run"):
        top = f"limits = {{ {step}_timeout_s = 1 }}"
        write_case(tmp_path, candidates=(FAKE.format(f"hang-{step}"),), top=top, name=f"2-{step}")
    write_case(tmp_path, candidates=(CALM,), name="3-after")
    done, rows = project("cases", case="as written")
    assert done.returncode == 1
    graph = rows[rows.scope == "graph"].set_index("case")
    found = {
        "cases/1-before": "match",
        "cases/2-build": "timed_out",
        "cases/2-run": "timed_out",
        "cases/3-after": "match",
    }
    assert graph.status.to_dict() == found, graph.reason.to_dict()
    assert graph.reason.str.contains("within 1 s")[["cases/2-build", "cases/2-run"]].all()
    assert list(rows[rows.scope == "end_to_end"].status) == list(graph.status)


def test_a_test_process_that_dies_still_leaves_every_row(project: Project, tmp_path: Path) -> None:
    write_case(tmp_path, candidates=(CALM,), images=("a.jpg", "b.jpg"))
    (tmp_path / "cases" / "conftest.py").write_text(
        "import os, pytest\n"
        "@pytest.hookimpl(tryfirst=True)\n"
        "def pytest_runtest_call(item):\n"
        "    if 'b.jpg' in item.nodeid: os.kill(os.getpid(), 9)\n"
    )
    done, rows = project("cases", "-n", "2", case="as written")
    assert done.returncode == 1
    ends = rows.set_index(["image", "scope"]).status
    assert ends["a.jpg", "graph"] == "match"
    assert ends["b.jpg", "graph"] == ends["b.jpg", "end_to_end"] == "crashed"
