"""The program on one screen: what turns a Task into its Results.

model → picture → (reference ‖ candidate) → verdict → rows, once a scope. Whatever ends the road
early becomes the status of the rows; only a bug escapes.
"""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from harness import pixels as picture
from harness.assets import cache_root, sha256_of
from harness.builds import BuildCache
from harness.candidate import Candidates, Observer
from harness.case import Scope
from harness.errors import AssetError, GraphError, ImageError, LabelError, StackError
from harness.labels import LabelMap
from harness.labels import load as load_labels
from harness.model import Model, read_model
from harness.outcome import Ended, Outcome, Scored
from harness.plan import Task
from harness.programs import REFERENCE, stack
from harness.reference import Reference
from harness.results import result
from harness.row import Result
from harness.status import Status
from harness.verdict import judge, limits_for
from harness.worker import Limits
from harness.workers import Workers


@dataclass(frozen=True)
class Picture:
    """An image file and what the deployed program makes of it."""

    data: bytes
    sha256: str
    tensor: NDArray[Any] | None
    """What the candidate is given; None where the deployed decoder refuses the file."""
    refusal: str
    """Why it refused."""
    remarks: tuple[str, ...]
    thumbnail: str
    too_large: bool = False


@dataclass
class Session:
    """What outlives a task: workers, caches, models that were read."""

    cache: Path = field(default_factory=lambda: cache_root() / "builds")
    observe: Observer = field(default=lambda _: contextlib.nullcontext())
    reference_stack: str = REFERENCE

    def __post_init__(self) -> None:
        self.workers = Workers()
        builds = BuildCache(self.cache)
        self.reference = Reference(self.workers, builds, self.reference_stack)
        self.candidates = Candidates(self.workers, builds, self.observe)
        self._models: dict[str, Model] = {}
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="parity")

    def model(self, path: Path, entry: str | None, output: str | None) -> Model:
        """A model file, parsed once."""
        key = f"{path}|{entry}|{output}|{path.stat().st_mtime_ns}"
        if key not in self._models:
            self._models = {key: read_model(path, entry, output)} | dict(
                list(self._models.items())[:3]
            )
        return self._models[key]

    @property
    def programs(self) -> dict[str, Any]:
        """What the workers have said of themselves so far, by stack."""
        return {self.reference_stack: self.reference.facts, **self.candidates.described}

    def start_reference(self) -> None:
        """Let TensorFlow load while other things are done; what fails will fail again, in a row."""
        limits = Limits(timeout_s=300, memory_gib=16)
        self._threads.submit(self.reference.describe, limits)

    def submit(self, function: Callable[[], Outcome]) -> "Future[Outcome]":
        """Run beside the rest: the reference works while the candidate builds."""
        return self._threads.submit(function)

    def close(self) -> None:
        """End all workers; safe to call in the middle of a task."""
        self.workers.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def run(task: Task, session: Session) -> list[Result]:
    """Exactly one Result a scope, whatever happens."""
    try:
        with _ends():
            reference, candidate = _models(task, session)
            labels = _labels(task)
            seen = _picture(task, session, candidate)
            return list(_judged(task, session, (reference, candidate), labels, seen))
    except Ended as end:
        return task.ended(end.status, end.reason)


@contextlib.contextmanager
def _ends() -> Iterator[None]:
    """Give each error that a user can act upon the status it means for a row."""
    try:
        yield
    except AssetError as error:
        raise Ended(Status.MISSING_ASSET, str(error)) from error
    except StackError as error:
        raise Ended(Status.MISSING_STACK, str(error)) from error
    except GraphError as error:
        raise Ended(Status.REFERENCE_FAILED, str(error)) from error
    except LabelError as error:
        raise Ended(Status.NO_EVIDENCE, f"nothing was compared: {error}") from error


def _models(task: Task, session: Session) -> tuple[Model, Model]:
    """The reference's model and the candidate's, which is the same unless the case says other."""
    stack(session.reference_stack).versions()
    stack(task.candidate.stack).versions()
    asked = task.case.model
    reference = session.model(task.assets.fetch(asked), asked.input, asked.output)
    other = task.candidate.model
    if other is None:
        return reference, reference
    path = task.assets.fetch(other)
    try:
        return reference, session.model(path, asked.input, asked.output)
    except GraphError:
        try:
            return reference, session.model(path, None, None)
        except GraphError as error:
            raise Ended(Status.IMPORT_FAILED, f"candidate model: {error}") from error


def _labels(task: Task) -> LabelMap:
    return load_labels(task.case.labels, task.assets.fetch)


def _picture(task: Task, session: Session, model: Model) -> Picture:
    """Read, decode and resize the image as the deployed program would."""
    how, path = task.case.preprocess, task.assets.fetch(task.image)
    if path.stat().st_size > picture.MAX_IMAGE_BYTES:
        raise Ended(Status.NO_EVIDENCE, f"{path} is too large for an image")
    data, sha256 = path.read_bytes(), sha256_of(path)
    try:
        header = picture.header(data, task.case.limits.max_pixels)
    except ImageError as error:
        return Picture(data, sha256, None, str(error), (), "", "limit" in str(error))
    remarks = tuple(header.remarks(path.name))
    try:
        decoded = _decoded(task, session, data, model)
        size = how.size or model.entry.size
        sized = picture.resize(decoded, size, how.resample) if size else decoded
        tensor = picture.to_tensor(sized, model.entry, how)
        return Picture(data, sha256, tensor, "", remarks, picture.thumbnail(decoded))
    except ImageError as error:
        return Picture(data, sha256, None, str(error), remarks, "")


def _decoded(task: Task, session: Session, data: bytes, model: Model) -> NDArray[np.uint8]:
    how = task.case.preprocess
    if how.decoder == "tensorflow":
        question = session.reference.pixels(model, how, data, task.case.reference)
        found = session.reference.answer(question, _bounds(task)).scores
        return found.reshape(found.shape[-3:]).astype(np.uint8)
    return picture.decode(data, model.entry.channels, how.exif)


def _bounds(task: Task) -> Limits:
    return Limits(task.case.limits.run_timeout_s, task.case.limits.memory_gib)


def _judged(
    task: Task, session: Session, models: tuple[Model, Model], labels: LabelMap, seen: Picture
) -> Iterator[Result]:
    """Both programs' outcomes, then a verdict a scope."""
    references = {
        scope: session.submit(partial(_reference, task, session, models[0], seen, scope))
        for scope in task.case.scopes
    }
    candidate = _candidate(task, session, models[1], seen)
    for scope in task.case.scopes:
        reference = references[scope].result()
        end = _first_end(scope, reference, candidate, seen)
        about = {
            "model_sha256": models[0].sha256,
            "candidate_model_sha256": models[1].sha256,
            "image_sha256": seen.sha256,
            "input_shape": "x".join(map(str, seen.tensor.shape)) if seen.tensor is not None else "",
            "notes": "; ".join(seen.remarks),
        }
        yield _verdict(task, scope, (reference, candidate), end, labels, about, seen)


def _verdict(
    task: Task,
    scope: Scope,
    outcomes: tuple[Outcome, Outcome],
    end: Ended | None,
    labels: LabelMap,
    about: dict[str, Any],
    seen: Picture,
) -> Result:
    reference, candidate = outcomes
    if end or not isinstance(reference, Scored) or not isinstance(candidate, Scored):
        stop = end or Ended(Status.NO_EVIDENCE, "nothing was compared")
        row = task.row(scope, stop.status, stop.reason).model_copy(update=about)
        return Result(row=row, thumbnail=seen.thumbnail)
    try:
        labels.check(reference.scores.size)
    except LabelError as error:
        row = task.row(scope, Status.NO_EVIDENCE, f"nothing was compared: {error}")
        return Result(row=row.model_copy(update=about), thumbnail=seen.thumbnail)
    limits = limits_for(scope, getattr(task.case.tolerance, scope))
    verdict = judge(reference.scores, candidate.scores, k=task.case.k, limits=limits)
    return result(task, scope, verdict, (reference, candidate), labels, about, seen.thumbnail)


def _reference(task: Task, session: Session, model: Model, seen: Picture, scope: Scope) -> Outcome:
    how, mode, ask = task.case.preprocess, task.case.reference, session.reference
    try:
        if seen.too_large or (scope == "graph" and seen.tensor is None):
            raise Ended(Status.NO_EVIDENCE, seen.refusal)
        if scope == "end_to_end" or seen.tensor is None:
            question = ask.on_file(model, how, seen.data, mode)
        else:
            question = ask.on_tensor(model, how, seen.tensor, mode)
        with session.observe(f"reference, {scope}"):
            return ask.answer(replace(question, repeats=task.case.repeats), _bounds(task))
    except Ended as end:
        return end


def _candidate(task: Task, session: Session, model: Model, seen: Picture) -> Outcome:
    if seen.tensor is None:
        return Ended(Status.RUN_FAILED, f"the deployed decoder refused the file: {seen.refusal}")
    case = task.case
    try:
        return session.candidates.run(task.candidate, model, seen.tensor, case.limits, case.repeats)
    except Ended as end:
        return end


def _first_end(scope: Scope, reference: Outcome, candidate: Outcome, seen: Picture) -> Ended | None:
    """Which end the row tells of, where there is one."""
    if seen.tensor is None and (scope == "graph" or isinstance(reference, Ended)):
        other = f"; TensorFlow: {reference.reason}" if isinstance(reference, Ended) else ""
        same = seen.refusal in other
        reason = f"nothing was compared: {seen.refusal}{'' if same else other}"
        return Ended(Status.NO_EVIDENCE, reason)
    if isinstance(candidate, Ended) and candidate.status.kind == "skipped":
        return candidate
    for outcome in (reference, candidate):
        if isinstance(outcome, Ended):
            return outcome
    return None
