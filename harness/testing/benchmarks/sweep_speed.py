"""Images a second of `parity sweep`, beside a bare loop over the same images in one process.

`python -m harness.testing.benchmarks.sweep_speed MODEL CANDIDATE COUNT FOLDER [SIZE]` prints both
as JSON, and their ratio with and without what the sweep takes to start. The loop decodes and
resizes with Pillow, runs TensorFlow on the tensor and on the file, and runs the compiled module.
TensorFlow and TVM are in its process, so it needs TVM 0.27.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.cli.case_options import ModelOptions, PreprocessOptions
from harness.cli.typed_case import case_from
from harness.inputs import pixels
from harness.run.models import load_models
from harness.run.plan import plan_command
from harness.run.settings import settings_from
from harness.stacks.protocol import Program
from harness.stacks.registry import stack_named
from harness.sweep.sweep_record import read_record
from harness.testing.photo_crops import crops

CROP = (500, 375)
"""Width and height of the images, in pixels."""
WARM_UP = 3
"""Images before the loop's clock starts."""


def write_photos(folder: Path, count: int) -> list[Path]:
    """JPEG files; those that are there are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:05}.jpg" for number in range(count)]
    for path, crop in zip(paths, crops(max(CROP)), strict=False):
        if not path.exists():
            crop.crop((0, 0, *CROP)).save(path, quality=90)
    return paths


def bare_loop(model: str, candidate: str, photos: list[Path], size: str | None) -> float:
    """Images a second of the loop, after a few images."""
    how = PreprocessOptions(size=size)
    case = case_from(ModelOptions(model, candidate=[candidate]), photos[:1], how)
    (task,) = plan_command("bench", case, settings_from())
    with settings_from().session(explains=False) as session:
        file = load_models(task, session)[1]
        entry, output = file.entry, file.output
        first = _tensor(photos[0], task.case.preprocess.size, entry.channels)
        shape, limits = first.shape, task.case.limits
        built = session.candidates.prepare(task.candidate, file, shape, limits).program
    compiled: Program = _opener(task.candidate.stack)(built["options"])
    whole = {"graph": str(file.path), "intra_op": 0, "inter_op": 0}
    reference: Program = _opener("tensorflow")(whole)
    begun, done = time.perf_counter(), 0
    for number, path in enumerate(photos):
        if number == WARM_UP:
            begun = time.perf_counter()
        tensor = _tensor(path, task.case.preprocess.size, entry.channels)
        on_tensor = reference.run({f"{entry.pixels}:0": tensor}, [output])[output]
        reference.run({f"{entry.feed}:0": path.read_bytes()}, [output])
        scores = compiled.run({entry.pixels: tensor}, [output])[output]
        assert np.argmax(scores) == np.argmax(on_tensor)
        done = number + 1 - WARM_UP
    return done / (time.perf_counter() - begun)


def _opener(stack: str) -> Callable[[Any], Program]:
    return stack_named(stack).open


def _tensor(path: Path, size: tuple[int, int] | None, channels: int) -> NDArray[np.uint8]:
    decoded = pixels.decode(path.read_bytes(), channels)
    return pixels.resize(decoded, size, "bicubic") if size else decoded


def main(model: str, candidate: str, count: str, folder: str, size: str | None = None) -> None:
    """Print the figures."""
    photos = write_photos(Path(folder) / "photos", int(count))
    into = Path(folder) / f"sweep-{time.time_ns()}"
    command = [sys.executable, "-m", "harness.cli", "sweep", model, "--candidate", candidate]
    command += ["--images", str(photos[0].parent), "--into", str(into)]
    command += ["--closer-worst=0", "--closer-sample=0", *(["--size", size] if size else [])]
    loop = bare_loop(model, candidate, photos, size)
    start = time.perf_counter()
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    assert done.returncode in (0, 1)
    whole = int(count) / (time.perf_counter() - start)
    rate = read_record(into).images_per_second
    found = {"loop": loop, "sweep": rate, "with_start": whole}
    print(json.dumps(found | {"ratio": rate / loop, "ratio_with_start": whole / loop}))


if __name__ == "__main__":
    main(*sys.argv[1:])
