"""The steps on both sides of a file, and beside the frameworks' own functions."""

import json
import subprocess
import sys

import pytest

from harness.cases.preprocess import Preprocess
from harness.execution.step_nodes import reference_steps
from harness.execution.tests.tensorflow_steps import OURS

FRAMEWORKS = (
    "tf.image.resize_with_pad",
    "tf.image.resize_with_crop_or_pad",
    "tf.image.central_crop 0.875",
    "tf.image.central_crop 0.7",
    "tf.image.central_crop 0.31",
    "smart_resize",
    "efficientnet-lite",
    "keras-tf",
    "keras-caffe",
    "keras-torch",
)


@pytest.fixture(scope="module")
def distances() -> dict[str, float]:
    """What `tensorflow_steps` prints, from one process."""
    command = [sys.executable, "-m", "harness.execution.tests.tensorflow_steps"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", [*(f"graph: {name}" for name in OURS), *FRAMEWORKS])
def test_a_step_is_the_same_everywhere(
    tensorflow_here: None, distances: dict[str, float], name: str
) -> None:
    assert distances[name] == 0.0


def test_the_reference_resizes_by_tensorflow_alone() -> None:
    how = Preprocess(preset="torchvision")
    deployed = how.explicit((8, 8))
    texts = [step.text for step in reference_steps(deployed)]
    assert texts[0] == "resize_shorter_side 9 by tensorflow bilinear"
    assert texts[1:] == [step.text for step in deployed[1:]]


def test_a_resize_of_tensorflow_keeps_its_filter() -> None:
    steps = Preprocess(preset="efficientnet").explicit((8, 8))
    assert reference_steps(steps) == steps
