"""The pipeline on the fake programs: logs of failures, columns from figures."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from harness.execution.outcome import BuildSeconds, CandidateFacts, ReferenceFacts
from harness.execution.session import RunSession
from harness.execution.worker import LOG_BYTES
from harness.inputs import pixels
from harness.judge.auto_rule import Evidence
from harness.judge.compare import Comparison
from harness.results.row import Row
from harness.run.pipeline import run
from harness.run.plan import plan_file
from harness.run.rows import FileFacts
from harness.run.settings import Settings
from harness.run.tests.conftest import RunCase
from harness.testing.tiny import float_graph, write_case, write_graph


@pytest.mark.parametrize(
    ("target", "status", "stage", "text"),
    [
        ("abort-build", "crashed", "build", "LLVM ERROR: assertion failed, as asked"),
        ("fail-build", "compile_failed", "build", "ValueError: the fake build fails, as asked"),
        ("abort-run", "crashed", "run", "LLVM ERROR: assertion failed, as asked"),
    ],
)
def test_a_failing_row_has_the_log_of_the_candidate_s_process(
    run_case: RunCase, target: str, status: str, stage: str, text: str
) -> None:
    for result in run_case(target):
        assert (result.row.status, result.row.stage) == (status, stage)
        assert text in result.log
        assert len(result.log.encode()) <= 2 * LOG_BYTES


def test_a_failing_reference_s_log_has_its_traceback(run_case: RunCase) -> None:
    for result in run_case("calm", name="broken-reference"):
        assert result.row.status == "reference_failed"
        assert result.row.reason.startswith("fake-reference gave no answer: ValueError: ")
        assert "open_reference" in result.log
        assert result.row.candidate_version == "1.0"


@pytest.mark.parametrize(("target", "status"), [("calm", "match"), ("shifted", "mismatch")])
def test_a_compared_row_has_no_log(run_case: RunCase, target: str, status: str) -> None:
    graph, end_to_end = run_case(target)
    assert graph.row.status == status
    assert {graph.log, end_to_end.log} == {""}
    assert (graph.row.reference_version, graph.row.candidate_version) == ("1.0", "1.0")
    assert (graph.row.target, graph.row.cache) == (target, "built")


def test_end_to_end_both_decoders_pixels_are_shown(run_case: RunCase) -> None:
    graph, end_to_end = run_case("calm")
    assert graph.decoded is None
    found = end_to_end.decoded
    assert found
    assert (found.largest, found.factor) == (1, 255)  # the fake decoder is one level brighter
    assert 0 < found.differing <= found.values
    assert found.uri.startswith("data:image/jpeg;base64,")


def test_a_full_disk_is_no_fault_of_the_compiler(run_case: RunCase) -> None:
    for result in run_case("calm", op="full-disk"):
        assert (result.row.status, result.row.stage) == ("no_evidence", "")
        assert result.row.reason.startswith("nothing was compared: the disk is full (import: ")
        assert "No space left on device" in result.row.reason
        assert result.row.reason.endswith("or set PARITY_CACHE to another folder")


def test_a_cache_that_can_t_be_written_is_no_fault_of_the_compiler(
    run_case: RunCase, tmp_path: Path
) -> None:
    (tmp_path / "builds").touch()
    for result in run_case("calm"):
        assert result.row.status == "no_evidence"
        assert "the cache of builds can't be used" in result.row.reason


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("whole-scores", "values of type int64"),
        ("flag-scores", "values of type bool"),
        ("text-scores", "text"),
    ],
)
def test_an_output_without_floating_point_numbers_holds_no_scores(
    run_case: RunCase, name: str, what: str
) -> None:
    for result in run_case("calm", name=name):
        assert result.row.status == "no_evidence"
        assert f"output 'softmax:0' holds {what}; scores are float16, 32 or 64" in result.row.reason
        assert result.row.reason.endswith(
            "name one with --output (in a case file: model.output): logits:0"
        )


def test_a_candidate_s_model_with_another_input_is_named(fakes: Path, tmp_path: Path) -> None:
    path = write_case(tmp_path, candidates=("stack = 'fake'\nmodel = {path = 'other.pb'}",))
    write_graph(path.parent / "other.pb", float_graph())
    (task,) = plan_file(path, Settings(reference="fake-reference", cache=tmp_path / "cache"))
    with RunSession(tmp_path / "builds", reference_stack="fake-reference") as session:
        graph, end_to_end = run(task, session)
    assert graph.row.status == "no_evidence"
    assert "the candidate's model" in graph.row.reason
    assert (
        "other.pb takes float32 [?, 8, 8, 3], the reference's uint8 [?, ?, 3]" in graph.row.reason
    )
    assert end_to_end.row.classes == 10


@pytest.mark.parametrize("facts", [ReferenceFacts, BuildSeconds, CandidateFacts, FileFacts])
def test_every_field_of_the_facts_is_a_column(facts: type) -> None:
    assert {field.name for field in fields(facts)} <= set(Row.columns())


def test_figures_become_the_columns_of_their_names(run_case: RunCase) -> None:
    names = {field.name for found in (Comparison, Evidence) for field in fields(found)}
    row = run_case("louder")[0].row
    shared = names & set(Row.columns())
    assert {"max_abs", "k", "atol_needed", "flips", "noise", "error_ratio"} <= shared
    empty = [name for name in shared if getattr(row, name) is None]
    assert empty == ["first_disagreement_rank"]  # the two lists are the same


def test_an_image_is_decoded_once_for_all_candidates(
    fakes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = []

    def counting(data: bytes, *how: Any) -> Any:
        decoded.append(len(data))
        return decode(data, *how)

    decode = pixels.decode
    monkeypatch.setattr(pixels, "decode", counting)
    path = write_case(
        tmp_path,
        images=("a.png", "b.png"),
        candidates=("stack = 'fake'\nopt_level = [0, 1, 2]",),
        top="scopes = ['graph']",
    )
    settings = Settings(reference="fake-reference", cache=tmp_path / "cache")
    with settings.session() as session:
        statuses = [run(task, session)[0].row.status for task in plan_file(path, settings)]
    assert statuses == ["match"] * 6
    assert len(decoded) == 2
