"""How far a changed graph moves a model's float64 truth, in units of the model's noise."""

import math
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NewType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.cases.case import ReferenceSettings
from harness.cases.preprocess import Preprocess
from harness.errors import GraphError, UsageError
from harness.execution.outcome import NoAnswer
from harness.execution.reference import Question, RoundingReference
from harness.execution.session import RunSession
from harness.execution.worker_call import CallLimits
from harness.graphdef.model_file import ModelFile
from harness.graphdef.precisions import SINGLE, Precision
from harness.graphdef.serialise import digest, to_bytes
from harness.graphdef.wire import GraphDef
from harness.judge.deviation import Domain, deviation, domain_of
from harness.run.settings import Settings

PrivateSession = NewType("PrivateSession", RunSession)
"""A session whose cache no other process uses: what is put there may be removed at any time."""
LIMITS = CallLimits(timeout_s=300, memory_gib=16)


@dataclass(frozen=True)
class AskedModel:
    """A whole model, and how it is asked."""

    file: ModelFile
    """The model."""
    tensors: Mapping[str, NDArray[Any]]
    """Its pixel tensor for each photo, by the photo's name."""
    preprocess: Preprocess = field(default_factory=Preprocess)
    """How it gets the tensor from a file."""
    settings: ReferenceSettings = field(default_factory=ReferenceSettings)
    """Threads and kernels."""
    limits: CallLimits = LIMITS
    """Limits of one run."""
    precision: Precision = SINGLE
    """The format whose rounding is the noise: that of the programs it is compared with."""

    def question(self, photo: str) -> Question:
        """The model on a photo, once."""
        return Question.on_tensor(self.file, self.preprocess, self.settings, self.tensors[photo])


@dataclass(frozen=True)
class _Base:
    """What was measured of the whole model on one photo."""

    truth: NDArray[np.float64]
    domain: Domain
    noise: float


@contextmanager
def private_session(settings: Settings) -> Iterator[PrivateSession]:
    """A session that keeps what it makes in a temporary folder, not in the settings' cache."""
    with tempfile.TemporaryDirectory(prefix="parity-truth-") as folder:
        own = replace(settings, cache=Path(folder))
        with own.session(explains=False) as session:
            yield PrivateSession(session)


class TruthMeter:
    """Asks the reference in float64; files of the changed graphs are removed again."""

    def __init__(self, session: PrivateSession, model: AskedModel) -> None:
        """Measure truth and noise of the whole model; raises UsageError where it has none."""
        self._session, self._model = session, model
        self._bases = {photo: self._base(photo) for photo in model.tensors}

    def _base(self, photo: str) -> _Base:
        question, limits = self._model.question(photo), self._model.limits
        try:
            scores = self._session.reference.answer(question, limits).scores
        except NoAnswer as error:
            raise UsageError(f"{self._model.file.path}, {photo}: {error}") from error
        found = self._session.truth_and_noise(question, limits, self._model.precision)
        if found.truth is None or found.samples is None:
            why = "; ".join(found.notes)
            raise UsageError(f"{self._model.file.path} can't be proved with: {why}")
        noise = largest_movement(scores, found.samples)
        if not noise > 0:
            raise UsageError(f"{self._model.file.path}, {photo}: rounding moves no score")
        return _Base(found.truth, domain_of(scores), noise)

    def times(self, graph: GraphDef) -> dict[str, float]:
        """By photo: how many times the noise the graph moves truth; NaN where it has no truth.

        In the domain of the rule (`harness.judge.deviation`): for distributions the largest change
        of a logarithm, over `log_noise`.
        """
        model = replace(self._model.file, graph=graph, sha256=digest(to_bytes(graph)))
        asked = replace(self._model, file=model)
        with self._forgotten():
            return {photo: self._times(asked.question(photo), base)
                    for photo, base in self._bases.items()}  # fmt: skip

    def _times(self, question: Question, base: _Base) -> float:
        reference = self._session.reference
        if not isinstance(reference, RoundingReference):
            raise UsageError(f"{reference.stack.program} as a reference gives no float64 truth")
        try:
            truth = reference.float64_scores(question, self._model.limits).scores
        except (GraphError, NoAnswer):
            return math.nan
        if truth.size != base.truth.size:
            return math.inf
        return deviation(base.truth, truth, base.domain).size / base.noise

    @contextmanager
    def _forgotten(self) -> Iterator[None]:
        """Remove what is put into the session's cache meanwhile: 40 MB for each graph."""
        cache = self._session.cache
        before = set(cache.iterdir())
        try:
            yield
        finally:
            for entry in set(cache.iterdir()) - before:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def largest_movement(scores: ArrayLike, samples: ArrayLike) -> float:
    """Noise: the largest deviation of the samples `[K, N]` from the scores, in their domain."""
    domain = domain_of(scores)
    return max(deviation(scores, sample, domain).size for sample in np.asarray(samples))
