"""What a worker of the scheduler does: a block of images → its rows, by processes of its own.

A session with its processes lives as long as the worker; its threads run several blocks, so that
images are decoded and both programs run at the same time.
"""

import glob
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from harness.cases.asset_sections import Image
from harness.cases.case import Case
from harness.execution.session import RunSession
from harness.inputs.assets import Assets
from harness.results.result import Result
from harness.results.status import Status
from harness.run.block import run_block
from harness.run.pipeline import run
from harness.run.plan import Task, reference_of
from harness.run.settings import Settings
from harness.sweep.images import SweepImage
from harness.sweep.part_schema import SweepResult, part_batch, to_message

Look = Literal["", "status", "worst", "sample"]
"""Why an image goes through the ordinary pipeline; see the column `closer_look`."""
_COMPARED = (Status.MISMATCH, Status.WITHIN_NOISE, Status.UNNORMALISED)
"""Statuses of rows with scores that are looked at closely. A match needs no explanation, and a tie
has one; end to end a quarter of the images can be ties, and a look costs as much as 25 images."""


@dataclass(frozen=True)
class SweepJob:
    """What is the same for all blocks of a sweep."""

    name: str
    """Column `case` of the rows."""
    case: Case
    """The case; its images are not those of the sweep."""
    settings: Settings
    """The run's."""
    assets: Assets
    """Where the files of the case and of the images may come from."""
    settings_keys: Mapping[str, str]
    """By candidate: column `settings_key` of its rows."""

    def tasks(self, image: SweepImage, path: Path) -> list[Task]:
        """A task for each candidate of an image that lies in a file."""
        # A name of a dataset may have characters that a node id may not.
        named = Image.model_construct(path=glob.escape(str(path)), name=image.name)
        copied = (path.parent,) if image.start >= 0 else ()
        assets = replace(self.assets, roots=(*self.assets.roots, *copied))
        reference = reference_of(self.case.model, self.settings.reference)
        return [
            Task(self.name, self.case, named, candidate, assets, reference)
            for candidate in self.case.candidates
        ]


@dataclass(frozen=True, slots=True)
class BlockImage:
    """One image of a block."""

    image: SweepImage
    """The image."""
    true_class: int | None
    """Index of its true class."""


def rows_of_block(job: SweepJob, images: Sequence[BlockImage]) -> bytes:
    """The rows of a block as a message, some of them looked at closely, see `_COMPARED`."""
    session = _session(job)
    with _tasks(job, images) as tasks:
        found = run_block(tasks, session)
        looks = session.with_evidence()
        rows = [_looked_at(*one, looks) for one in zip(tasks, found, strict=True)]
    return _message(job, images, rows)


def rows_of_look(job: SweepJob, images: Sequence[BlockImage], look: Look) -> bytes:
    """The rows of images by the ordinary pipeline, as a message."""
    looks = _session(job).with_evidence()
    with _tasks(job, images) as tasks:
        rows = [(run(task, looks), look) for task in tasks]
    return _message(job, images, rows)


def rows_of_lost(job: SweepJob, images: Sequence[BlockImage], reason: str) -> bytes:
    """The rows of images with which the worker itself died again and again."""
    tasks = [task for one in images for task in job.tasks(one.image, Path(one.image.path))]
    return _message(job, images, [(task.ended(Status.CRASHED, reason), "") for task in tasks])


def _looked_at(task: Task, results: list[Result], looks: RunSession) -> tuple[list[Result], Look]:
    if any(result.row.status in _COMPARED for result in results):
        return run(task, looks), "status"
    return results, ""


def _message(
    job: SweepJob,
    images: Sequence[BlockImage],
    rows: Sequence[tuple[list[Result], Look]],
) -> bytes:
    """`rows` has the results of an image's candidates, one image after the other."""
    count = len(job.case.candidates)
    found = [
        SweepResult(result, images[place // count].true_class, key, look)
        for place, (results, look) in enumerate(rows)
        for result in results
        for key in [job.settings_keys[result.row.candidate]]
    ]
    return to_message(part_batch(found))


@contextmanager
def _tasks(job: SweepJob, images: Sequence[BlockImage]) -> Iterator[list[Task]]:
    """The tasks of each image in turn; images of archives are copied out while they are needed."""
    place = Path(tempfile.mkdtemp(prefix="parity-sweep-"))
    try:
        files = [_file(one.image, place / str(number)) for number, one in enumerate(images)]
        pairs = zip(images, files, strict=True)
        yield [task for one, path in pairs for task in job.tasks(one.image, path)]
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _file(image: SweepImage, copy: Path) -> Path:
    """The image's own file, or a copy; where that can't be made none is there, as its rows say."""
    if image.start < 0:
        return Path(image.path)
    path = copy.with_suffix(Path(image.name).suffix)
    with suppress(OSError), Path(image.path).open("rb") as archive:
        archive.seek(image.start)
        path.write_bytes(archive.read(image.size))
    return path


_SESSIONS: dict[str, RunSession] = {}
_GUARD = threading.Lock()


def _session(job: SweepJob) -> RunSession:
    """The session of this process; another job ends that of the one before."""
    key = repr((sorted(job.settings_keys.items()), job.settings))
    with _GUARD:
        if key not in _SESSIONS:
            close_sessions()
            _SESSIONS[key] = session = job.settings.session(explains=False, keeps_captures=False)
            session.start_candidates(job.case.candidates)
        return _SESSIONS[key]


def close_sessions() -> None:
    """End the program processes of this process."""
    while _SESSIONS:
        _SESSIONS.popitem()[1].close()
