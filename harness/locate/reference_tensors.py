"""The reference's tensors for one image: float32 as it computes them, and their float64 truth."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from harness.execution.graph_runs import GraphRun, plain_graph
from harness.execution.graphdef_reference import GraphDefReference
from harness.execution.reference import Question
from harness.execution.worker_call import CallLimits
from harness.graphdef.access import tensor_of
from harness.graphdef.float64.convert import convert_to_float64
from harness.graphdef.given import with_given
from harness.graphdef.precisions import SINGLE, Precision
from harness.graphdef.random_rounding import SAMPLES, with_random_rounding
from harness.graphdef.wire import GraphDef
from harness.locate.recording import RECORD, Fetch, RecordRequest
from harness.locate.rule import TensorError, tensor_error
from harness.locate.tensor_files import TensorFiles

Errors = Mapping[str, TensorError]
"""By tensor."""
Sources = Mapping[str, Iterable[str]]
"""By tensor, those that it is computed from."""


@dataclass(frozen=True)
class ReferenceTensors:
    """What the reference makes of one model on one pixel tensor. Every method raises NoAnswer."""

    reference: GraphDefReference
    """The program."""
    question: Question
    """Model and pixel tensor."""
    limits: CallLimits
    """Of each call."""
    precision: Precision = SINGLE
    """The format that the candidate computes in."""

    def values(self, names: Sequence[str], into: TensorFiles) -> None:
        """Write the model's own tensors; those of other types than floats are left out."""
        fetches = [_fetch(name, into.path(name)) for name in names]
        into.add(self._record(self.reference.runs.of_graph(self.question, self._plain), fetches)[0])

    def truth(self, names: Sequence[str], own: TensorFiles, into: TensorFiles) -> Errors:
        """Write the float64 values of tensors; returns the model's own errors."""
        graph = self._in_float64
        run = self.reference.runs.of_graph(self.question, graph)
        into.add(self._record(run, [_fetch(name, into.path(name)) for name in names])[0])
        return errors_of(own, into, names)

    def local_truth(self, given: Sources, own: TensorFiles, into: TensorFiles) -> None:
        """Write what float64 makes of the model's own float32 tensors, for each key of `given`."""
        graph, names = with_given(self._in_float64, self._given(given), double=True)
        fetches = [
            _fetch(name, into.path(name), given=_files(sources, own, names))
            for name, sources in given.items()
        ]
        run = self.reference.runs.of_graph(self.question, graph)
        into.add(self._record(run, fetches, dtype="float64")[0])

    def local_noise(self, given: Sources, own: TensorFiles, truth: TensorFiles) -> list[Errors]:
        """Errors of the same results with sums rounded at random, one mapping a sample."""
        model = self.question.model
        rounded = with_random_rounding(self._plain, model.output, self.precision)
        graph, names = with_given(rounded.graph, self._given(given))
        run = self.reference.runs.of_graph(self.question, graph)
        fetches = [
            _fetch(name, given=_files(sources, own, names), against=truth.path(name))
            for name, sources in given.items()
            if name in truth.shapes
        ]
        samples = [{f"{rounded.factor}:0": sample} for sample in SAMPLES]
        return self._record(run, fetches, variants=samples)[1]

    def _given(self, given: Sources) -> list[str]:
        """The tensors that can be given; the pixel tensor is fed by its own name."""
        pixels = tensor_of(self.question.model.entry.pixels)
        return sorted({one for sources in given.values() for one in sources} - {pixels})

    @cached_property
    def _in_float64(self) -> GraphDef:
        model = self.question.model
        return convert_to_float64(self._plain, model.entry, model.output).graph

    @cached_property
    def _plain(self) -> GraphDef:
        return plain_graph(self.question.model)

    def _record(
        self,
        run: GraphRun,
        fetches: list[Fetch],
        *,
        dtype: str = "float32",
        variants: list[dict[str, float]] | None = None,
    ) -> tuple[dict[str, list[int]], list[Errors]]:
        request: RecordRequest = {"fetches": fetches, "dtype": dtype, "variants": variants or []}
        feeds = {run.fed: run.value}
        reply = self.reference.call_on(run, RECORD, cast(Any, request), feeds, self.limits)
        errors: list[Errors] = [
            {name: TensorError(*pair) for name, pair in one.items()}
            for one in reply.payload["errors"]
        ]
        return reply.payload["shapes"], errors


def errors_of(values: TensorFiles, truth: TensorFiles, names: Iterable[str]) -> Errors:
    """Errors of tensors that are in both folders, read one at a time."""
    there = [name for name in names if name in values.shapes and name in truth.shapes]
    return {name: tensor_error(values.load(name), truth.load(name)) for name in there}


def _fetch(
    tensor: str,
    save: Path | None = None,
    *,
    given: dict[str, str] | None = None,
    against: Path | None = None,
) -> Fetch:
    return {
        "tensor": tensor,
        "given": given or {},
        "save": str(save or ""),
        "against": str(against or ""),
    }


def _files(sources: Iterable[str], own: TensorFiles, names: Mapping[str, str]) -> dict[str, str]:
    """Placeholder → file of the tensor that it is given; the pixel tensor is fed to all."""
    return {names[one]: str(own.path(one)) for one in sources if one in names}
