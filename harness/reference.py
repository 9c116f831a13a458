"""The reference's answers: TensorFlow's scores for bytes and for pixel tensors, each run once."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness import graph as surgery
from harness.builds import BuildCache, key_of
from harness.case import Preprocess
from harness.case import Reference as Mode
from harness.decoder_prefix import with_decoder
from harness.model import Model
from harness.outcome import Ended, Scored
from harness.programs import REFERENCE, stack
from harness.status import Status
from harness.worker import Limits, WorkerError
from harness.workers import Workers


@dataclass(frozen=True)
class Question:
    """What a graph file is asked: which tensor, given which value where, in which mode."""

    graph: Path
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
            graph=str(self.graph),
            output=self.output,
            feed=self.feed,
            value=surgery.digest(self.value),
            mode=self.mode.model_dump(),
        )


class Reference:
    """Asks TensorFlow workers, one a oneDNN setting, and remembers what they answered."""

    def __init__(self, workers: Workers, cache: BuildCache, name: str = REFERENCE) -> None:
        self._workers, self._cache = workers, cache
        self._stack = stack(name)
        self._answers: dict[str, Scored | Ended] = {}
        self.facts: dict[str, Any] = {}

    def on_file(self, model: Model, how: Preprocess, data: bytes, mode: Mode) -> Question:
        """Scores for an encoded image, decoded and resized by TensorFlow."""
        path, entry = self._encoded_form(model, how)
        content = np.frombuffer(data, np.uint8)
        return Question(path, model.output, entry.feed, content, encoded=True, mode=mode)

    def on_tensor(
        self, model: Model, how: Preprocess, tensor: NDArray[Any], mode: Mode
    ) -> Question:
        """Scores for a pixel tensor, fed where the decoder would have put it."""
        path, entry = self._encoded_form(model, how)
        return Question(path, model.output, entry.pixels, tensor, encoded=False, mode=mode)

    def pixels(self, model: Model, how: Preprocess, data: bytes, mode: Mode) -> Question:
        """The pixel tensor that TensorFlow itself makes of the file."""
        path, entry = self._encoded_form(model, how)
        content = np.frombuffer(data, np.uint8)
        output = f"{entry.pixels}:0"
        return Question(path, output, entry.feed, content, encoded=True, mode=mode, repeats=0)

    def answer(self, question: Question, limits: Limits) -> Scored:
        """The answer to a question, asked once in a session; raises Ended."""
        if question.key not in self._answers:
            try:
                self._answers[question.key] = self._ask(question, limits)
            except WorkerError as error:
                how = f" ({error.status})" if error.status else ""
                reason = f"TensorFlow gave no answer{how}: {error.message}"
                self._answers[question.key] = Ended(Status.REFERENCE_FAILED, reason)
        found = self._answers[question.key]
        if isinstance(found, Ended):
            raise found
        return found

    def _encoded_form(self, model: Model, how: Preprocess) -> tuple[Path, surgery.Input]:
        """A graph file that takes bytes: the model's own, or one given a decoder."""
        if model.entry.kind == "encoded":
            return model.path, model.entry
        graph, entry = with_decoder(model.graph, model.entry, how)
        return self.store(surgery.to_bytes(graph)), entry

    def store(self, data: bytes) -> Path:
        """A graph made here as a file that workers can open."""

        def write(folder: Path) -> dict[str, Any]:
            (folder / "graph.pb").write_bytes(data)
            return {}

        return self._cache.obtain(key_of(graph=surgery.digest(data)), write).path / "graph.pb"

    def _ask(self, question: Question, limits: Limits) -> Scored:
        mode = question.mode
        name = f"{question.feed}:0"
        threads = {"intra_op": mode.intra_op_threads, "inter_op": mode.inter_op_threads}
        request = {
            "program": {
                "key": f"{question.graph} {threads}",
                "open": self._stack.open,
                "options": {"graph": str(question.graph), **threads},
            },
            "outputs": [question.output],
            "encoded": [name] if question.encoded else [],
            "repeats": question.repeats,
        }
        feeds = {name: question.value}
        reply = self._call("harness.programs.host:run", request, feeds, mode, limits)
        ms, spread = reply.payload["ms"], reply.payload["spread"]
        facts = {"reference_version": self.describe(limits)["version"]}
        return Scored(
            reply.arrays[question.output],
            math.nan if ms is None else ms,
            facts,
            math.nan if spread is None else spread,
        )

    def describe(self, limits: Limits) -> dict[str, Any]:
        """Versions and devices, as the worker says."""
        if not self.facts:
            payload = {"describe": self._stack.describe}
            function = "harness.programs.host:describe"
            self.facts = self._call(function, payload, {}, Mode(), limits).payload
        return self.facts

    def _call(self, function: str, payload: Any, arrays: Any, mode: Mode, limits: Limits) -> Any:
        """oneDNN is chosen before TensorFlow loads, so each choice has a worker of its own."""
        name, environment = self._stack.name, dict(self._stack.environment)
        if mode.onednn is not None:
            name += "-onednn" if mode.onednn else "-plain"
            environment["TF_ENABLE_ONEDNN_OPTS"] = str(int(mode.onednn))
        return self._workers.call(name, environment, function, payload, arrays, limits)
