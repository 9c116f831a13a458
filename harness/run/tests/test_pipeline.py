"""The pipeline on the fake programs: logs of failures, other references, columns from figures."""

import io
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from harness.execution.build_cache import BuildCache
from harness.execution.outcome import Answer, BuildSeconds, CandidateFacts, ReferenceFacts
from harness.execution.reference import (
    Float64Scores,
    Question,
    Reference,
    RoundingReference,
    open_reference,
)
from harness.execution.session import RunSession
from harness.execution.worker import LOG_BYTES
from harness.execution.worker_call import CallLimits
from harness.execution.worker_pool import WorkerPool
from harness.judge.auto_rule import Evidence
from harness.judge.compare import Comparison
from harness.results.result import Result
from harness.results.row import Row
from harness.run.pipeline import run
from harness.run.plan import plan_file
from harness.run.rows import FileFacts
from harness.run.settings import Settings
from harness.stacks import registry, tensorflow
from harness.stacks.protocol import Stack, StackDescription
from harness.testing.tiny import decoder_graph, float_graph, write_case, write_graph

RunCase = Callable[..., list[Result]]


@pytest.fixture
def run_case(fakes: Path, tmp_path: Path) -> RunCase:
    """Runs one image through a reference and the fake candidate with a target."""

    def results(
        target: str, reference: str = "fake-reference", name: str = "", op: str | None = None
    ) -> list[Result]:
        path = write_case(tmp_path, candidates=(f"stack = 'fake'\ntarget = '{target}'",))
        if name or op:
            write_graph(path.parent / "model.pb", decoder_graph(name=name, extra_op=op))
        (task,) = plan_file(path, Settings(reference=reference, cache=tmp_path / "cache"), tmp_path)
        with RunSession(tmp_path / "builds", reference_stack=reference) as session:
            return run(task, session)

    return results


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


@dataclass
class PlainReference:
    """A reference that answers without a worker process, and measures no rounding."""

    stack: Stack
    description: StackDescription | None = None

    def describe(self, limits: CallLimits) -> StackDescription:
        """Its version."""
        self.description = {"version": "7"}
        return self.description

    def answer(self, question: Question, limits: CallLimits) -> Answer:
        """Ten scores that fall with the class."""
        scores = np.linspace(0.3, 0.0, 10, dtype=np.float32)
        return Answer(scores, 1.0, ReferenceFacts(reference_version="7"))

    def time(self, question: Question, limits: CallLimits) -> float:
        """Always one millisecond."""
        return 1.0


def make_plain(stack: Stack, workers: WorkerPool, cache: BuildCache) -> PlainReference:
    """As `ReferenceFactory` says."""
    return PlainReference(stack)


PLAIN = Stack(
    name="plain",
    program="Plain",
    distributions=(),
    remedy="",
    open=tensorflow.open_session,
    describe=tensorflow.describe,
    reference="harness.run.tests.test_pipeline:make_plain",
)


@pytest.fixture
def plain_stack(fakes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Registers the stack `plain`."""
    _register(PLAIN, monkeypatch)


def _register(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    working, broken = registry._load_all()
    everything = {**working, stack.name: stack}, broken
    monkeypatch.setattr(registry, "_load_all", lambda: everything)


@pytest.mark.usefixtures("plain_stack")
def test_another_reference_is_one_module_that_its_stack_names(run_case: RunCase) -> None:
    graph, end_to_end = run_case("calm", reference="plain")
    for result in (graph, end_to_end):
        assert result.row.status == "mismatch"
        assert result.row.reference_program == "Plain"
        assert result.row.reference_version == "7"
        assert result.row.top1_class == 0
    assert "Plain as a reference measures no truth and no noise" in graph.row.notes
    assert "no float64 truth" in graph.row.rule
    assert end_to_end.row.decode_effect == 0


class DecodingReference(PlainReference):
    """The fake candidate's scores, but on the tensor each is off by as much as rounding may move
    it, and on a file the two nearest of the lower ranks have changed places.
    """

    def answer(self, question: Question, limits: CallLimits) -> Answer:
        """As the class says."""
        if question.form == "file":
            image = PIL.Image.open(io.BytesIO(question.value.tobytes()))
            found = _fake_scores(np.asarray(image))
            order = np.argsort(-found)
            rank = 1 + int(np.argmin(-np.diff(found[order])[1:4]))
            found[order[[rank, rank + 1]]] = found[order[[rank + 1, rank]]]
        else:
            found = self.rounding_samples(question, limits)[0]
        return Answer(found.astype(np.float32), 1.0, ReferenceFacts(reference_version="7"))

    def float64_scores(self, question: Question, limits: CallLimits) -> Float64Scores:
        """The candidate's."""
        return Float64Scores(_fake_scores(question.value))

    def rounding_samples(self, question: Question, limits: CallLimits) -> NDArray[np.float64]:
        """Three samples, `[3, 10]`."""
        moved = 1e-4 * np.cos(np.arange(10))
        samples = _fake_scores(question.value) * np.stack([1 + moved, 1 - moved, 1 + moved])
        return np.asarray(samples / samples.sum(axis=1, keepdims=True))


def _fake_scores(pixels: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(import_module("parity_fakes").scores(pixels)[0], np.float64)


def make_decoding(stack: Stack, workers: WorkerPool, cache: BuildCache) -> DecodingReference:
    """As `ReferenceFactory` says."""
    return DecodingReference(stack)


@pytest.mark.usefixtures("fakes")
def test_what_the_decoder_may_swap_is_measured_where_truth_is_known_already(
    run_case: RunCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scope graph needed truth and noise, so scope end_to_end has them from the start."""
    _register(replace(PLAIN, reference=f"{__name__}:make_decoding"), monkeypatch)
    graph, end_to_end = run_case("calm", reference="plain")
    assert (graph.row.status, graph.row.scope) == ("within_noise", "graph"), graph.row.reason
    assert end_to_end.row.status == "tie", end_to_end.row.reason


@pytest.mark.usefixtures("plain_stack")
def test_stacks_that_run_graphdefs_also_measure_rounding(tmp_path: Path) -> None:
    workers, cache = WorkerPool(), BuildCache(tmp_path)
    found: Reference = open_reference("fake-reference", workers, cache)
    assert isinstance(found, RoundingReference)
    assert not isinstance(open_reference("plain", workers, cache), RoundingReference)


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
