"""Runs one image through the pipeline on the fake programs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.execution.session import RunSession
from harness.results.result import Result
from harness.run.pipeline import run
from harness.run.plan import plan_file
from harness.run.settings import Settings
from harness.testing.tiny import decoder_graph, write_case, write_graph

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
