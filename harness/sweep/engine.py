"""Blocks of images on Dask's distributed scheduler, embedded or on a cluster.

Dask gives blocks to workers, starts a dead worker again and gives its blocks to another. With a
worker die all blocks that it has under way, and which of them did it is not known. So the images of
blocks with which workers die again and again are run at the end, one after the other and nothing
beside them: then an image that ends a worker costs itself alone.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from importlib import import_module
from itertools import islice
from typing import Any

from harness.errors import SchedulerError, UsageError
from harness.sweep.blocks import (
    BlockImage,
    Look,
    SweepJob,
    rows_of_block,
    rows_of_look,
    rows_of_lost,
)
from harness.sweep.part_schema import from_message

_Client = Any
_Future = Any
"""Those of `distributed`, which has no types."""

IMAGES = 16
"""Images of a block: few enough that all kinds of work are under way at the same time."""
THREADS = 4
"""Blocks that a worker has under way: one is decoded, one is in each program's process, of which
the reference has two."""
AHEAD = 2
"""Blocks that wait for each thread, so that none waits for the command."""
PATIENCE_S = 30
"""Seconds in which a scheduler has to answer."""
DEATHS = 1
"""Workers that may die with a block, or with an image by itself, before it is tried no more."""


Record = Callable[[Any, int], None]
"""Called with the `pyarrow.Table` of rows of so many images, as they arrive."""


class Engine:
    """Runs the blocks of one job."""

    def __init__(self, client: _Client, job: SweepJob, record: Record) -> None:
        self._client, self._job, self._record = client, job, record
        self._suspects: list[BlockImage] = []

    def run(
        self,
        images: Iterable[BlockImage],
        look: Look = "",
        stopped: Callable[[], bool] = lambda: False,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        """Run all images; returns when the last row was recorded.

        Once `stopped` says so, no block is begun that was not submitted. `meanwhile` is called once
        the first are under way: their programs take seconds to start.
        """
        waiting = iter(blocks(images))
        arriving = import_module("distributed").as_completed()
        asked: dict[_Future, list[BlockImage]] = {}

        def submit(count: int) -> None:
            for block in islice(waiting, count):
                future = self._submit(block, look)
                asked[future] = block
                arriving.add(future)

        submit(self._threads() * (1 + AHEAD))
        meanwhile()
        for future in arriving:
            block = asked.pop(future)
            if not self._arrived(future, block):
                self._suspects += block
            if not stopped():
                submit(1)
        self._run_suspects(look)

    def _run_suspects(self, look: Look) -> None:
        while self._suspects:
            block = [self._suspects.pop(0)]
            if not self._arrived(self._submit(block, look), block):
                reason = f"the worker that ran the image died, {DEATHS + 1} times of {DEATHS + 1}"
                self._record(from_message(rows_of_lost(self._job, block, reason)), 1)

    def _threads(self) -> int:
        return max(THREADS, int(sum(self._client.nthreads().values())))

    def _submit(self, block: Sequence[BlockImage], look: Look) -> _Future:
        if look:
            return self._client.submit(rows_of_look, self._job, block, look, pure=False)
        return self._client.submit(rows_of_block, self._job, block, pure=False)

    def _arrived(self, future: _Future, block: Sequence[BlockImage]) -> bool:
        """Wait for a block and record its rows; False where workers died with it."""
        try:
            message = future.result()
        except import_module("distributed").KilledWorker:
            return False
        except CancelledError as error:
            raise SchedulerError(
                "the scheduler is gone, and with it the blocks that were under way; start it "
                "again, and go on with the same command and --resume"
            ) from error
        finally:
            future.release()
        self._record(from_message(message), len(block))
        return True


def blocks(images: Iterable[BlockImage]) -> Iterator[list[BlockImage]]:
    """The images in blocks."""
    rest = iter(images)
    while block := list(islice(rest, IMAGES)):
        yield block


@contextmanager
def open_client(scheduler: str | None, workers: int) -> Iterator[_Client]:
    """A client of the scheduler at an address, or of an embedded one with so many workers.

    Raises UsageError where no scheduler answers.
    """
    dask, distributed = import_module("dask"), import_module("distributed")
    for name in ("distributed", "distributed.client"):  # what it says of a lost scheduler, we say
        logging.getLogger(name).setLevel(logging.CRITICAL)
    dask.config.set(
        {
            "distributed.scheduler.allowed-failures": DEATHS,
            "distributed.scheduler.worker-saturation": 1.0,  # what waits dies with no worker
            # Looks at all threads every 10 ms, and at the event loop every 20, for a dashboard.
            "distributed.worker.profile.enabled": False,
            "distributed.admin.tick.interval": "1s",
        }
    )
    if scheduler is None:
        cluster = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=THREADS,
            dashboard_address=None,
            memory_limit=0,  # a program's memory is limited by its own process
            silence_logs="CRITICAL",
            env={"TVM_NUM_THREADS": "1"} | dict(os.environ),
        )
        with cluster, distributed.Client(cluster) as client:
            yield client
        return
    try:
        found = distributed.Client(scheduler, timeout=PATIENCE_S)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--scheduler {scheduler}: no Dask scheduler answers there: {error}; start one with "
            "`dask scheduler`, or leave the option out for an embedded one"
        ) from error
    with found as client:
        yield client
