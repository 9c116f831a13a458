"""A TensorFlow node as it is given to its converter."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from tvm import relax

from harness.graphdef.wire import NodeDef
from harness.stacks.relax.constant import constant
from harness.stacks.relax.frontend.attributes import Attributes
from harness.stacks.relax.frontend.emission import Emission
from harness.stacks.relax.frontend.unsupported import UnsupportedNodeError
from harness.stacks.relax.frontend.value import Array, Computed, Known, Value

FLOATS = ("float16", "float32", "float64")
WHOLE = ("int8", "uint8", "int16", "uint16", "int32", "int64")
"""Names of numpy's and TVM's types."""


class Node:
    """Inputs and attributes of a node; binds the intermediate steps of its conversion."""

    def __init__(
        self,
        definition: NodeDef,
        inputs: Sequence[Value],
        emission: Emission,
        call: Callable[[str, Sequence[Value], str], list[Value]],
    ) -> None:
        self.name: str = definition.name
        self.op: str = definition.op
        self.inputs = inputs
        self.attributes = Attributes(definition)
        self._emission = emission
        self._call = call

    def __len__(self) -> int:
        """How many tensors it reads."""
        return len(self.inputs)

    def unsupported(self, reason: str) -> UnsupportedNodeError:
        """The error to raise for this node, which it names."""
        return UnsupportedNodeError(f"node '{self.name}' ({self.op}): {reason}")

    def tensor(self, index: int) -> Any:
        """An input as a Relax expression: a variable or a constant."""
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

    def require_rank(self, rank: int, index: int = 0) -> None:
        """UnsupportedNodeError where an input has another number of dimensions."""
        if self.rank(index) != rank:
            shape = list(self.shape(index))
            raise self.unsupported(
                f"input {index} has the shape {shape}; expected {rank} dimensions"
            )

    def known(self, index: int) -> Array | None:
        """An input's values where they are known while importing."""
        value = self.inputs[index]
        return value.array if isinstance(value, Known) else None

    def array(self, index: int) -> Array:
        """An input's values; UnsupportedNodeError where only the running module knows them."""
        value = self.inputs[index]
        if not isinstance(value, Known):
            raise self.unsupported(
                f"input {index} depends on what the graph is fed; expected a constant, since "
                "shapes are static"
            )
        return value.array

    def integers(self, index: int) -> list[int]:
        """A constant input of whole numbers, flat."""
        array = self.array(index)
        if array.dtype.kind not in "iu":
            raise self.unsupported(f"input {index} is {array.dtype}; expected whole numbers")
        return [int(value) for value in array.reshape(-1)]

    def integer(self, index: int) -> int:
        """A constant input of a single whole number."""
        numbers = self.integers(index)
        if len(numbers) != 1:
            raise self.unsupported(f"input {index} is {numbers}; expected a single whole number")
        return numbers[0]

    def axis(self, index: int, rank: int | None = None) -> int:
        """A constant input that names one of `rank` dimensions, counted from the front."""
        return self.axis_from_front(self.integer(index), self.rank() if rank is None else rank)

    def axis_from_front(self, axis: int, rank: int) -> int:
        """An axis counted from the front; UnsupportedNodeError where there is no such."""
        if not -rank <= axis < rank:
            raise self.unsupported(f"axis {axis} of a tensor of {rank} dimensions")
        return axis % rank

    def called(self, function: str, arguments: Sequence[Value], step: str = "") -> list[Value]:
        """What a function of the graph gives; its nodes become `name/node` or `name/step/node`."""
        return self._call(function, arguments, f"{self.name}/{step}" if step else self.name)

    def bind(self, step: str, expr: Any) -> Any:
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

    def scalar_like(self, index: int, number: float) -> Any:
        """A constant scalar of an input's type."""
        return constant(np.array(number, self.dtype(index)))

    def empty(self, shape: Sequence[int]) -> Any:
        """A tensor of no elements.

        A 0 in TVM's reshape means "as before", and a constant of no elements can be built but not
        loaded: "Invalid DLTensor file format".
        """
        return relax.op.zeros(tuple(shape), self.dtype())

    @staticmethod
    def shape_of(expr: Any) -> tuple[int, ...]:
        """The sizes of a variable or constant."""
        return Computed(expr).shape
