"""Tensors are cut as far as the bound asks, and no further than the fault shows."""

import numpy as np

from harness.locate.reproducers.delta_debugging import Budget
from harness.locate.reproducers.graph_part import GraphPart
from harness.locate.reproducers.reduction import MAX_BYTES, FedParts, reduced, within_bytes
from harness.locate.tests.graphs import branched


def parts(side: int) -> FedParts:
    part = GraphPart(branched(), "x", "conv:0")
    return FedParts(part, part, np.zeros((1, side, side, 3), np.float32))


def output_bytes(one: FedParts) -> int:
    return 2 * one.value.nbytes


def test_tensors_are_halved_until_the_files_with_the_output_fit() -> None:
    found = within_bytes(parts(512), lambda _: True, Budget(), output_bytes)
    assert found.file_bytes + output_bytes(found) <= MAX_BYTES
    assert found.cut[0] == "axes of 512 to the first 256"


def test_the_other_half_is_taken_where_only_that_shows_the_fault() -> None:
    found = within_bytes(parts(512), lambda one: "last" in one.cut[-1], Budget(), output_bytes)
    assert all("last" in words for words in found.cut)


def test_nothing_is_cut_where_the_fault_would_be_lost_or_the_files_are_small() -> None:
    large = parts(512)
    assert within_bytes(large, lambda _: False, Budget(), output_bytes) is large
    small = parts(16)
    assert within_bytes(small, lambda _: True, Budget(), output_bytes) is small


def test_there_is_nothing_to_reduce_where_not_even_all_nodes_show_it() -> None:
    assert reduced(lambda _: parts(8), ["a", "b"], lambda _: False, Budget(), output_bytes) is None
