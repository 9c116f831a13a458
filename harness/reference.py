"""The reference's answers: TensorFlow's scores for bytes and for pixel tensors, each run once."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness import graph as surgery
from harness.builds import BuildCache, key_of
from harness.case import Preprocess
from harness.decoder_prefix import with_decoder
from harness.model import Model
from harness.outcome import Ended, Scored
from harness.programs import REFERENCE, stack
from harness.status import Status
from harness.worker import Limits, WorkerError
from harness.workers import Workers


class Reference:
    """Runs one model file in a TensorFlow worker and remembers what it answered."""

    def __init__(self, workers: Workers, cache: BuildCache, name: str = REFERENCE) -> None:
        self._workers, self._cache = workers, cache
        self._stack = stack(name)
        self._answers: dict[str, Scored | Ended] = {}
        self.facts: dict[str, Any] = {}

    def on_file(self, model: Model, how: Preprocess, data: bytes, limits: Limits) -> Scored:
        """Scores for an encoded image, decoded and resized by TensorFlow; raises Ended."""
        path, entry = self._encoded_form(model, how)
        content = np.frombuffer(data, np.uint8)
        return self._answer(path, model.output, entry.feed, content, limits, encoded=True)

    def on_tensor(
        self, model: Model, how: Preprocess, tensor: NDArray[Any], limits: Limits
    ) -> Scored:
        """Scores for a pixel tensor, fed where the decoder would have put it; raises Ended."""
        path, entry = self._encoded_form(model, how)
        return self._answer(path, model.output, entry.pixels, tensor, limits, encoded=False)

    def pixels(self, model: Model, how: Preprocess, data: bytes, limits: Limits) -> NDArray[Any]:
        """The pixel tensor that TensorFlow itself makes of the file; raises Ended."""
        path, entry = self._encoded_form(model, how)
        content = np.frombuffer(data, np.uint8)
        wanted = f"{entry.pixels}:0"
        return self._answer(path, wanted, entry.feed, content, limits, encoded=True).scores

    def _encoded_form(self, model: Model, how: Preprocess) -> tuple[Path, surgery.Input]:
        """A graph file that takes bytes: the model's own, or one given a decoder."""
        if model.entry.kind == "encoded":
            return model.path, model.entry
        graph, entry = with_decoder(model.graph, model.entry, how)
        data = surgery.to_bytes(graph)

        def write(folder: Path) -> dict[str, Any]:
            (folder / "graph.pb").write_bytes(data)
            return {}

        made = self._cache.obtain(key_of(decoder=surgery.digest(data)), write)
        return made.path / "graph.pb", entry

    def _answer(
        self,
        path: Path,
        output: str,
        feed: str,
        value: NDArray[Any],
        limits: Limits,
        *,
        encoded: bool,
    ) -> Scored:
        key = key_of(graph=str(path), output=output, feed=feed, value=surgery.digest(value))
        if key not in self._answers:
            try:
                self._answers[key] = self._run(path, output, feed, value, limits, encoded)
            except WorkerError as error:
                how = f" ({error.status})" if error.status else ""
                reason = f"TensorFlow gave no answer{how}: {error.message}"
                self._answers[key] = Ended(Status.REFERENCE_FAILED, reason)
        found = self._answers[key]
        if isinstance(found, Ended):
            raise found
        return found

    def _run(
        self,
        path: Path,
        output: str,
        feed: str,
        value: NDArray[Any],
        limits: Limits,
        encoded: bool,
    ) -> Scored:
        program = {"key": str(path), "open": self._stack.open, "options": {"graph": str(path)}}
        self._call("harness.programs.host:open_program", program, {}, limits)
        name = f"{feed}:0"
        request = {
            "key": str(path),
            "outputs": [output],
            "encoded": [name] if encoded else [],
            "repeats": 0 if output.startswith(feed) else self.repeats,
        }
        reply = self._call("harness.programs.host:run", request, {name: value}, limits)
        ms = reply.payload["ms"]
        facts = {"reference_version": self.describe(limits)["version"]}
        return Scored(reply.arrays[output], math.nan if ms is None else ms, facts)

    repeats = 3
    """Timed runs after the warm-up."""

    def describe(self, limits: Limits) -> dict[str, Any]:
        """Versions and devices, as the worker says."""
        if not self.facts:
            payload = {"describe": self._stack.describe}
            reply = self._call("harness.programs.host:describe", payload, {}, limits)
            self.facts = reply.payload
        return self.facts

    def _call(self, function: str, payload: Any, arrays: Any, limits: Limits) -> Any:
        name, environment = self._stack.name, self._stack.environment
        return self._workers.call(name, environment, function, payload, arrays, limits)
