"""Case files under pytest: what a person at the terminal and the files left behind show."""

import json
import re

import pandas as pd
import pytest

from harness.testing.tiny import write_case, write_image

FAKE = "stack = 'fake'\ntarget = '{}'"
CALM = FAKE.format("calm")


@pytest.fixture
def project(tmp_path, fakes, run_pytest):
    """Runs pytest on a project of one case with the fake programs; returns (process, rows)."""

    def run(*words, case=None, **keys):
        if case is None:
            write_case(tmp_path, **{"candidates": (CALM,), **keys})
        (tmp_path / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n")
        (tmp_path / "pytest.ini").write_text("[pytest]\nparity_reference = fake-reference\n")
        done = run_pytest(*(words or ("cases",)), cwd=tmp_path)
        rows = tmp_path / "reports" / "latest" / "rows.csv"
        return done, pd.read_csv(rows) if rows.exists() else None

    return run


def test_a_clean_candidate_passes_and_the_summary_ends_with_the_report(project, tmp_path):
    done, rows = project()
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(rows.status) == ["match", "match"]
    assert list(rows.scope) == ["graph", "end_to_end"]
    assert rows.divergence.abs().max() > 0
    line = [line for line in done.stdout.splitlines() if line.startswith("report: ")][-1]
    assert (tmp_path / "reports" / "latest" / "report.html").samefile(line.split(": ")[1])


def test_node_ids_name_case_image_and_candidate(project, tmp_path):
    done, _ = project("cases/tiny.toml", "--collect-only", "-q")
    assert "cases/tiny.toml::a.jpg[fake-calm]" in done.stdout
    assert done.returncode == 0
    assert not (tmp_path / "reports").exists()


def test_header_names_stacks_and_targets(project):
    done, _ = project()
    assert "parity: tensorflow: " in done.stdout
    assert "fake-calm (calm)" in done.stdout


@pytest.mark.parametrize("workers", ["-p no:xdist", "-n 0", "-n 2"])
def test_a_mismatch_fails_with_both_lists_and_the_rule(project, workers):
    done, rows = project("cases", *workers.split(), candidates=(CALM, FAKE.format("shifted")))
    assert done.returncode == 1
    assert list(rows[rows.candidate == "fake-shifted"].status) == ["mismatch"] * 2
    assert list(rows[rows.candidate == "fake-calm"].status) == ["match"] * 2
    assert "atol needed" in done.stdout
    assert re.search(r"fake-reference +fake\n +class ", done.stdout)


def test_rows_are_the_same_with_two_processes_as_with_none(project):
    keys = {"images": ("a.jpg", "b.jpg", "c.jpg"), "candidates": (CALM, FAKE.format("nan"))}
    _, alone = project("cases", "-n", "0", **keys)
    _, spread = project("cases", "-n", "2", **keys)
    measured = [c for c in alone if not c.endswith(("_ms", "_s")) and c != "cache"]
    pd.testing.assert_frame_equal(alone[measured], spread[measured])
    assert len(alone) == 12


def test_each_module_is_built_once_in_total(project, fakes):
    candidates = (CALM, FAKE.format("louder"))
    _, rows = project("cases", "-n", "2", images=("a.jpg", "b.jpg", "c.jpg"), candidates=candidates)
    once = ["calm-o0", "calm-o3", "louder-o0", "louder-o3"]  # o0 for the explanation
    assert sorted(fakes.read_text().split()) == once
    assert len(rows) == 12


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


def test_every_way_to_go_wrong_becomes_its_row_and_loses_no_other(project):
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


def test_what_hangs_becomes_its_row_and_loses_no_other(project, tmp_path):
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
    found = {"1-before": "match", "2-build": "timed_out", "2-run": "timed_out", "3-after": "match"}
    assert graph.status.to_dict() == found, graph.reason.to_dict()
    assert graph.reason.str.contains("within 1 s")[["2-build", "2-run"]].all()
    assert list(rows[rows.scope == "end_to_end"].status) == list(graph.status)


def test_a_test_process_that_dies_still_leaves_every_row(project, tmp_path):
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


def test_a_known_failure_is_reported_and_does_not_fail(project):
    known = "[[known_failures]]\ncandidate = 'fake-shifted'\nreason = 'a shift, issue 7'"
    done, rows = project(candidates=(CALM, FAKE.format("shifted") + "\n" + known))
    assert done.returncode == 0, done.stdout
    assert "a shift, issue 7" in done.stdout
    shifted = rows[rows.candidate == "fake-shifted"]
    assert set(shifted.status) == {"mismatch"}
    assert set(shifted.known_failure) == {"a shift, issue 7"}


def test_a_missing_image_is_skipped_with_the_remedy_and_the_rest_goes_on(project, tmp_path):
    write_case(tmp_path, candidates=(CALM,), images=("a.jpg", "gone.jpg"))
    (tmp_path / "cases" / "gone.jpg").unlink()
    done, rows = project(case="as written")
    assert done.returncode == 0
    assert set(rows[rows.image == "gone.jpg"].status) == {"missing_asset"}
    assert "gone.jpg" in done.stdout


def test_nothing_compared_is_no_success(project, tmp_path):
    done, rows = project(candidates=("stack = 'absent'",))
    assert set(rows.status) == {"missing_stack"}
    assert rows.reason.str.contains("pip install no-such-distribution").all()
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "nothing was compared" in done.stdout


def test_a_filter_that_selects_nothing_is_no_success(project):
    done, _ = project("cases", "-k", "no-such-candidate")
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED


def test_stopping_at_the_first_failure_leaves_rows_for_what_was_not_run(project):
    candidates = (FAKE.format("shifted"), CALM)
    done, rows = project("cases", "-x", candidates=candidates)
    assert done.returncode == 1
    assert set(rows[rows.candidate == "fake-calm"].status) == {"no_evidence"}


def test_an_unknown_key_is_refused_with_file_and_line_and_no_traceback(project, tmp_path):
    path = write_case(tmp_path, candidates=(CALM,))
    path.write_text(path.read_text() + "taget = 'x'\n")
    done, _ = project(case="as written")
    line = len(path.read_text().splitlines())
    assert f"tiny.toml:{line}: unknown key 'taget'" in done.stdout
    assert "nearest: target" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode == 2


def test_a_toml_file_that_is_no_case_is_left_alone(project, tmp_path):
    (tmp_path / "other.toml").write_text("a = 1\n")
    done, _ = project(".")
    assert done.returncode == 0
    assert "1 passed" in done.stdout


def test_junit_carries_the_figures(project, tmp_path):
    project("cases", "--junitxml=junit.xml")
    text = (tmp_path / "junit.xml").read_text()
    assert '<property name="parity_graph_status" value="match"' in text
    assert "parity_graph_max_abs" in text


def test_a_wrong_option_is_wrong_use(project):
    done, _ = project("cases", "--parity-run-timeout", "soon")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "takes a number above 0; found 'soon'" in done.stderr
    assert "Traceback" not in done.stderr


def test_published_answers_are_held_against_what_is_measured(project, tmp_path):
    published = "[[published]]\nimage = 'a.jpg'\nside = 'candidate'\ntop = [['class 9', 0.5]]"
    done, _ = project(candidates=(CALM + "\n" + published,))
    expected = pd.read_csv(tmp_path / "reports" / "latest" / "expected.csv")
    assert done.returncode == 0
    assert expected.score[0] == 0.5
    assert 0 < expected.measured_score[0] < 1


def test_run_json_says_what_ran(project, tmp_path):
    project()
    run = json.loads((tmp_path / "reports" / "latest" / "run.json").read_text())
    assert "pytest" in run["command"]
    assert run["exit_status"] == 0


def test_a_png_called_jpg_is_remarked_upon(project, tmp_path):
    path = write_case(tmp_path, candidates=(CALM,), images=("a.jpg",))
    image = write_image(tmp_path / "a.png")
    (path.parent / "a.jpg").write_bytes(image.read_bytes())
    _, rows = project(case="as written")
    assert rows.notes.str.contains("named .jpg, but the content is PNG").all()


def test_what_a_build_has_to_say_is_remarked_upon_when_it_comes_from_the_cache_too(project):
    for cache in ("built", "hit"):
        _, rows = project(candidates=(FAKE.format("remark"),))
        assert cache in set(rows.cache)
        assert rows.notes.str.contains("kernel 7 stays slow").all()


def test_an_empty_image_list_is_no_success(project, tmp_path):
    path = write_case(tmp_path, candidates=(CALM,), images=())
    path.write_text("images = []\n" + path.read_text())
    done, _ = project(case="as written")
    assert done.returncode == 2
    assert "images" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_glob_that_matches_nothing_is_no_success(project, tmp_path):
    write_case(tmp_path, candidates=(CALM,), images=("a.jpg",))
    path = tmp_path / "cases" / "tiny.toml"
    path.write_text(path.read_text().replace("a.jpg", "photos/*.jpg"))
    done, rows = project(case="as written")
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    assert set(rows.status) == {"missing_asset"}
