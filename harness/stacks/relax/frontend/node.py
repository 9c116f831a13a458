"""One TensorFlow node as its converter sees it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from tvm import relax

from harness.stacks.relax.constant import constant
from harness.stacks.relax.frontend.attributes import Attributes
from harness.stacks.relax.frontend.emission import Emission
from harness.stacks.relax.frontend.unsupported import UnsupportedNodeError
from harness.stacks.relax.frontend.value import Array, Computed, Known, Value

FLOATS = ("float16", "float32", "float64")


class Node:
    """Inputs, attributes, and a place to bind the steps of a conversion that takes several."""

    def __init__(self, definition: Any, inputs: Sequence[Value], emission: Emission) -> None:
        self.name: str = definition.name
        self.op: str = definition.op
        self.inputs = inputs
        self.attributes = Attributes(definition)
        self._emission = emission

    def __len__(self) -> int:
        """How many tensors it reads."""
        return len(self.inputs)

    def refused(self, what: str) -> UnsupportedNodeError:
        """An error that names the node."""
        return UnsupportedNodeError(f"node '{self.name}' ({self.op}): {what}")

    def tensor(self, index: int) -> Any:
        """An input as an expression: a variable, or a constant."""
        return self.inputs[index].expr

    def tensors(self) -> list[Any]:
        """All inputs as expressions."""
        return [value.expr for value in self.inputs]

    def shape(self, index: int = 0) -> tuple[int, ...]:
        """An input's sizes."""
        return self.inputs[index].shape

    def rank(self, index: int = 0) -> int:
        """How many dimensions an input has."""
        return len(self.inputs[index].shape)

    def dtype(self, index: int = 0) -> str:
        """An input's type."""
        return self.inputs[index].dtype

    def require_float(self) -> None:
        """Refuse a node whose first input is not of a floating-point type."""
        if self.dtype() not in FLOATS:
            raise self.refused(f"its input is {self.dtype()}; expected {', '.join(FLOATS)}")

    def require_rank(self, rank: int, index: int = 0) -> None:
        """Refuse a node whose input has another number of dimensions."""
        if self.rank(index) != rank:
            shape = list(self.shape(index))
            raise self.refused(f"input {index} has the shape {shape}; expected {rank} dimensions")

    def known(self, index: int) -> Array | None:
        """An input's values where they are known while importing."""
        value = self.inputs[index]
        return value.array if isinstance(value, Known) else None

    def array(self, index: int) -> Array:
        """An input's values; refused where they are only known when the module runs."""
        value = self.inputs[index]
        if isinstance(value, Computed):
            raise self.refused(
                f"input {index} depends on what the graph is fed; expected a constant, since "
                "shapes are static"
            )
        return value.array

    def integers(self, index: int) -> list[int]:
        """A constant input of whole numbers, flat."""
        array = self.array(index)
        if array.dtype.kind not in "iu":
            raise self.refused(f"input {index} is {array.dtype}; expected whole numbers")
        return [int(value) for value in array.reshape(-1)]

    def integer(self, index: int) -> int:
        """A constant input of a single whole number."""
        numbers = self.integers(index)
        if len(numbers) != 1:
            raise self.refused(f"input {index} is {numbers}; expected a single whole number")
        return numbers[0]

    def axis(self, index: int, rank: int | None = None) -> int:
        """A constant input that names one of `rank` dimensions, counted from the front."""
        return self.front(self.integer(index), self.rank() if rank is None else rank)

    def front(self, axis: int, rank: int) -> int:
        """An axis counted from the front; refused where there is none such."""
        if not -rank <= axis < rank:
            raise self.refused(f"axis {axis} of a tensor of {rank} dimensions")
        return axis % rank

    def part(self, step: str, expr: Any) -> Any:
        """Bind a step of the conversion as `name/step`; returns its variable."""
        return self._emission.bind(f"{self.name}/{step}", self.name, expr)

    def computed(
        self, step: str, function: Callable[..., Any], *tensors: Any, pattern: int | None = None
    ) -> Any:
        """A call of a tensor expression (TE), its PrimFunc called after the step.

        `pattern` tells TVM's fusion what kind of function it is, where it can't see that itself.
        """
        options: dict[str, Any] = {"primfunc_name_hint": step}
        if pattern is not None:
            options["primfunc_attrs"] = {"op_pattern": pattern}
        return self._emission.builder.call_te(function, *tensors, **options)

    def like(self, index: int, number: float) -> Any:
        """A constant scalar of an input's type."""
        return constant(np.array(number, self.dtype(index)))

    def nothing(self, shape: Sequence[int]) -> Any:
        """A tensor of no elements.

        A 0 in TVM's reshape means "as before", and a constant of no elements can be built but not
        loaded: "Invalid DLTensor file format".
        """
        return relax.op.zeros(tuple(shape), self.dtype())

    @staticmethod
    def shape_of(expr: Any) -> tuple[int, ...]:
        """The sizes of a variable or constant."""
        return Computed(expr).shape
