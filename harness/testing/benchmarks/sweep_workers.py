"""Images a second of `parity sweep` with one worker and with two, on programs that hold a core.

`python -m harness.testing.benchmarks.sweep_workers COUNT FOLDER` prints both as JSON, and their
ratio. The candidate is a fake that takes 50 ms of a core for an image, the reference one that takes
next to nothing, so that one worker needs one core, and two need two.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from harness.sweep.sweep_record import read_record
from harness.testing.fixtures import FAKES, ROOT
from harness.testing.tiny import write_case, write_image

CANDIDATE = "stack = 'fake'\ntarget = 'busy-run'"


def rate(case: Path, photos: Path, workers: int) -> float:
    """Images a second of a sweep, start aside."""
    into = photos.parent / f"sweep-{workers}"
    command = [sys.executable, "-m", "harness.cli", "sweep", str(case), "--images", str(photos)]
    command += ["--into", str(into), "--workers", str(workers), "--reference", "fake-reference"]
    command += ["--closer-worst=0", "--closer-sample=0"]
    own = {
        "PYTHONPATH": os.pathsep.join([str(FAKES), str(ROOT)]),
        "PARITY_CACHE": str(photos.parent / "cache"),
        "PARITY_FAKE_LOG": str(photos.parent / "builds.log"),
    }
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ | own)
    return read_record(into).images_per_second


def main(count: str, folder: str) -> None:
    """Print the figures."""
    photos = Path(folder) / "photos"
    photos.mkdir(parents=True)
    for number in range(int(count)):
        write_image(photos / f"{number:05}.png", seed=number)
    case = write_case(folder, candidates=[CANDIDATE], top="scopes = ['graph']")
    one, two = (rate(case, photos, workers) for workers in (1, 2))
    print(json.dumps({"one": one, "two": two, "ratio": two / one}))


if __name__ == "__main__":
    main(*sys.argv[1:])
