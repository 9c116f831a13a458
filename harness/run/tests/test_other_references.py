"""The pipeline with other references than TensorFlow, each a module that its stack names."""

import io
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

from harness.execution.kept_scores import ReferenceCache
from harness.execution.outcome import Answer, ReferenceFacts, RunCosts
from harness.execution.reference import (
    Float64Scores,
    Question,
    Reference,
    RoundingReference,
    open_reference,
)
from harness.execution.worker_call import CallLimits
from harness.execution.worker_pool import WorkerPool
from harness.graphdef.precisions import SINGLE, Precision
from harness.run.tests.conftest import RunCase
from harness.stacks import registry, tensorflow
from harness.stacks.protocol import Stack, StackDescription


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

    def time(self, question: Question, limits: CallLimits) -> RunCosts:
        """Always one millisecond."""
        return RunCosts((1.0,))


def make_plain(stack: Stack, workers: WorkerPool, cache: ReferenceCache) -> PlainReference:
    """As `ReferenceFactory` says."""
    return PlainReference(stack)


PLAIN = Stack(
    name="plain",
    program="Plain",
    distributions=(),
    remedy="",
    open=tensorflow.open_session,
    describe=tensorflow.describe,
    reference=f"{__name__}:make_plain",
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

    def rounding_samples(
        self, question: Question, limits: CallLimits, precision: Precision = SINGLE
    ) -> NDArray[np.float64]:
        """Three samples, `[3, 10]`."""
        moved = 1e-4 * np.cos(np.arange(10))
        samples = _fake_scores(question.value) * np.stack([1 + moved, 1 - moved, 1 + moved])
        return np.asarray(samples / samples.sum(axis=1, keepdims=True))


def _fake_scores(pixels: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(import_module("parity_fakes").scores(pixels)[0], np.float64)


def make_decoding(stack: Stack, workers: WorkerPool, cache: ReferenceCache) -> DecodingReference:
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
    workers, cache = WorkerPool(), ReferenceCache.below(tmp_path)
    found: Reference = open_reference("fake-reference", workers, cache)
    assert isinstance(found, RoundingReference)
    assert not isinstance(open_reference("plain", workers, cache), RoundingReference)
