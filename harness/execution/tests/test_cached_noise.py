"""Truth and noise are kept between sessions, for one machine and one setting of its kernels."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.cases.case import ReferenceSettings
from harness.cases.preprocess import Preprocess
from harness.execution import kept_answers
from harness.execution.noise import measure
from harness.execution.reference import Question
from harness.execution.session import START, RunSession
from harness.graphdef.model_file import read_model
from harness.results.machine import CpuFacts, cpu
from harness.testing.tiny import decoder_graph, write_graph

Entries = Callable[[], set[str]]


@pytest.fixture
def measured_entries(fakes: Path, tmp_path: Path) -> Entries:
    """Measures in a session of its own; the entries of the cache that hold scores."""
    model = read_model(write_graph(tmp_path / "model.pb", decoder_graph()))
    tensor = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    question = Question.on_tensor(model, Preprocess(), ReferenceSettings(), tensor)

    def entries() -> set[str]:
        with RunSession(tmp_path / "cache", reference_stack="fake-reference") as session:
            assert measure(session.reference, question, START).notes == ()
        return {path.name for path in (tmp_path / "cache" / "scores").glob("*/*")}

    return entries


@pytest.mark.parametrize(
    "change",
    [
        {"model": "another processor"},
        {"features": ("avx2",)},
        {"usable_cores": 1000},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_processor_measures_its_own(
    measured_entries: Entries, monkeypatch: pytest.MonkeyPatch, change: dict[str, object]
) -> None:
    first = measured_entries()
    assert measured_entries() == first
    other = CpuFacts.model_validate(cpu().model_dump() | change)
    monkeypatch.setattr(kept_answers, "cpu", lambda: other)
    both = measured_entries()
    assert first < both
    assert len(both) == 2 * len(first)


@pytest.mark.parametrize("name", ["TF_ENABLE_ONEDNN_OPTS", "ONEDNN_MAX_CPU_ISA", "OMP_NUM_THREADS"])
def test_other_kernels_or_threads_measure_their_own(
    measured_entries: Entries, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    first = measured_entries()
    monkeypatch.setenv(name, "7")
    assert len(measured_entries()) == 2 * len(first)


def test_what_is_printed_is_no_other_measurement(
    measured_entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = measured_entries()
    monkeypatch.setenv("TF_CPP_MAX_VLOG_LEVEL", "1")
    assert measured_entries() == first
