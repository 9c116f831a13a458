"""The converted graph predicts real photos; TensorFlow runs in a process of its own."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from harness.cases import case_file
from harness.inputs.packages import listed
from harness.inputs.zoo import efficientnet_lite
from harness.inputs.zoo.tests.published_files import CASE

SLACK = 2e-4
"""Between the scores written here and those of another CPU or TensorFlow release."""


# Photo → class, its score on the file's bytes, and on Pillow's pixels at 224 by 224 (bicubic).
PREDICTIONS = {
    "chelsea.png": ("Egyptian cat", 0.78294, 0.77095),
    "coffee.png": ("espresso", 0.91318, 0.90024),
    "camera.png": ("tripod", 0.96182, 0.94891),
    "clock_motion.png": ("bubble", 0.49384, 0.54984),
    "hubble_deep_field.jpg": ("bubble", 0.15516, 0.13118),
    "rocket.jpg": ("drilling platform", 0.51271, 0.56439),
}


needs_tensorflow = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None,
    reason="TensorFlow is not installed; pip install tensorflow-cpu",
)


# argv: model, folder of inputs, npz to write. Bytes enter at the contents, pixels at the decoder.
RUN = """
import sys
from pathlib import Path
import numpy as np
import tensorflow as tf
v1 = tf.compat.v1
definition = v1.GraphDef.FromString(Path(sys.argv[1]).read_bytes())
graph = v1.Graph()
with graph.as_default():
    v1.import_graph_def(definition, name="")
scores = {}
with v1.Session(graph=graph) as session:
    for path in sorted(Path(sys.argv[2]).iterdir()):
        pixels = path.suffix == ".npy"
        name = path.stem + " pixels" if pixels else path.name
        value = np.load(path) if pixels else path.read_bytes()
        feed = "DecodeJpeg:0" if pixels else "DecodeJpeg/contents:0"
        scores[name] = session.run("softmax:0", {feed: value})
np.savez(sys.argv[3], **scores)
"""


@pytest.fixture(scope="module")
def photos() -> list[Path]:
    images = case_file.load(CASE).images
    return [listed(str(image.package), str(image.file))[0][1] for image in images]


def run_tensorflow(model: Path, photos: list[Path], folder: Path) -> dict[str, NDArray[Any]]:
    """File name, or that and " pixels" → scores [1, N]; TensorFlow stays out of this process."""
    inputs = folder / "inputs"
    inputs.mkdir()
    for photo in photos:
        (inputs / photo.name).write_bytes(photo.read_bytes())
        with Image.open(photo) as image:
            pixels = image.convert("RGB").resize((224, 224))
        np.save(inputs / f"{photo.name}.npy", np.asarray(pixels))
    result = folder / "scores.npz"
    command = [sys.executable, "-c", RUN, str(model), str(inputs), str(result)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(result) as scores:
        return dict(scores)


@pytest.fixture(scope="module")
def scores(
    model: Path, photos: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, NDArray[Any]]:
    return run_tensorflow(model, photos, tmp_path_factory.mktemp("run"))


def assert_best(scores: NDArray[Any], names: list[str], label: str, score: float) -> None:
    index = int(scores[0].argmax())
    assert names[index].split(",")[0] == label
    assert float(scores[0, index]) == pytest.approx(score, abs=SLACK)


@needs_tensorflow
@pytest.mark.parametrize("photo", PREDICTIONS)
def test_predicts_real_photos(
    photo: str, scores: dict[str, NDArray[Any]], names: list[str]
) -> None:
    label, from_bytes, from_pixels = PREDICTIONS[photo]
    for key, score in ((photo, from_bytes), (f"{photo} pixels", from_pixels)):
        assert scores[key].shape == (1, efficientnet_lite.CLASSES)
        assert scores[key].dtype == np.float32
        assert_best(scores[key], names, label, score)
        assert scores[key].sum() == pytest.approx(1, abs=1e-5)


@needs_tensorflow
def test_case_covers_what_decoder_and_resize_do(scores: dict[str, NDArray[Any]]) -> None:
    found = case_file.load(CASE)
    atol = found.tolerance.end_to_end.atol
    assert atol
    known = {failure.image for failure in found.known_failures}
    for photo in PREDICTIONS:
        difference = float(np.abs(scores[photo] - scores[f"{photo} pixels"]).max())
        assert (difference > atol) == (photo in known), f"{photo}: {difference}"


def test_case_lists_the_photos_that_are_tested(photos: list[Path]) -> None:
    assert {photo.name for photo in photos} == set(PREDICTIONS)
