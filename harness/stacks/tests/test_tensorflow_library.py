"""TensorFlow without Keras, in a process of its own."""

import json
import os
import subprocess
import sys

from harness.testing.fixtures import ROOT

LOAD = """
import json, sys
from harness.stacks import tensorflow_library
tf = tensorflow_library.load()
before = [name for name in ("keras", "sklearn", "pandas") if name in sys.modules]
layer = tf.keras.layers.Dense(2)
print(json.dumps([tf.__version__, before, type(layer).__module__.split(".")[0]]))
"""


def test_tensorflow_starts_without_keras_and_still_has_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    version, before, origin = json.loads(done.stdout)
    assert version.startswith("2.")
    assert before == []
    assert origin == "keras"
