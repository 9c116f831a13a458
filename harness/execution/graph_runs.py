"""From a question to the GraphDef file, the node to feed and the tensor to fetch that answer it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from harness.cases.case import ReferenceSettings
from harness.cases.preprocess import Preprocess
from harness.execution.build_cache import BuildCache, key_of
from harness.execution.decoder_prefix import PIXELS, with_decoder
from harness.execution.reference import Question
from harness.graphdef.endpoints import ImageInput
from harness.graphdef.feeding import feedable
from harness.graphdef.float64.convert import convert_to_float64
from harness.graphdef.functions import inlined
from harness.graphdef.model_file import ModelFile
from harness.graphdef.precisions import Precision
from harness.graphdef.random_rounding import SAMPLES, with_random_rounding
from harness.graphdef.serialise import digest, to_bytes
from harness.graphdef.wire import GraphDef
from harness.stacks.protocol import ArtefactOptions, GraphOptions, OpenFunction, function_path

GRAPH_FILE = "graph.pb"
"""Name of a GraphDef in its cache entry."""


@dataclass(frozen=True)
class GraphFile:
    """A GraphDef that worker processes can open."""

    path: Path
    """The file."""
    sha256: str
    """Digest of its content."""


@dataclass(frozen=True)
class GraphRun:
    """One run of a GraphDef file: which tensor to fetch, which value to feed where."""

    graph: GraphFile
    """The graph."""
    output: str
    """Tensor to fetch, `node:port`."""
    feed: str
    """Node that is fed."""
    value: NDArray[Any]
    """The tensor, or an encoded image's bytes as uint8."""
    encoded: bool
    """Whether `value` is an encoded image."""
    settings: ReferenceSettings
    """Threads and kernels to run with."""
    repeats: int
    """Timed runs after the first."""
    kind: Literal["scores", "pixels"] = "scores"
    """What `output` holds."""
    scalars: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    """Tensors that are fed besides, by name."""
    open: OpenFunction | None = None
    """What opens the file, where it is not the `open` of the stack."""

    @property
    def fed(self) -> str:
        """Name under which the program is fed."""
        return f"{self.feed}:0"

    @property
    def options(self) -> GraphOptions | ArtefactOptions:
        """With what the stack opens the graph."""
        return {
            "graph": str(self.graph.path),
            "intra_op": self.settings.intra_op_threads,
            "inter_op": self.settings.inter_op_threads,
        }

    @property
    def key(self) -> str:
        """The same for runs with the same output, whatever their repeats."""
        return key_of(
            graph=self.graph.sha256,
            output=self.output,
            feed=self.feed,
            value=digest(self.value),
            scalars={name: float(value) for name, value in self.scalars.items()},
            open=function_path(self.open) if self.open else "",
            mode=self.settings.model_dump(),
        )


class GraphRuns:
    """Makes the runs of questions, and the graph files that they need beside the model's own."""

    def __init__(self, cache: BuildCache) -> None:
        self._cache = cache
        self._with_decoder: dict[str, tuple[GraphFile, ImageInput]] = {}
        self._float64: dict[str, tuple[GraphFile, str, Sequence[str]]] = {}
        self._rounded: dict[str, tuple[GraphFile, str]] = {}

    def of(self, question: Question) -> GraphRun:
        """The run that answers a question; raises GraphError where the graph can't be prepared."""
        model = question.model
        graph, entry = self._graph_with_decoder(model, question.preprocess)
        decoder = model.entry.pixels if model.entry.kind == "encoded" else PIXELS
        feeds = {
            "file": entry.feed,
            "decoded": decoder,
            "tensor": entry.pixels,
        }
        return GraphRun(
            graph,
            output=f"{decoder}:0" if question.wanted == "pixels" else model.output,
            feed=feeds[question.form],
            value=question.value,
            encoded=question.form == "file",
            settings=question.settings,
            repeats=question.repeats,
            kind=question.wanted,
        )

    def of_graph(self, question: Question, graph: GraphDef) -> GraphRun:
        """The run of a graph made of the question's model, on the question's tensor."""
        return _on_tensor(question, self._store(graph), question.model.output)

    def in_float64(self, question: Question) -> tuple[GraphRun, tuple[str, ...]]:
        """The run of the model's float64 form on the question's tensor, and what stays float32.

        Raises GraphError where the model has no such form.
        """
        model, key = question.model, _key(question.model)
        if key not in self._float64:
            found = convert_to_float64(plain_graph(model), model.entry, model.output)
            self._float64[key] = (self._store(found.graph), found.output, found.kept)
        graph, output, kept = self._float64[key]
        return _on_tensor(question, graph, output), tuple(kept)

    def rounded_at_random(self, question: Question, precision: Precision) -> Iterator[GraphRun]:
        """Runs of the model with its sums rounded at random, on the question's tensor."""
        model, key = question.model, f"{_key(question.model)} {precision}"
        if key not in self._rounded:
            found = with_random_rounding(plain_graph(model), model.output, precision)
            self._rounded[key] = self._store(found.graph), f"{found.factor}:0"
        graph, factor = self._rounded[key]
        for sample in SAMPLES:
            run = _on_tensor(question, graph, model.output)
            yield replace(run, scalars={factor: np.array(sample, np.float32)})

    def _graph_with_decoder(
        self, model: ModelFile, preprocess: Preprocess
    ) -> tuple[GraphFile, ImageInput]:
        """A graph file that takes an encoded image: the model's own, or one given a decoder."""
        key = f"{model.sha256} {model.entry.pixels} {preprocess.model_dump_json()}"
        if key not in self._with_decoder:
            self._with_decoder[key] = self._make_feedable(model, preprocess)
        return self._with_decoder[key]

    def _make_feedable(
        self, model: ModelFile, preprocess: Preprocess
    ) -> tuple[GraphFile, ImageInput]:
        if model.entry.kind == "pixels":
            graph, entry = with_decoder(model.graph, model.entry, preprocess)
            return self._store(graph), entry
        graph = feedable(model.graph, model.entry.pixels)
        own = graph is model.graph
        file = GraphFile(model.path, model.sha256) if own else self._store(graph)
        return file, model.entry

    def _store(self, graph: GraphDef) -> GraphFile:
        data = to_bytes(graph)
        sha256 = digest(data)

        def write(folder: Path) -> dict[str, Any]:
            (folder / GRAPH_FILE).write_bytes(data)
            return {}

        path = self._cache.obtain(key_of(graph=sha256), write).path / GRAPH_FILE
        return GraphFile(path, sha256)


def _key(model: ModelFile) -> str:
    """The same for what is made of a model between its pixel tensor and its output."""
    return f"{model.sha256} {model.entry.pixels} {model.output}"


def plain_graph(model: ModelFile) -> GraphDef:
    """The model's graph with the nodes of its functions in place, and nothing before its tensor.

    Its tensors have the names of those that a compiler is given (`harness.graphdef.cut`).
    """
    return inlined(feedable(model.graph, model.entry.pixels))


def _on_tensor(question: Question, graph: GraphFile, output: str) -> GraphRun:
    """One run, not timed, of a graph made of the question's model, on the question's tensor."""
    return GraphRun(
        graph,
        output=output,
        feed=question.model.entry.pixels,
        value=question.value,
        encoded=False,
        settings=question.settings,
        repeats=0,
    )
