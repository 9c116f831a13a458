"""A reference that runs a file of its stack's own format: ONNX Runtime, LiteRT.

Such a file takes a pixel tensor. Where the question holds an image file, or decoded pixels, the
tensor is made of it by TensorFlow's operations, the same that a GraphDef without a decoder is given
(`harness.execution.decoder_prefix`), so that scope end_to_end means the same for every model.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import GraphError
from harness.execution.asked_runs import AskedRuns
from harness.execution.candidate_source import file_source
from harness.execution.file_run import FileRun
from harness.execution.graph_runs import GraphFile
from harness.execution.kept_scores import ReferenceCache
from harness.execution.outcome import Answer, NoAnswer, Outcome, RunCosts, answered
from harness.execution.reference import Float64Scores, Question, open_reference
from harness.execution.worker_call import CallLimits
from harness.execution.worker_pool import WorkerPool
from harness.graphdef.build import add_node
from harness.graphdef.model_file import FORMAT_WORDS, ModelFile
from harness.graphdef.precisions import SINGLE, Precision
from harness.graphdef.random_rounding import SAMPLES
from harness.graphdef.serialise import digest, to_bytes
from harness.graphdef.tensors import DT_FLOAT, DTYPES
from harness.graphdef.wire import GraphDef
from harness.results.status import Status
from harness.stacks.file_formats import format_named
from harness.stacks.onnx_rounding import FACTOR
from harness.stacks.protocol import Stack, StackDescription
from harness.stacks.registry import DEFAULT_REFERENCE

IMAGE, TENSOR = "parity/image", "parity/tensor"
"""Nodes of the graph that makes the tensor: what would be fed, and the same as float32."""


class FileReference:
    """Answers by the model's file, which the stack's worker processes run."""

    def __init__(self, stack: Stack, workers: WorkerPool, cache: ReferenceCache) -> None:
        self.stack = stack
        self._asked = AskedRuns(stack, workers, cache)
        self._builds = cache.builds
        self._decoder = open_reference(DEFAULT_REFERENCE, workers, cache)

    @property
    def description(self) -> StackDescription | None:
        """What `describe` found; None before it was called."""
        return self._asked.description

    def describe(self, limits: CallLimits) -> StackDescription:
        """Its version, asked once a session; raises WorkerError."""
        return self._asked.describe(limits)

    def answer(self, question: Question, limits: CallLimits) -> Answer:
        """The answer to a question, which runs once a session; raises NoAnswer, GraphError."""
        if question.wanted == "pixels":
            return self._decoder.answer(_decoding(question), limits)
        return self._asked.answer(self._run(question, limits), limits)

    def answers(self, questions: Sequence[Question], limits: CallLimits) -> list[Outcome]:
        """The outcomes of questions about one model in one form, each run once at most.

        Raises GraphError.
        """
        runs: dict[int, FileRun] = {}
        found: dict[int, Outcome] = {}
        for place, question in enumerate(questions):
            try:
                runs[place] = replace(self._run(question, limits), repeats=0)
            except NoAnswer as failure:
                found[place] = failure
        asked = self._asked.answers(list(runs.values()), limits) if runs else []
        found.update(zip(runs, asked, strict=True))
        return [found[place] for place in range(len(questions))]

    def time(self, question: Question, limits: CallLimits) -> RunCosts:
        """What the question's repeats take, measured anew; raises NoAnswer."""
        return answered(self._asked.anew(self._run(question, limits), limits)).costs

    def float64_scores(self, question: Question, limits: CallLimits) -> Float64Scores:
        """The scores of the file evaluated in float64; raises GraphError, NoAnswer, OSError."""
        found = format_named(question.model.format)
        if found is None or found.in_float64 is None:
            raise GraphError(f"{self.stack.program} evaluates no model in float64")
        run = replace(self._run(question, limits), open=found.in_float64)
        return self._asked.in_float64(run, (), limits)

    def rounding_samples(
        self, question: Question, limits: CallLimits, precision: Precision = SINGLE
    ) -> NDArray[np.float64]:
        """Scores `[K, N]` of the file with its sums rounded at random.

        Raises GraphError, NoAnswer, OSError.
        """
        found = format_named(question.model.format)
        if found is None or found.rounded is None:
            raise GraphError(f"{self.stack.program} rounds no model's sums at random")
        if precision != SINGLE:
            raise GraphError(f"{self.stack.program} rounds no model's sums to {precision}")
        run = replace(self._run(question, limits), open=found.rounded, repeats=0)
        factors = [{FACTOR: np.array(sample, np.float32)} for sample in SAMPLES]
        runs = [replace(run, scalars=factor) for factor in factors]
        return self._asked.kept_scores(runs, limits)

    def _run(self, question: Question, limits: CallLimits) -> FileRun:
        model = question.model
        if model.format != self.stack.takes:
            raise NoAnswer(Status.REFERENCE_FAILED, _refusal(self.stack, model))
        value = question.value if question.form == "tensor" else self._tensor(question, limits)
        source = file_source(model)
        folder = self._builds.obtain(source.key, source.write).path
        return FileRun(
            GraphFile(source.place(folder), model.sha256),
            output=model.output,
            feed=model.entry.pixels,
            value=value,
            encoded=False,
            settings=question.settings,
            repeats=question.repeats,
        )

    def _tensor(self, question: Question, limits: CallLimits) -> NDArray[np.generic]:
        """The model's pixel tensor, made of an image file or of decoded pixels."""
        found = self._decoder.answer(_decoding(question), limits).scores
        return found.astype(question.model.entry.dtype)


def _decoding(question: Question) -> Question:
    """What TensorFlow is asked for in place of a file's program: its pixel tensor, or pixels."""
    entry = question.model.entry
    graph = GraphDef()
    code = next(code for code, dtype in DTYPES.items() if dtype.name == entry.dtype)
    add_node(graph, IMAGE, "Placeholder", [], dtype=("type", code))
    for side in entry.shape:
        graph.node[-1].attr["shape"].shape.dim.add(size=-1 if side is None else side)
    add_node(graph, TENSOR, "Cast", [IMAGE], SrcT=("type", code), DstT=("type", DT_FLOAT))
    model = ModelFile(
        Path("decoding.pb"),
        digest(to_bytes(graph)),
        graph,
        replace(entry, feed=IMAGE, pixels=IMAGE),
        f"{TENSOR}:0",
    )
    return replace(question, model=model, repeats=0)


def _refusal(stack: Stack, model: ModelFile) -> str:
    return (
        f"{stack.program} as the reference runs files of format {stack.takes}, and "
        f"{model.path.name} is {FORMAT_WORDS[model.format]}; name another reference, or leave "
        "--reference (pytest: --parity-reference) out"
    )
