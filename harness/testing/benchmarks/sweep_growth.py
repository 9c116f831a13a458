"""Memory and speed of `parity sweep` by number of images and workers, on the fake programs.

`python -m harness.testing.benchmarks.sweep_growth FOLDER IMAGES WORKERS [TARGET]` sweeps as many
images of 32×32 pixels and prints as JSON: images a second after the first block, and the largest
resident memory of all processes together. With the target `wait-run` each program waits 30 ms for
each image, so that images a second are those of the scheduling and not of the processor.
"""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import PIL.Image
import psutil

from harness.sweep.sweep_record import read_record
from harness.testing.fixtures import FAKES, ROOT
from harness.testing.tiny import decoder_graph, write_graph

SIZE = (32, 32)
SAMPLE_S = 0.1
"""Seconds between two readings of the memory."""


def write_images(folder: Path, count: int) -> None:
    """JPEG files of random pixels; those that are there are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    for number in range(count):
        path = folder / f"{number:06}.jpg"
        if not path.exists():
            PIL.Image.fromarray(random.integers(0, 256, (*SIZE, 3), np.uint8)).save(path)


def resident(process: psutil.Process) -> int:
    """Bytes of a process and all that it started."""
    found = 0
    for one in [process, *process.children(recursive=True)]:
        with suppress(psutil.Error):
            found += one.memory_info().rss
    return found


def largest_resident(command: list[str], environment: dict[str, str], folder: Path) -> int:
    """Run a command to its end; the largest resident bytes of all its processes together."""
    done = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL)
    largest, process = 0, psutil.Process(done.pid)
    while True:
        with suppress(psutil.Error):
            largest = max(largest, resident(process))
        with suppress(subprocess.TimeoutExpired):
            assert done.wait(timeout=SAMPLE_S) in (0, 1)
            return largest


def main(folder: str, images: str, workers: str, target: str = "calm") -> None:
    """Print the figures."""
    place = Path(folder).resolve()
    photos = place / f"photos-{images}"
    write_images(photos, int(images))
    waits = target.startswith("wait")
    graph = decoder_graph(name="reference:wait-run" * waits)
    model = write_graph(place / f"model-{target}.pb", graph)
    into = place / f"sweep-{images}-{workers}-{os.getpid()}"
    command = [sys.executable, "-m", "harness.cli", "sweep", str(model), "--images", str(photos)]
    command += ["--candidate", f"stack=fake,target={target}", "--reference", "fake-reference"]
    command += ["--into", str(into), "--workers", workers, "--closer-worst=0", "--closer-sample=0"]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(FAKES), str(ROOT)]),
        "PARITY_FAKE_LOG": str(place / "builds.log"),
        "PARITY_CACHE": str(place / "cache"),
    }
    largest = largest_resident(command, environment, place)
    found = {"images": int(images), "workers": int(workers), "target": target}
    rate = read_record(into).images_per_second
    print(json.dumps(found | {"images_per_second": rate, "resident_mib": largest / 2**20}))


if __name__ == "__main__":
    main(*sys.argv[1:])
