"""What outlives a task: worker processes, caches, models that were read."""

import contextlib
import copy
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

from harness.cases.asset_sections import Labels
from harness.cases.candidate import Candidate
from harness.execution.cache_size import prune
from harness.execution.cache_use import CacheUse
from harness.execution.candidate import CandidateRunner
from harness.execution.candidate_build import StageObserver
from harness.execution.file_models import FileModels
from harness.execution.frozen_models import FrozenModels
from harness.execution.kept_scores import ReferenceCache
from harness.execution.noise import measure
from harness.execution.recent import Recent
from harness.execution.reference import Question, Reference
from harness.execution.references import References
from harness.execution.worker_call import CallLimits
from harness.execution.worker_pool import WorkerPool
from harness.graphdef.model_file import ModelFile, read_model
from harness.graphdef.precisions import SINGLE, Precision
from harness.inputs.assets import Assets
from harness.inputs.labels import LabelMap
from harness.inputs.labels import load as load_labels
from harness.judge.noise import TruthAndNoise
from harness.stacks.file_formats import format_of
from harness.stacks.registry import DEFAULT_REFERENCE, stack_named

T = TypeVar("T")
START = CallLimits(timeout_s=300, memory_gib=16)
"""Limits of starting a program ahead of its first question."""
MEASURED_KEPT = 256
"""Images whose truth and noise stay in memory, for further candidates."""
IMAGES_KEPT = 2
"""Prepared images that stay in memory, for further candidates."""
MODELS_KEPT = 4
"""How many parsed models stay in memory."""


@dataclass
class RunSession:
    """Ends all its processes when it is closed or left."""

    cache: Path
    """Folder of compiled candidates and of the reference's scores."""
    observe: StageObserver = field(default=lambda _: contextlib.nullcontext())
    """Called with a sentence as each stage begins; see StageObserver."""
    reference_stack: str = DEFAULT_REFERENCE
    """Stack of the reference."""
    explains: bool = True
    """Whether end-to-end rows get the effects of `harness.judge.attribution`."""

    measures_always: bool = False
    """Whether truth and noise are measured for every row, not only where scores leave doubt."""

    keeps_captures: bool = True
    """Whether rows carry a thumbnail, and what it takes to judge and to run them again."""

    keeps_reference: bool = False
    """Whether the reference's scores are kept for later sessions, and taken from earlier ones."""

    cache_bytes: int | None = None
    """What the cache may hold when the session ends, if it added to it; None: any size."""

    def __post_init__(self) -> None:
        self.workers = WorkerPool()
        self._use = CacheUse(self.cache)
        self.kept = kept = ReferenceCache.below(
            self.cache, keeps_answers=self.keeps_reference, begin_use=self._use.begin
        )
        """What is found by later sessions."""
        self.references = References(self.reference_stack, self.workers, kept)
        self.candidates = CandidateRunner(self.workers, kept.builds, self.observe)
        self._models: dict[str, ModelFile] = {}
        self._labels: dict[str, LabelMap] = {}
        self._measured: Recent[str, TruthAndNoise] = Recent(MEASURED_KEPT)
        self._images: Recent[str, Any] = Recent(IMAGES_KEPT)
        self._lasting: Recent[str, Any] = Recent(MODELS_KEPT)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="parity")

    @property
    def reference(self) -> Reference:
        """What answers questions about GraphDefs."""
        return self.references.of_graphs

    def reference_for(self, model: ModelFile) -> Reference:
        """What answers questions about a model: its own program where that is no GraphDef."""
        return self.references.of(model)

    def model(self, path: Path, entry: str | None, output: str | None) -> ModelFile:
        """A model file, parsed once; raises GraphError, StackError.

        A SavedModel and a Keras file are frozen first, ONNX and TFLite files are read as they are.
        """
        path = FrozenModels(self.workers, self.kept.builds).of(path)
        key = f"{path}|{entry}|{output}|{path.stat().st_mtime_ns}"
        if key not in self._models:
            form = format_of(path.name)
            files = FileModels(self.workers, self.kept.builds)
            found = (
                files.read(path, form, entry, output) if form else read_model(path, entry, output)
            )
            self._models = {key: found, **dict(list(self._models.items())[: MODELS_KEPT - 1])}
        return self._models[key]

    def labels(self, asked: Labels | None, assets: Assets) -> LabelMap:
        """A case's labels, read once; raises LabelError, AssetError."""
        key = f"{assets.base}|{asked.model_dump_json() if asked else ''}"
        if key not in self._labels:
            self._labels[key] = load_labels(asked, assets.fetch)
        return self._labels[key]

    def once(self, key: str, make: Callable[[], T], *, lasting: bool = False) -> T:
        """What is made of an image, once for a key that says all it depends on.

        Of few images: the tasks of one follow each other, a candidate each. `lasting` is what all
        images of a candidate have in common.
        """
        kept = self._lasting if lasting else self._images
        found: T | None = kept.get(key)
        if found is None:
            found = kept[key] = make()
        return found

    def truth_and_noise(
        self, question: Question, limits: CallLimits, precision: Precision = SINGLE
    ) -> TruthAndNoise:
        """Truth and noise for a question, once for all candidates of a format.

        See `noise.measure`.
        """
        key = f"{question.key} {precision}"
        if key in self._measured:
            return self._measured[key]
        with self.observe("truth and noise"):
            reference = self.reference_for(question.model)
            found = measure(reference, question, limits, precision)
        if not found.notes:  # what could not be measured is tried again
            self._measured[key] = found
        return found

    def with_evidence(self) -> Self:
        """The same processes and caches, for rows with attribution, thumbnails and captures."""
        found = copy.copy(self)
        found.explains = found.keeps_captures = True
        return found

    def with_cache(self, folder: Path) -> Self:
        """The same processes, with another folder of compiled candidates and of scores."""
        found = copy.copy(self)
        found.cache = folder
        found.kept = kept = ReferenceCache.below(folder)
        found.references = References(self.reference_stack, self.workers, kept)
        found.candidates = CandidateRunner(self.workers, kept.builds, self.observe)
        return found

    @property
    def programs(self) -> dict[str, Any]:
        """Descriptions by stack, of those that have given one so far."""
        known = self.candidates.descriptions.known
        return {**self.references.descriptions, **known}

    def start_reference(self, stack: str | None = None) -> None:
        """Let the reference load while other things are done; a failure will show in its rows.

        `stack` is that of the model's format, where it may be no GraphDef.
        """
        program = self.references.named(stack or self.reference_stack)
        self._threads.submit(program.describe, START)

    def start_candidates(self, candidates: Iterable[Candidate]) -> None:
        """Let their programs load while other things are done; a failure will show in the rows."""
        for name in dict.fromkeys(candidate.stack for candidate in candidates):
            self._threads.submit(self.candidates.descriptions.get, stack_named(name), START)

    def submit(self, function: Callable[[], T]) -> "Future[T]":
        """Run beside the rest: the reference works while the candidate builds."""
        return self._threads.submit(function)

    def close(self) -> None:
        """End all workers; safe to call in the middle of a task."""
        self.workers.close()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._use.end()
        if self.cache_bytes is not None and (self.kept.builds.made or self.kept.scores.made):
            with contextlib.suppress(OSError):
                prune(self.cache, self.cache_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
