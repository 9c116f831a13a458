"""Case files under pytest: what a person at the terminal and the files left behind show."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from harness.plugin.tests.conftest import CALM, FAKE, Project
from harness.reports.tables import RUN
from harness.testing.tiny import write_case, write_image


def test_a_clean_candidate_passes_and_the_summary_ends_with_the_report(
    project: Project, tmp_path: Path
) -> None:
    done, rows = project()
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(rows.status) == ["match", "match"]
    assert list(rows.scope) == ["graph", "end_to_end"]
    assert rows.divergence.abs().max() > 0
    line = [line for line in done.stdout.splitlines() if line.startswith("report: ")][-1]
    assert (tmp_path / "reports" / "latest" / "report.html").samefile(line.split(": ")[1])


def test_node_ids_name_case_image_and_candidate(project: Project, tmp_path: Path) -> None:
    done, _ = project("cases/tiny.toml", "--collect-only", "-q")
    assert "cases/tiny.toml::a.jpg[fake-calm]" in done.stdout
    assert done.returncode == 0
    assert not (tmp_path / "reports").exists()


def test_header_names_stacks_and_targets(project: Project) -> None:
    done, _ = project()
    assert "parity: tensorflow: " in done.stdout
    assert "fake-calm (calm)" in done.stdout


@pytest.mark.parametrize("workers", ["-p no:xdist", "-n 0", "-n 2"])
def test_a_mismatch_fails_with_both_lists_and_the_rule(project: Project, workers: str) -> None:
    done, rows = project("cases", *workers.split(), candidates=(CALM, FAKE.format("shifted")))
    assert done.returncode == 1
    assert list(rows[rows.candidate == "fake-shifted"].status) == ["mismatch"] * 2
    assert list(rows[rows.candidate == "fake-calm"].status) == ["match"] * 2
    assert "atol needed" in done.stdout
    assert re.search(r"fake-reference +fake\n +class ", done.stdout)


def test_the_short_summary_gives_the_reason_of_the_scope_that_fails(project: Project) -> None:
    loose = "[tolerance.graph]\natol = 10\n[tolerance.end_to_end]\natol = 1e-9\n"
    done, rows = project("cases", "-rf", candidates=(CALM + "\n" + loose,))
    assert dict(zip(rows.scope, rows.status, strict=True)) == {
        "graph": "match",
        "end_to_end": "mismatch",
    }
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    assert "scope end_to_end" in line, done.stdout


def test_rows_are_the_same_with_two_processes_as_with_none(project: Project) -> None:
    keys = {"images": ("a.jpg", "b.jpg", "c.jpg"), "candidates": (CALM, FAKE.format("nan"))}
    _, alone = project("cases", "-n", "0", **keys)
    _, spread = project("cases", "-n", "2", **keys)
    of_the_run = {"cache", *RUN}
    measured = [c for c in map(str, alone) if not (c.endswith(("_ms", "_s")) or c in of_the_run)]
    pd.testing.assert_frame_equal(alone[measured], spread[measured])
    assert len(alone) == 12


def test_each_module_is_built_once_in_total(project: Project, fakes: Path) -> None:
    candidates = (CALM, FAKE.format("louder"))
    _, rows = project("cases", "-n", "2", images=("a.jpg", "b.jpg", "c.jpg"), candidates=candidates)
    once = ["calm-o0", "calm-o3", "louder-o0", "louder-o3"]  # o0 for the explanation
    assert sorted(fakes.read_text().split()) == once
    assert len(rows) == 12


def test_a_known_failure_is_reported_and_does_not_fail(project: Project) -> None:
    known = "[[known_failures]]\ncandidate = 'fake-shifted'\nreason = 'a shift, issue 7'"
    done, rows = project(candidates=(CALM, FAKE.format("shifted") + "\n" + known))
    assert done.returncode == 0, done.stdout
    assert "a shift, issue 7" in done.stdout
    shifted = rows[rows.candidate == "fake-shifted"]
    assert set(shifted.status) == {"mismatch"}
    assert set(shifted.known_failure) == {"a shift, issue 7"}


def test_a_missing_image_is_skipped_with_the_remedy_and_the_rest_goes_on(
    project: Project, tmp_path: Path
) -> None:
    write_case(tmp_path, candidates=(CALM,), images=("a.jpg", "gone.jpg"))
    (tmp_path / "cases" / "gone.jpg").unlink()
    done, rows = project(case="as written")
    assert done.returncode == 0
    assert set(rows[rows.image == "gone.jpg"].status) == {"missing_asset"}
    assert "gone.jpg" in done.stdout


def test_nothing_compared_is_no_success(project: Project, tmp_path: Path) -> None:
    done, rows = project(candidates=("stack = 'absent'",))
    assert set(rows.status) == {"missing_stack"}
    for file in ("model", "candidate_model", "image"):
        assert (rows[f"{file}_sha256"].str.len() == 64).all(), "by which other runs' rows are found"
    assert rows.reason.str.contains("pip install no-such-distribution").all()
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "nothing was compared" in done.stdout


def test_a_stack_that_can_not_be_loaded_costs_its_own_rows_only(project: Project) -> None:
    done, rows = project(candidates=("stack = 'broken'", CALM))
    assert list(rows[rows["stack"] == "broken"].status.unique()) == ["missing_stack"]
    assert rows[rows["stack"] == "broken"].reason.str.contains("uninstall it").all()
    assert set(rows[rows["stack"] == "fake"].status) == {"match"}
    assert done.returncode == 0


def test_a_filter_that_selects_nothing_is_no_success(project: Project) -> None:
    done, _ = project("cases", "-k", "no-such-candidate")
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED


def test_stopping_at_the_first_failure_leaves_rows_for_what_was_not_run(project: Project) -> None:
    candidates = (FAKE.format("shifted"), CALM)
    done, rows = project("cases", "-x", candidates=candidates)
    assert done.returncode == 1
    assert set(rows[rows.candidate == "fake-calm"].status) == {"no_evidence"}


def test_an_unknown_key_is_refused_with_file_and_line_and_no_traceback(
    project: Project, tmp_path: Path
) -> None:
    path = write_case(tmp_path, candidates=(CALM,))
    path.write_text(path.read_text() + "taget = 'x'\n")
    done, _ = project(case="as written")
    line = len(path.read_text().splitlines())
    assert f"tiny.toml:{line}: unknown key 'taget'" in done.stdout
    assert "nearest: target" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode == 2


def test_a_toml_file_that_is_no_case_is_left_alone(project: Project, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("a = 1\n")
    done, _ = project(".")
    assert done.returncode == 0
    assert "1 passed" in done.stdout


def test_junit_carries_the_figures(project: Project, tmp_path: Path) -> None:
    project("cases", "--junitxml=junit.xml")
    text = (tmp_path / "junit.xml").read_text()
    assert '<property name="parity_graph_status" value="match"' in text
    assert "parity_graph_max_abs" in text


def test_what_a_program_says_acts_on_no_terminal_and_no_spreadsheet(project: Project) -> None:
    says = FAKE.format("say =1+1 \\u001b[2J\\u202e").replace("target = '", 'target = "')[:-1] + '"'
    done, rows = project("cases", "-v", candidates=(says,))
    assert done.returncode == 1
    assert r"say =1+1 \x1b[2J\u202e" in done.stdout
    assert all(c.isprintable() or c in "\n\t" for c in done.stdout + done.stderr)
    assert rows.target[0] == r"say =1+1 \x1b[2J\u202e"


def test_a_wrong_option_is_wrong_use(project: Project) -> None:
    done, _ = project("cases", "--parity-run-timeout", "soon")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "takes a number above 0; found 'soon'" in done.stderr
    assert "Traceback" not in done.stderr


def test_published_answers_are_held_against_what_is_measured(
    project: Project, tmp_path: Path
) -> None:
    published = "[[published]]\nimage = 'a.jpg'\nside = 'candidate'\ntop = [['class 9', 0.5]]"
    done, _ = project(candidates=(CALM + "\n" + published,))
    expected = pd.read_csv(tmp_path / "reports" / "latest" / "published.csv")
    assert done.returncode == 0
    assert expected.score[0] == 0.5
    assert 0 < expected.measured_score[0] < 1


def test_run_json_says_what_ran(project: Project, tmp_path: Path) -> None:
    project()
    run = json.loads((tmp_path / "reports" / "latest" / "run.json").read_text())
    assert "pytest" in run["command"]
    assert run["exit_status"] == 0


def test_a_png_called_jpg_is_remarked_upon(project: Project, tmp_path: Path) -> None:
    path = write_case(tmp_path, candidates=(CALM,), images=("a.jpg",))
    image = write_image(tmp_path / "a.png")
    (path.parent / "a.jpg").write_bytes(image.read_bytes())
    _, rows = project(case="as written")
    assert rows.notes.str.contains("named .jpg, but the content is PNG").all()


def test_what_a_build_has_to_say_is_remarked_upon_when_it_comes_from_the_cache_too(
    project: Project,
) -> None:
    for cache in ("built", "hit"):
        _, rows = project(candidates=(FAKE.format("remark"),))
        assert cache in set(rows.cache)
        assert rows.notes.str.contains("kernel 7 stays slow").all()


@pytest.mark.parametrize("changed", [{"files": {}}, {"facts": {"seconds": "x"}}], ids=str)
def test_a_cache_entry_whose_manifest_has_another_shape_costs_no_row(
    project: Project, tmp_path: Path, changed: dict[str, object]
) -> None:
    project("cases", "--parity-no-explain")
    manifests = list((tmp_path / "cache" / "builds").glob("*/manifest.json"))
    assert len(manifests) >= 3
    for path in manifests:
        path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    done, rows = project("cases", "--parity-no-explain")
    assert done.returncode == 0, done.stdout
    assert set(rows.status) == {"match"}


def test_an_empty_image_list_is_no_success(project: Project, tmp_path: Path) -> None:
    path = write_case(tmp_path, candidates=(CALM,), images=())
    path.write_text("images = []\n" + path.read_text())
    done, _ = project(case="as written")
    assert done.returncode == 2
    assert "images" in done.stdout
    assert "Traceback" not in done.stdout
