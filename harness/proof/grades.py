"""Faults made so small that they move float64 truth by a few times its noise, or as large as asked.

The effect of a small mistake is about in proportion to it, so that two or three questions to truth
find the part of a mistake that moves it by a given number of times the noise.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.graphdef.wire import GraphDef
from harness.proof.faults.grading import is_gradable, part_of
from harness.proof.faults.planting import Fault

CLOSE = 1.15
"""Factor within which the movement asked for is met."""
TRIES = 4
"""Questions to truth for each movement asked for."""

Times = Mapping[str, float]
"""By photo: how many times the noise a graph moves truth."""
Measure = Callable[[GraphDef], Times]


@dataclass(frozen=True)
class GradedFault:
    """A fault, how much of it is made, and how far that moves truth."""

    fault: Fault
    """The whole mistake and its place."""
    amount: float
    """Part of it, 1 for the whole."""
    times: Times
    """How far it moves truth."""

    @property
    def graph(self) -> GraphDef:
        """A fresh GraphDef with that part of the mistake."""
        faulty = self.fault.graph
        return faulty if self.amount == 1 else part_of(self.fault.whole, faulty, self.amount)


def graded(fault: Fault, wanted: Sequence[float], measure: Measure) -> list[GradedFault]:
    """The fault in the sizes at which it moves truth by `wanted` times the noise on one photo.

    That photo is the one on which the whole fault moves it most. The whole fault alone where none
    is wanted, where it moves truth less than the least, and where it has no parts.
    """
    faulty = fault.graph
    whole = GradedFault(fault, 1.0, measure(faulty))
    known = {photo: times for photo, times in whole.times.items() if math.isfinite(times)}
    photo = max(known, key=lambda name: known[name], default="")
    smaller = [times for times in sorted(wanted) if times < known.get(photo, 0.0) / CLOSE]
    if not smaller or not is_gradable(fault.whole, faulty):
        return [whole]
    found = [_sized(whole, times, photo, measure) for times in smaller]
    return [one for one in found if one is not None]


def _sized(whole: GradedFault, wanted: float, photo: str, measure: Measure) -> GradedFault | None:
    """The part that comes nearest to a movement; None where no part moves truth."""
    best, amount = None, wanted / whole.times[photo]
    distance = math.inf
    for _ in range(TRIES):
        tried = GradedFault(whole.fault, amount, {})
        times = measure(tried.graph)
        reached = times[photo]
        if not (math.isfinite(reached) and reached > 0):
            break
        if abs(math.log(reached / wanted)) < distance:
            distance = abs(math.log(reached / wanted))
            best = GradedFault(whole.fault, amount, times)
        if distance < math.log(CLOSE):
            break
        amount = min(amount * wanted / reached, 1.0)
    return best
