"""Which kernel computes which tensor of the graph, by value and by what each is computed from.

A kernel's output is a tensor where their values agree, in some layout, and where the graph computes
that tensor from exactly the tensors that the kernel read. Kernels between, whose outputs are no
tensor of the graph (a padded picture, a part of a batch norm), belong to the next one that is.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.locate.kernel_flow import joined
from harness.locate.layouts import KernelLayout, layouts
from harness.locate.probe import INPUT, WatchedKernel, WrittenTensor
from harness.locate.tensor_files import TensorFiles, moments
from harness.locate.wiring import Wiring

AGREES = 1e-3
"""Relative RMS distance up to which values agree. It only pairs: how far a kernel may err is
measured (`harness.locate.rule`)."""
TIE = 4.0
"""Tensors at most this many times as far as the nearest count as equally near."""
SUSPECT = 1e-5
"""Relative RMS distance of a kernel with right inputs beyond which those before it are tried."""
CLOSER = 10.0
"""How many times nearer a guess must bring a later kernel."""
TRIES = 40
"""Kernels that are tried as the one whose output no tensor agrees with."""

Load = Callable[[str], NDArray[Any]]
"""Values of a kernel's output by its id."""


@dataclass(frozen=True)
class Pairing:
    """The tensor of the graph that a kernel's output is."""

    tensor: str
    """`node:port`."""
    layout: KernelLayout
    """How the kernel holds it."""
    distance: float
    """rms(output − tensor) / rms(tensor) where they were paired."""
    by_value: bool = True
    """Whether the values agree; otherwise the place alone speaks for it, and what follows."""


Pairings = Mapping[str, Pairing]
"""By id of a kernel's output."""
Run = Callable[[Pairings], Load]
"""Runs the program, every paired output replaced by its tensor; what its kernels then made."""


class Pairer:
    """Pairs the kernels of one watched program with the tensors of one graph."""

    def __init__(
        self, kernels: Sequence[WatchedKernel], wiring: Wiring, tensors: TensorFiles
    ) -> None:
        self._kernels, self._wiring, self._tensors = kernels, wiring, tensors
        self._order = {name: place for place, name in enumerate(wiring.tensors)}

    def by_value(self, load: Load, known: Pairings) -> dict[str, Pairing]:
        """The known pairings and those of further outputs whose values agree with a tensor."""
        found = dict(known)
        for kernel in self._kernels:
            sources = sources_of(kernel, self._kernels, found, self._wiring.pixels)
            for output in kernel["outputs"]:
                if output["id"] not in found and output["dtype"].startswith("float"):
                    pairing = self._agreeing(load(output["id"]), sources)
                    found |= {output["id"]: pairing} if pairing else {}
        return found

    def by_place(self, load: Load, run: Run, known: Pairings) -> Pairings:
        """The known pairings and those of kernels whose outputs agree with no tensor.

        An output is taken for the nearest tensor that its place allows
        where later kernels, given that tensor, agree with theirs again.
        """
        found = self.by_value(run(known), known) if self._loose(known) else dict(known)
        tried: set[str] = set()
        while (loose := self._loose(found, tried)) and len(tried) < TRIES:
            output = loose[0]
            tried.add(output["id"])
            guess = self._nearest(load, output, found)
            if guess is None:
                continue
            further = {**found, output["id"]: guess}
            paired = self.by_value(run(further), further)
            if len(paired) > len(further):
                found = paired
        return self._split(self._with_scores(found, load), run)

    def _split(self, found: dict[str, Pairing], run: Run) -> Pairings:
        """Pair by place what is measured with a later kernel, where that one errs because of it.

        A guess is kept where the later kernel, given the guessed tensor, comes much nearer to its
        own.
        """
        if len(found) == sum(len(kernel["outputs"]) for kernel in self._kernels):
            return found
        load = run(found)
        for number, kernel in enumerate(self._kernels):
            for output in kernel["outputs"]:
                for before in joined(number, self._kernels, found):
                    (loose,) = self._kernels[before]["outputs"][-1:]
                    distance = self.distance(load, output["id"], found)
                    guess = self._nearest(load, loose, found) if distance > SUSPECT else None
                    if guess is None:
                        continue
                    further = {**found, loose["id"]: guess}
                    other = run(further)
                    if self.distance(other, output["id"], found) < distance / CLOSER:
                        found, load = further, other
        return found

    def distance(self, load: Load, output: str, found: Pairings) -> float:
        """How far an output is from its tensor; 0 where it has none."""
        one = found.get(output)
        if one is None:
            return 0.0
        return relative_distance(load(output), one.layout.apply(self._tensors.load(one.tensor)))

    def _loose(self, found: Pairings, tried: Iterable[str] = ()) -> list[WrittenTensor]:
        """Outputs without a tensor that no later kernel with one explains, in running order.

        A kernel with a tensor by value explains the kernels that it reads.
        """
        explained: set[str] = set()
        makers = {one["id"]: kernel for kernel in self._kernels for one in kernel["outputs"]}
        todo = [one for name in found for one in makers[name]["inputs"]]
        while todo:
            name = todo.pop()
            if name in makers and name not in found and name not in explained:
                explained.add(name)
                todo += makers[name]["inputs"]
        done = {*explained, *found, *tried}
        outputs = (one for kernel in self._kernels for one in kernel["outputs"])
        return [one for one in outputs if one["id"] not in done and one["dtype"].startswith("f")]

    def _with_scores(self, found: dict[str, Pairing], load: Load) -> dict[str, Pairing]:
        """The last kernel's output is the scores, whatever its values are."""
        last = self._kernels[-1]["outputs"][-1] if self._kernels else None
        root = self._wiring.root(self._wiring.output)
        if last is None or last["id"] in found or root not in self._tensors.shapes:
            return found
        layout = next(layouts(self._tensors.shapes[root], last["shape"]), None)
        if layout is None:
            return found
        distance = relative_distance(load(last["id"]), layout.apply(self._tensors.load(root)))
        return {**found, last["id"]: Pairing(root, layout, distance, by_value=False)}

    def _agreeing(self, values: NDArray[Any], sources: frozenset[str]) -> Pairing | None:
        mean, rms = moments(values)
        near = []
        for name in self._of_size(values.size):
            other = self._tensors.moments(name)
            limit = AGREES * other.rms
            close = abs(other.mean - mean) <= limit and abs(other.rms - rms) <= limit
            if close and self._follows(name, sources):
                pairing = self._best_layout(values, name)
                near += [pairing] if pairing and pairing.distance <= AGREES else []
        if not near:
            return None
        limit = TIE * min(one.distance for one in near)
        ties = [one for one in near if one.distance <= limit]
        return min(ties, key=lambda one: (one.tensor in sources, self._order[one.tensor]))

    def _nearest(self, load: Load, output: WrittenTensor, found: Pairings) -> Pairing | None:
        """The nearest tensor that no output is yet and that the place of this one allows."""
        maker = next(k for k in self._kernels if output in k["outputs"])
        sources = sources_of(maker, self._kernels, found, self._wiring.pixels)
        values, taken = load(output["id"]), {one.tensor for one in found.values()}
        free = [name for name in self._of_size(values.size) if name not in taken]
        possible = [name for name in free if self._follows(name, sources)]
        pairings = [self._best_layout(values, name) for name in possible]
        near = [one for one in pairings if one is not None and not math.isnan(one.distance)]
        best = min(near, key=lambda one: one.distance, default=None)
        return None if best is None else Pairing(best.tensor, best.layout, best.distance, False)

    def _of_size(self, size: int) -> list[str]:
        shapes = self._tensors.shapes
        return [n for n in self._order if n in shapes and math.prod(shapes[n]) == size]

    def _follows(self, name: str, sources: frozenset[str]) -> bool:
        """Whether the graph computes a tensor from exactly these, or it is the one of them."""
        if {name} == sources:
            return True
        return name not in sources and self._wiring.stretch(name, sources).closed == sources

    def _best_layout(self, values: NDArray[Any], name: str) -> Pairing | None:
        best: Pairing | None = None
        tensor = self._tensors.load(name)
        for layout in layouts(tensor.shape, values.shape):
            distance = relative_distance(values, layout.apply(tensor))
            if best is None or distance < best.distance:
                best = Pairing(name, layout, distance)
        return best


def sources_of(
    kernel: WatchedKernel, kernels: Sequence[WatchedKernel], found: Pairings, pixels: str
) -> frozenset[str]:
    """The tensors that a kernel reads, through the kernels before it that are no tensor's."""
    makers = {one["id"]: each for each in kernels for one in each["outputs"]}
    sources, seen, todo = set(), set(), list(kernel["inputs"])
    while todo:
        name = todo.pop()
        if name == INPUT:
            sources.add(pixels)
        elif name in found:
            sources.add(found[name].tensor)
        elif name not in seen:
            seen.add(name)
            todo += makers[name]["inputs"]
    return frozenset(sources)


def relative_distance(values: NDArray[Any], tensor: NDArray[Any]) -> float:
    """rms(values − tensor) / rms(tensor); NaN or infinite where it is not finite.

    >>> relative_distance(np.array([3.0, 5.0]), np.array([3.0, 4.0]))
    0.2
    """
    a, b = values.ravel(), tensor.ravel()
    with np.errstate(invalid="ignore", over="ignore"):
        size, error = float(np.linalg.norm(b)), float(np.linalg.norm(a - b))
    if size:
        return error / size
    return 0.0 if error == 0 else math.inf
