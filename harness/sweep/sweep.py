"""A whole sweep: what is not finished yet through the engine, closer looks, parts and record."""

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Protocol

from harness.results.run_record import RunRecord
from harness.results.status import Status
from harness.sweep.blocks import BlockImage, Look
from harness.sweep.engine import Engine, open_client
from harness.sweep.images import SweepImage
from harness.sweep.parts import CLOSER, PARTS, PartWriter, finished, read_parts, row_key
from harness.sweep.request import SweepRequest
from harness.sweep.shares import load_statsmodels
from harness.sweep.stopping import COLUMNS, Stopping, by_image
from harness.sweep.sweep_record import SweepRecord

LOOKED_AT = ("image", "candidate", "scope", "status", "max_abs", "closer_look")
"""Columns that decide which images are looked at closely."""
SETTLED = (Status.MATCH.value, Status.TIE.value)
"""Statuses of rows that are looked at closely only where they are the worst, or in the sample."""


class SweepObserver(Protocol):
    """Told how a sweep goes on."""

    def begin(self, what: str, images: int) -> None:
        """So many images are run from now on."""
        ...

    def advance(self, images: int, rows: Any) -> None:
        """So many more are done; `rows` is the `pyarrow.Table` of their rows."""
        ...


@dataclass
class BlockTimes:
    """When the first block and the last one arrived."""

    first: float = 0.0
    """Seconds of `time.monotonic` at the first."""
    last: float = 0.0
    """The same at the last."""
    images: int = 0
    """Images that arrived after the first block."""

    def note(self, images: int) -> None:
        """A block arrived."""
        self.last = time.monotonic()
        if self.first:
            self.images += images
        self.first = self.first or self.last

    @property
    def rate(self) -> float:
        """Images a second after the first block; 0 where there was but one."""
        seconds = self.last - self.first
        return self.images / seconds if seconds > 0 else 0.0


@dataclass
class Sweep:
    """One sweep under way."""

    request: SweepRequest
    """What was asked for."""
    run: RunRecord
    """Command, machine and times."""
    observer: SweepObserver
    """Is told how it goes on."""
    reused: int = 0
    """Images that were finished before."""
    finished: int = 0
    """Images with all their rows."""
    times: BlockTimes = field(default_factory=BlockTimes)
    """Times of the blocks."""
    stopping: Stopping | None = None
    """When the sweep may stop; None: after the last image."""

    def __post_init__(self) -> None:
        request = self.request
        if request.words.stop_when_decided:
            names = (one.image.name for one in request.images)
            count, gates = request.images.count, request.job.case.gates
            self.stopping = Stopping(gates, names, count, request.groups)

    def go(self, scheduler: str | None, workers: int) -> None:
        """Run what is not finished; rows that arrived are kept whatever ends it.

        Raises UsageError where no scheduler answers, OSError where no part can be written.
        """
        words = self.request.words
        words.into.mkdir(parents=True, exist_ok=True)
        self._record().write(words.into)
        writer = PartWriter(words.into / PARTS)
        try:
            with open_client(scheduler, workers) as client:
                self._blocks(client, writer)
                writer.flush()
                self._closer_looks(client)
        finally:
            writer.flush()

    def _blocks(self, client: Any, writer: PartWriter) -> None:
        def record(rows: Any, images: int) -> None:
            writer.add(rows)
            self.finished += images
            self.times.note(images)
            self.observer.advance(images, rows)
            if self.stopping:
                self.stopping.add(rows)

        self.observer.begin("images", self.request.images.count)
        engine = Engine(client, self.request.job, record)
        engine.run(self._unfinished(), stopped=self._may_stop, meanwhile=load_statsmodels)

    def _may_stop(self) -> bool:
        return self.stopping is not None and self.stopping.decided

    def _unfinished(self) -> Iterator[BlockImage]:
        """The images that lack a row; those that do not are counted as done."""
        words = self.request.words
        done = finished(words.into) if words.resume else set()
        kept = self._kept_rows() if words.resume and self.stopping else {}
        for one in self.request.images:
            if self._may_stop():
                return
            if done and done.issuperset(self._row_keys(one.image)):
                self.reused += 1
                self.finished += 1
                self.observer.advance(1, None)
                if self.stopping:
                    self.stopping.count(one.image.name, kept[one.image.name])
            else:
                yield one

    def _kept_rows(self) -> dict[str, list[Mapping[str, Any]]]:
        """The rows that a sweep before this one left, by image."""
        keys = set(self.request.job.settings_keys.values())
        return by_image(read_parts(self.request.words.into, keys, COLUMNS))

    def _row_keys(self, image: SweepImage) -> list[bytes]:
        job, sha256 = self.request.job, _sha256(image)
        return [
            row_key(key, image.name, sha256, scope)
            for key in job.settings_keys.values()
            for scope in job.case.scopes
        ]

    def _closer_looks(self, client: Any) -> None:
        """The worst matches and ties, and a random sample, by the ordinary pipeline."""
        words = self.request.words
        writer = PartWriter(words.into / CLOSER)
        chosen = _looks(words.into, self.request)
        try:
            for look, names in chosen.items():
                images = [one for one in self.request.images if one.image.name in names]
                self.observer.begin(f"closer looks: {look}", len(images))
                keep = partial(self._keep, writer)
                Engine(client, self.request.job, keep).run(images, look)
        finally:
            writer.flush()

    def _keep(self, writer: PartWriter, rows: Any, images: int) -> None:
        writer.add(rows)
        self.observer.advance(images, rows)

    def end(self, exit_status: int) -> SweepRecord:
        """Write the record of the end; raises OSError."""
        self.run = self.run.end(exit_status)
        record = self._record()
        record.write(self.request.words.into)
        return record

    def _record(self) -> SweepRecord:
        request = self.request
        begun = self.run.started
        ended = self.run.finished
        notes = list(request.images.notes)
        if self._may_stop() and self.stopping:
            notes.append(
                f"Stopped once the gates were decided, by {self.stopping.images:,} of "
                f"{request.images.count:,} images in random order."
            )
        return SweepRecord(
            run=self.run,
            title=request.job.name,
            images=request.words.words,
            settings_keys=tuple(request.job.settings_keys.values()),
            selected=request.images.count,
            finished=self.finished,
            reused=self.reused,
            random_order=request.words.stop_when_decided,
            images_per_second=self.times.rate,
            seconds_in_all=(ended - begun).total_seconds() if ended and begun else 0.0,
            labels=dict(request.labels.names),
            notes=tuple(notes),
        )


def _looks(folder: Path, request: SweepRequest) -> dict[Look, set[str]]:
    """The names of the images that are looked at closely at the end, by why; none twice.

    Those that a sweep before this one in the folder looked at, for the same reason, are left out.
    """
    words = request.words
    keys = set(request.job.settings_keys.values())
    table = read_parts(folder, keys, LOOKED_AT)
    names = sorted(set(table.column("image").to_pylist()))
    random = Random(words.seed)  # noqa: S311  draws a sample, keeps no secret
    sample = set(random.sample(names, min(words.look_sample, len(names))))
    worst = _worst(table, words.worst) - sample
    columns = (table.column(name).to_pylist() for name in ("image", "closer_look"))
    looked = set(zip(*columns, strict=True))
    chosen: dict[Look, set[str]] = {"sample": sample, "worst": worst}
    return {
        look: {name for name in found if (name, look) not in looked}
        for look, found in chosen.items()
    }


def _worst(table: Any, count: int) -> set[str]:
    """Images of the rows that two score vectors settled with the largest max_abs, by group."""
    wanted = ("candidate", "scope", "max_abs", "image", "status")
    lines = zip(*(table.column(name).to_pylist() for name in wanted), strict=True)
    found: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for candidate, scope, size, image, status in lines:
        if status in SETTLED and size is not None:
            found.setdefault((candidate, scope), []).append((size, image))
    return {image for group in found.values() for _, image in sorted(group)[-count:] if count}


def _sha256(image: SweepImage) -> str:
    """The digest of an image's bytes; empty where they can't be read."""
    with suppress(OSError), Path(image.path).open("rb") as file:
        if image.start < 0:
            return hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(image.start)
        return hashlib.sha256(file.read(image.size)).hexdigest()
    return ""
