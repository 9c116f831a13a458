"""What an output should be: float64, and how far rounding may move it from there."""

import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import GraphError
from harness.locate.reference_tensors import ReferenceTensors
from harness.locate.rule import (
    TensorError,
    chained_terms,
    excess,
    limit_of,
    rounding,
    tensor_error,
)
from harness.locate.tensor_files import TensorFiles


@dataclass(frozen=True)
class ExpectedOutput:
    """What the reference's nodes make of an input."""

    truth: NDArray[np.float64]
    """In float64."""
    reference: TensorError
    """The reference's own error."""
    explained: TensorError
    """L of both errors."""
    terms: int
    """`rule.chained_terms` of the operations."""

    @property
    def limit(self) -> TensorError:
        """The largest errors that rounding explains."""
        return limit_of(self.explained, self.terms)

    def excess(self, found: NDArray[Any]) -> float:
        """The error of an output of the same size over its limit: beyond 1 it is wrong."""
        return excess(self.error(found), self.explained, self.terms)

    def error(self, found: NDArray[Any]) -> TensorError:
        """The error of an output of the same size."""
        return tensor_error(found, self.truth)


def expected_output(
    tensors: ReferenceTensors, name: str, operations: Collection[str]
) -> ExpectedOutput:
    """What the reference and float64 make of a tensor `node:port`; raises NoAnswer, GraphError.

    `operations` are those between the fed tensor and this one.
    """
    with tempfile.TemporaryDirectory(prefix="parity-expected-") as root:
        own, truth = (TensorFiles(Path(root) / word) for word in ("own", "truth"))
        for files in (own, truth):
            files.folder.mkdir()
        tensors.values([name], own)
        error = tensors.truth([name], own, truth).get(name)
        if error is None:
            raise GraphError(f"'{name}' holds no floating point numbers; name another --output")
        noise = tensors.local_noise({name: ()}, own, truth)
        values = np.array(truth.load(name), np.float64)
    explained = rounding([error, *(sample[name] for sample in noise)])
    return ExpectedOutput(values, error, explained, chained_terms(operations, values.shape))
