"""TensorLists and TensorArrays of a known size, read and written at known indices.

The module has no lists: a list is the tensors that it holds, known while importing.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from tvm import relax

from harness.stacks.relax.constant import constant
from harness.stacks.relax.frontend.node import Node
from harness.stacks.relax.frontend.registry import UNBOUNDED, converts
from harness.stacks.relax.frontend.value import Computed, Known, TensorList, checked_shape


def _list(node: Node, index: int = 0) -> TensorList:
    value = node.inputs[index]
    if not isinstance(value, TensorList):
        raise node.unsupported(f"input {index} is a tensor; expected a list of tensors")
    return value


def _new(node: Node, count: int, dtype: str, shape: tuple[int | None, ...] | None) -> TensorList:
    if not 0 <= count <= UNBOUNDED:
        raise node.unsupported(f"a list of {count} tensors; expected at most {UNBOUNDED}")
    return TensorList((None,) * count, dtype, shape)


def _declared(node: Node, index: int) -> tuple[int | None, ...] | None:
    """The input that gives the elements' shape: -1 for an open size, a scalar for an open rank."""
    array = node.array(index)
    if not array.ndim:
        return None
    return tuple(int(size) if size >= 0 else None for size in array)


def _place(node: Node, index: int, held: TensorList) -> int:
    place = node.integer(index)
    if not 0 <= place < len(held.items):
        raise node.unsupported(f"index {place} of a list of {len(held.items)}")
    return place


def _item(node: Node, held: TensorList, place: int) -> Known | Computed:
    """A tensor of the list; zeros where none is set."""
    found = held.items[place]
    if found is not None:
        return found
    shape = held.element_shape
    others = [item.shape for item in held.items if item is not None]
    if shape is None or None in shape:
        shape = others[0] if others else None
    if shape is None:
        raise node.unsupported(f"tensor {place} of the list is not set, and its shape is unknown")
    return Known(np.zeros(checked_shape([size or 0 for size in shape]), held.dtype))


def _stacked(node: Node, held: TensorList, places: Sequence[int]) -> Any:
    items = [_item(node, held, place) for place in places]
    known = [item.array for item in items if isinstance(item, Known)]
    if not items:
        sizes = held.element_shape
        if sizes is None or None in sizes:
            raise node.unsupported("a list of no tensors, whose shape is unknown")
        return Known(np.zeros((0, *[size or 0 for size in sizes]), held.dtype))
    if len(known) == len(items):
        return Known(np.stack(known))
    return relax.op.stack([item.expr for item in items], 0)


def _rows(node: Node, index: int) -> list[Known | Computed]:
    """The tensors along the first axis of an input."""
    count, known = node.shape(index)[0], node.known(index)
    if count > UNBOUNDED:
        raise node.unsupported(f"a list of {count} tensors; expected at most {UNBOUNDED}")
    if known is not None:
        return [Known(row) for row in known]
    rows: list[Known | Computed] = []
    for place in range(count):
        row = relax.op.take(node.tensor(index), constant(np.array(place, np.int32)), 0, "clip")
        rows.append(Computed(node.bind(f"row{place}", row)))
    return rows


@converts("EmptyTensorList", inputs=2)
def _empty(node: Node) -> Any:
    return _new(node, 0, node.attributes.dtype("element_dtype"), _declared(node, 0))


@converts("TensorListReserve", inputs=2)
def _reserve(node: Node) -> Any:
    dtype = node.attributes.dtype("element_dtype")
    return _new(node, node.integer(1), dtype, _declared(node, 0))


@converts("TensorListFromTensor", inputs=2)
def _from_tensor(node: Node) -> Any:
    return TensorList(tuple(_rows(node, 0)), node.dtype(), node.shape()[1:])


@converts("TensorListLength")
def _length(node: Node) -> Any:
    return Known(np.array(len(_list(node).items), np.int32))


@converts("TensorListGetItem", inputs=3)
def _get(node: Node) -> Any:
    held = _list(node)
    return _item(node, held, _place(node, 1, held))


@converts("TensorListSetItem", inputs=3)
def _set(node: Node) -> Any:
    held = _list(node)
    if node.attributes.flag("resize_if_index_out_of_bounds"):
        missing = max(node.integer(1) + 1 - len(held.items), 0)
        _new(node, len(held.items) + missing, held.dtype, None)
        held = TensorList((*held.items, *[None] * missing), held.dtype, held.element_shape)
    return _written(node, held, _place(node, 1, held), 2)


def _written(node: Node, held: TensorList, place: int, index: int) -> TensorList:
    item = node.inputs[index]
    if isinstance(item, TensorList) or item.dtype != held.dtype:
        raise node.unsupported(f"it puts another type into a list of {held.dtype}")
    return held.replaced(place, item)


@converts("TensorListStack", inputs=2)
def _stack(node: Node) -> Any:
    held = _list(node)
    return _stacked(node, held, range(len(held.items)))


@converts("TensorListGather", inputs=3)
def _gather(node: Node) -> Any:
    return _gathered(node, _list(node), 1)


def _gathered(node: Node, held: TensorList, index: int) -> Any:
    places = node.integers(index)
    if not all(0 <= place < len(held.items) for place in places):
        raise node.unsupported(f"indices {places[:8]} of a list of {len(held.items)}")
    return _stacked(node, held, places)


@converts("TensorListPushBack", inputs=2)
def _push(node: Node) -> Any:
    held = _list(node)
    longer = TensorList((*held.items, None), held.dtype, held.element_shape)
    return _written(node, longer, len(held.items), 1)


@converts("TensorListPopBack", inputs=2)
def _pop(node: Node) -> Any:
    held = _list(node)
    if not held.items:
        raise node.unsupported("it takes a tensor of an empty list")
    last = _item(node, held, len(held.items) - 1)
    return [TensorList(held.items[:-1], held.dtype, held.element_shape), last]


@converts("TensorArrayV3")
def _array(node: Node) -> Any:
    """Its handle and its flow are the list; each write gives a flow with another list."""
    attributes = node.attributes
    made = _new(node, node.integer(0), attributes.dtype("dtype"), attributes.sizes("element_shape"))
    return [made, made]


@converts("TensorArrayWriteV3", inputs=4)
def _array_write(node: Node) -> Any:
    held = _list(node, 3)
    return _written(node, held, _place(node, 1, held), 2)


@converts("TensorArrayReadV3", inputs=3)
def _array_read(node: Node) -> Any:
    held = _list(node, 2)
    return _item(node, held, _place(node, 1, held))


@converts("TensorArrayGatherV3", inputs=3)
def _array_gather(node: Node) -> Any:
    return _gathered(node, _list(node, 2), 1)


@converts("TensorArrayScatterV3", inputs=4)
def _array_scatter(node: Node) -> Any:
    held, places, rows = _list(node, 3), node.integers(1), _rows(node, 2)
    if len(places) != len(rows) or not all(0 <= place < len(held.items) for place in places):
        raise node.unsupported(
            f"{len(rows)} tensors to the indices {places[:8]} of a list of {len(held.items)}"
        )
    for place, row in zip(places, rows, strict=True):
        held = held.replaced(place, row)
    return held


@converts("TensorArraySizeV3", inputs=2)
def _array_size(node: Node) -> Any:
    return Known(np.array(len(_list(node, 1).items), np.int32))
