"""TensorFlow's Python package, loaded without Keras: half the time, and nothing here asks for it.

TensorFlow imports Keras at its own end so that what a SavedModel may need is registered
(tensorflow/__init__.py, "Do an eager load for Keras' code"), and goes on where it is not installed.
A GraphDef needs none of it.
"""

import sys
from typing import Any, cast

DISTRIBUTIONS = ("tensorflow", "tensorflow-cpu")
"""Those of which one brings it."""
_KERAS = "keras"


def load() -> Any:
    """The module `tensorflow`; `tensorflow.keras` still loads when it is asked for."""
    modules = cast(dict[str, object], sys.modules)
    hidden = _KERAS not in modules and "tensorflow" not in modules
    if hidden:
        modules[_KERAS] = None  # to Python: it can't be imported
    try:
        import tensorflow as tf
    finally:
        if hidden:
            del modules[_KERAS]
    return tf
