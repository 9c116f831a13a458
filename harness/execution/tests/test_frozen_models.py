"""SavedModels and Keras files are models too: TensorFlow freezes them in a worker process."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.testing.fixtures import RunCommand
from harness.testing.tiny import write_image

MAKE = """
import sys
import tensorflow as tf
from tensorflow.keras import Input, Sequential, layers
folder = sys.argv[1]
tf.keras.utils.set_random_seed(3)
net = Sequential([
    Input((16, 16, 3)), layers.Rescaling(1 / 127.5, -1.0), layers.Conv2D(4, 3), layers.ReLU(),
    layers.GlobalAveragePooling2D(), layers.Dense(6), layers.Softmax(),
])
for name in ("net.keras", "net.h5"):
    net.save(f"{folder}/{name}")
net.export(f"{folder}/saved", verbose=False)
pair = [Input((4,)), Input((4,))]
tf.keras.Model(pair, layers.Add()(pair)).save(f"{folder}/two.keras")
Sequential([Input((4, 4, 3)), layers.Lambda(lambda x: x + 1)]).save(f"{folder}/lambda.keras")
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one network in three forms, and two that can't be frozen."""
    folder = tmp_path_factory.mktemp("models")
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"}
    subprocess.run([sys.executable, "-c", MAKE, str(folder)], check=True, env=environment)
    write_image(folder / "a.png", seed=1, size=(20, 20))
    return folder


@pytest.mark.relay
def test_three_forms_of_a_network_are_the_same_model(
    parity: RunCommand, relay_here: None, models: Path
) -> None:
    found = [_row(parity, models, name) for name in ("net.keras", "net.h5", "saved")]
    assert [row["status"] for row in found] == ["match"] * 3
    assert len({row["reference_score"] for row in found}) == 1
    assert [row["model"] for row in found] == ["net.keras", "net.h5", "saved"]
    assert all(row["classes"] == 6 for row in found)


def _row(parity: RunCommand, models: Path, name: str) -> dict[str, Any]:
    words = ("--size", "16", "--scope", "graph", "--candidate", "relay-host", "--json")
    done = parity("check", models / name, models / "a.png", *words, cwd=models)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    return dict(row)


@pytest.mark.relay
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("two.keras", "the model has 2 inputs; expected the image alone"),
        ("lambda.keras", "TensorFlow can't freeze it"),
        ("torn.keras", "TensorFlow can't freeze it"),
        ("torn/saved_model.pb", "TensorFlow can't freeze it"),
    ],
)
def test_what_can_not_be_frozen_is_named(
    parity: RunCommand, relay_here: None, models: Path, name: str, words: str
) -> None:
    if name.startswith("torn"):
        (models / name).parent.mkdir(exist_ok=True)
        (models / name).write_bytes(b"torn")
    done = parity("check", models / name, models / "a.png", "--candidate", "relay-host", cwd=models)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
