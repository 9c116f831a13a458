"""The reference's answers: TensorFlow's scores for bytes and for pixel tensors, each run once."""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.cases.case import ReferenceSettings as Mode
from harness.cases.preprocess import Preprocess
from harness.execution.build_cache import BuildCache, key_of
from harness.execution.decoder_prefix import PIXELS, with_decoder
from harness.execution.outcome import Answer, NoAnswer
from harness.execution.worker import CallLimits, WorkerError
from harness.execution.worker_pool import WorkerPool
from harness.graphdef.endpoints import ImageInput
from harness.graphdef.float64.convert import convert_to_float64
from harness.graphdef.model_file import ModelFile
from harness.graphdef.serialise import digest, to_bytes
from harness.results.status import Status
from harness.stacks.protocol import function_path
from harness.stacks.registry import DEFAULT_REFERENCE, stack_named

SCORES = "scores.npy"


@dataclass(frozen=True)
class Question:
    """What a graph file is asked: which tensor, given which value where, in which mode."""

    graph: Path
    graph_id: str
    """Digest of the graph file's content."""
    output: str
    feed: str
    """Node that is fed."""
    value: NDArray[Any]
    """The tensor, or an encoded image's bytes as uint8."""
    encoded: bool
    mode: Mode = field(default_factory=Mode)
    repeats: int = 3
    """Timed runs after the warm-up."""

    @property
    def key(self) -> str:
        """The same for the same question."""
        return key_of(
            graph=self.graph_id,
            output=self.output,
            feed=self.feed,
            value=digest(self.value),
            mode=self.mode.model_dump(),
        )


def _decoder(model: ModelFile) -> str:
    """The node that decodes: the graph's own, or the one that was put before it."""
    return model.entry.pixels if model.entry.kind == "encoded" else PIXELS


class TensorFlowReference:
    """Asks TensorFlow workers, one a oneDNN setting, and remembers what they answered."""

    def __init__(
        self, workers: WorkerPool, cache: BuildCache, name: str = DEFAULT_REFERENCE
    ) -> None:
        self._workers, self._cache = workers, cache
        self._stack = stack_named(name)
        self._answers: dict[str, Answer | NoAnswer] = {}
        self._asking: dict[str, threading.Lock] = {}
        self._twins: dict[str, tuple[Path, str, str, Sequence[str]]] = {}
        self.facts: dict[str, Any] = {}

    def on_file(self, model: ModelFile, how: Preprocess, data: bytes, mode: Mode) -> Question:
        """Scores for an encoded image, decoded and resized by TensorFlow."""
        graph, entry = self._encoded_form(model, how)
        content = np.frombuffer(data, np.uint8)
        return Question(*graph, model.output, entry.feed, content, encoded=True, mode=mode)

    def on_tensor(
        self, model: ModelFile, how: Preprocess, tensor: NDArray[Any], mode: Mode
    ) -> Question:
        """Scores for a pixel tensor, fed where the decoder would have put it."""
        graph, entry = self._encoded_form(model, how)
        return Question(*graph, model.output, entry.pixels, tensor, encoded=False, mode=mode)

    def on_decoded(
        self, model: ModelFile, how: Preprocess, pixels: NDArray[Any], mode: Mode
    ) -> Question:
        """Scores for decoded pixels `[H, W, C]` uint8 of any size, resized by TensorFlow."""
        graph, _ = self._encoded_form(model, how)
        node = _decoder(model)
        return Question(*graph, model.output, node, pixels, encoded=False, mode=mode, repeats=0)

    def in_float64(self, model: ModelFile, asked: Question) -> tuple[Question, tuple[str, ...]]:
        """The same question of the model's float64 twin, and what the twin keeps in float32.

        `asked` feeds a tensor. Raises GraphError where there is no twin.
        """
        key = f"{model.sha256} {model.entry.pixels} {model.output}"
        if key not in self._twins:
            twin = convert_to_float64(model.graph, model.entry, model.output)
            self._twins[key] = (*self.store(twin.graph), twin.output, twin.kept)
        path, graph_id, output, kept = self._twins[key]
        feed = model.entry.pixels
        doubled = replace(asked, graph=path, graph_id=graph_id, output=output, feed=feed, repeats=0)
        return doubled, tuple(kept)

    def pixels(self, model: ModelFile, how: Preprocess, data: bytes, mode: Mode) -> Question:
        """The pixels `[H, W, C]` uint8 that TensorFlow's decoder makes of the file."""
        graph, entry = self._encoded_form(model, how)
        content = np.frombuffer(data, np.uint8)
        output = f"{_decoder(model)}:0"
        return Question(*graph, output, entry.feed, content, encoded=True, mode=mode, repeats=0)

    def answer(self, question: Question, limits: CallLimits) -> Answer:
        """The answer to a question, asked once in a session; raises Ended."""
        key = f"{question.key} {question.repeats}"
        with self._asking.setdefault(key, threading.Lock()):  # two threads ask it once
            if key not in self._answers:
                self._answers[key] = self._attempt(question, limits)
        found = self._answers[key]
        if isinstance(found, NoAnswer):
            raise found
        return found

    def time(self, question: Question, limits: CallLimits) -> float:
        """Median milliseconds of the question's repeats, measured anew; raises Ended."""
        found = self._attempt(question, limits)
        if isinstance(found, NoAnswer):
            raise found
        return found.ms

    def _attempt(self, question: Question, limits: CallLimits) -> Answer | NoAnswer:
        try:
            return self._ask(question, limits)
        except WorkerError as error:
            how = f" ({error.status})" if error.status else ""
            reason = f"TensorFlow gave no answer{how}: {error.message}"
            return NoAnswer(Status.REFERENCE_FAILED, reason)

    def _encoded_form(
        self, model: ModelFile, how: Preprocess
    ) -> tuple[tuple[Path, str], ImageInput]:
        """A graph file that takes bytes: the model's own, or one given a decoder."""
        if model.entry.kind == "encoded":
            return (model.path, model.sha256), model.entry
        graph, entry = with_decoder(model.graph, model.entry, how)
        return self.store(graph), entry

    def store(self, graph: Any) -> tuple[Path, str]:
        """A graph made here as a file that workers can open, and its digest."""
        data = to_bytes(graph)
        graph_id = digest(data)

        def write(folder: Path) -> dict[str, Any]:
            (folder / "graph.pb").write_bytes(data)
            return {}

        return self._cache.obtain(key_of(graph=graph_id), write).path / "graph.pb", graph_id

    def remembered(self, question: Question, limits: CallLimits) -> NDArray[Any]:
        """The scores of a question that was asked in any session; raises Ended.

        For what decides no verdict by itself, such as float64 truth: it is the same whenever it is
        asked, as long as TensorFlow is.
        """

        def ask(folder: Path) -> dict[str, Any]:
            np.save(folder / SCORES, self.answer(question, limits).scores, allow_pickle=False)
            return {}

        key = key_of(question=question.key, versions=self._stack.versions())
        found = self._cache.obtain(key, ask, self._workers.stopped)
        scores: NDArray[Any] = np.load(found.path / SCORES, allow_pickle=False)
        return scores

    def _ask(self, question: Question, limits: CallLimits) -> Answer:
        mode = question.mode
        name = f"{question.feed}:0"
        threads = {"intra_op": mode.intra_op_threads, "inter_op": mode.inter_op_threads}
        request = {
            "program": {
                "key": f"{question.graph_id} {threads}",
                "open": function_path(self._stack.open),
                "options": {"graph": str(question.graph), **threads},
            },
            "outputs": [question.output],
            "encoded": [name] if question.encoded else [],
            "repeats": question.repeats,
        }
        feeds = {name: question.value}
        reply = self._call("harness.execution.program_calls:run", request, feeds, mode, limits)
        ms, spread = reply.payload["ms"], reply.payload["spread"]
        facts = {"reference_version": self.describe(limits)["version"]}
        return Answer(
            reply.arrays[question.output],
            math.nan if ms is None else ms,
            facts,
            math.nan if spread is None else spread,
        )

    def describe(self, limits: CallLimits) -> dict[str, Any]:
        """Versions and devices, as the worker says."""
        if not self.facts:
            payload = {"describe": function_path(self._stack.describe)}
            function = "harness.execution.program_calls:describe"
            self.facts = self._call(function, payload, {}, Mode(), limits).payload
        return self.facts

    def _call(
        self, function: str, payload: Any, arrays: Any, mode: Mode, limits: CallLimits
    ) -> Any:
        """oneDNN is chosen before TensorFlow loads, so each choice has a worker of its own."""
        name, environment = self._stack.name, dict(self._stack.environment)
        if mode.onednn is not None:
            name += "-onednn" if mode.onednn else "-plain"
            environment["TF_ENABLE_ONEDNN_OPTS"] = str(int(mode.onednn))
        return self._workers.call(name, environment, function, payload, arrays, limits)
