"""Which kernel is which tensor: on a program of four kernels that numpy runs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.locate.contradicted import uncontradicted
from harness.locate.pairing import Load, Pairer, Pairing, Pairings
from harness.locate.probe import WatchedKernel
from harness.locate.tensor_files import TensorFiles
from harness.locate.tests.graphs import branched
from harness.locate.wiring import Wiring

Array = NDArray[Any]
NCHW = (0, 3, 1, 2)
PIXELS = np.random.default_rng(5).normal(0, 2, (1, 4, 5, 3)).astype(np.float32)


def softmax(x: Array) -> Array:
    powers = np.exp(x.reshape(1, -1))
    return np.asarray(powers / powers.sum(), np.float32)


def graph_tensors() -> dict[str, Array]:
    conv = 1.7 * PIXELS[..., ::-1] + 0.2
    norm = 0.9 * conv - 0.3
    act = norm.clip(0, 6)
    total = act + conv
    return {
        "x:0": PIXELS,
        "conv:0": conv,
        "norm:0": norm,
        "act:0": act,
        "sum:0": total,
        "scores:0": softmax(total),
    }


class KernelChain:
    """conv; padding, whose output is no tensor; norm and act in one; sum; scores. In NCHW."""

    def __init__(self, factor: float = 0.9) -> None:
        self.factor = factor
        self.kernels: list[WatchedKernel] = [
            _kernel("conv", ["input"], "0.0", (1, 3, 4, 5)),
            _kernel("pad", ["0.0"], "1.0", (1, 3, 6, 5)),
            _kernel("norm_act", ["1.0"], "2.0", (1, 3, 4, 5)),
            _kernel("sum", ["2.0", "0.0"], "3.0", (1, 4, 5, 3)),
            _kernel("scores", ["3.0"], "4.0", (1, 60)),
        ]

    def run_in_two(self, found: Pairings, tensors: TensorFiles) -> Load:
        """conv in two kernels, the first of which is near conv, but not it."""
        made: dict[str, Array] = {"0.0": 1.7 * PIXELS[..., ::-1] + 0.1999}
        one = found.get("0.0")
        used = one.layout.apply(tensors.load(one.tensor)) if one else made["0.0"]
        made["1.0"] = used + np.float32(0.0001)
        return made.__getitem__

    def run(self, found: Pairings, tensors: TensorFiles) -> Load:
        made: dict[str, Array] = {}
        used: dict[str, Array] = {}

        def put(name: str, values: Array) -> None:
            one = found.get(name)
            made[name] = values
            used[name] = one.layout.apply(tensors.load(one.tensor)) if one else values

        put("0.0", (1.7 * PIXELS[..., ::-1] + 0.2).transpose(NCHW))
        put("1.0", np.pad(used["0.0"], ((0, 0), (0, 0), (1, 1), (0, 0))))
        put("2.0", (self.factor * used["1.0"][:, :, 1:-1] - 0.3).clip(0, 6))
        put("3.0", (used["2.0"] + used["0.0"]).transpose(0, 2, 3, 1))
        put("4.0", softmax(used["3.0"]))
        return made.__getitem__


def _kernel(name: str, inputs: list[str], output: str, shape: tuple[int, ...]) -> WatchedKernel:
    written = {"id": output, "shape": list(shape), "dtype": "float32"}
    return {"name": name, "inputs": inputs, "outputs": [written]}  # type: ignore[list-item]


@pytest.fixture
def tensors(tmp_path: Path) -> TensorFiles:
    files = TensorFiles(tmp_path)
    for name, values in graph_tensors().items():
        np.save(files.path(name), values)
        files.add({name: values.shape})
    return files


def paired(program: KernelChain, tensors: TensorFiles) -> Pairings:
    pairer = Pairer(program.kernels, Wiring(branched(), "x", "scores:0"), tensors)
    plain = program.run({}, tensors)
    known = pairer.by_value(plain, {})
    return pairer.by_place(plain, lambda found: program.run(found, tensors), known)


def names(found: Pairings) -> dict[str, str]:
    return {output: one.tensor for output, one in found.items()}


EXPECTED = {"0.0": "conv:0", "2.0": "act:0", "3.0": "sum:0", "4.0": "scores:0"}


def test_kernels_of_a_right_program_are_paired_by_value(tensors: TensorFiles) -> None:
    found = paired(KernelChain(), tensors)
    assert names(found) == EXPECTED
    assert found["0.0"].layout.axes == NCHW
    assert found["3.0"].layout.axes == ()
    assert all(one.by_value for one in found.values())


def test_a_wrong_kernel_is_found_by_its_place_and_those_after_it_by_value(
    tensors: TensorFiles,
) -> None:
    found = paired(KernelChain(factor=0.7), tensors)
    assert names(found) == EXPECTED
    assert [output for output, one in found.items() if not one.by_value] == ["2.0"]


def test_wrong_scores_are_still_the_scores(tensors: TensorFiles) -> None:
    program = KernelChain()
    plain = program.run({}, tensors)
    pairer = Pairer(program.kernels, Wiring(branched(), "x", "scores:0"), tensors)

    def load(output: str) -> Array:
        return plain(output)[:, ::-1] if output == "4.0" else plain(output)

    found = pairer.by_place(load, lambda _: load, pairer.by_value(load, {}))
    assert isinstance(found["4.0"], Pairing)
    assert (found["4.0"].tensor, found["4.0"].by_value) == ("scores:0", False)


def test_an_equal_tensor_that_is_computed_from_others_is_not_taken(tensors: TensorFiles) -> None:
    # Were norm's values those of act, a kernel that reads conv and act could still only be the sum.
    np.save(tensors.path("norm:0"), tensors.load("sum:0"))
    assert names(paired(KernelChain(), tensors))["3.0"] == "sum:0"


def test_a_kernel_that_errs_a_little_is_told_apart_from_the_next(tensors: TensorFiles) -> None:
    # The sum agrees with its tensor although what it reads does not.
    found = paired(KernelChain(factor=0.902), tensors)
    assert names(found) == EXPECTED
    assert [output for output, one in found.items() if not one.by_value] == ["2.0"]


def test_an_output_that_is_near_a_tensor_and_none_is_measured_with_the_next(
    tensors: TensorFiles,
) -> None:
    shape = (1, 4, 5, 3)
    kernels = [_kernel("most", ["input"], "0.0", shape), _kernel("rest", ["0.0"], "1.0", shape)]
    pairer = Pairer(kernels, Wiring(branched(), "x", "conv:0"), tensors)
    chain = KernelChain()

    def run(found: Pairings) -> Load:
        return chain.run_in_two(found, tensors)

    near = pairer.by_value(run({}), {})
    assert names(near) == {"0.0": "conv:0", "1.0": "conv:0"}
    assert names(uncontradicted(near, kernels, run, pairer.distance)) == {"1.0": "conv:0"}


def test_a_kernel_that_makes_the_next_err_stays_paired(tensors: TensorFiles) -> None:
    chain = KernelChain(factor=0.9003)
    pairer = Pairer(chain.kernels, Wiring(branched(), "x", "scores:0"), tensors)

    def run(found: Pairings) -> Load:
        return chain.run(found, tensors)

    found = pairer.by_value(run({}), {})
    assert names(found) == EXPECTED
    assert names(uncontradicted(found, chain.kernels, run, pairer.distance)) == EXPECTED
