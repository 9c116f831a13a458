"""Accuracy-parity verification of TVM-compiled TensorFlow image classifiers."""

__version__ = "0.1.0"
