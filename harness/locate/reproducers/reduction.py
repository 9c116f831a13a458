"""A fault reduced: to the fewest operations of a graph, then to tensors of a bounded size."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from harness.locate.reproducers.delta_debugging import Budget, fewest
from harness.locate.reproducers.graph_part import GraphPart
from harness.locate.reproducers.smaller_tensors import Halving, constant_bytes, halvings

MAX_BYTES = 950_000
"""Bytes of a reproducer's tensors, as its files hold them; beside them is text of some kB."""
_IN_JSON = 4 / 3
"""Bytes that a byte of a constant takes in a module's JSON."""


@dataclass(frozen=True)
class FedParts:
    """Parts of one or two graphs between the same ends, and what they are fed."""

    candidate: GraphPart
    """What the candidate is compiled from."""
    reference: GraphPart
    """What is right; the same object as `candidate` where there is no other model."""
    value: NDArray[Any]
    """The fed tensor."""
    cut: tuple[str, ...] = ()
    """What was made smaller, in words."""

    @property
    def file_bytes(self) -> int:
        """About the size of its files, the expected output left out."""
        return int(_IN_JSON * constant_bytes(self.candidate)) + self.value.nbytes

    def smaller(self, halving: Halving) -> "FedParts":
        """The same with smaller tensors."""
        same = self.reference is self.candidate
        candidate = halving.of_part(self.candidate)
        reference = candidate if same else halving.of_part(self.reference)
        half = "last" if halving.last else "first"
        words = f"axes of {halving.size} to the {half} {halving.size // 2}"
        return FedParts(candidate, reference, halving.of_tensor(self.value), (*self.cut, words))


Shows = Callable[[FedParts], bool]
"""Whether parts show the fault."""


OutputBytes = Callable[[FedParts], int]
"""Bytes of the expected output of parts; 0 where there is none."""
PartsOf = Callable[[Sequence[str]], FedParts | None]
"""The parts that the last of some nodes needs of them; None where there are none."""


def reduced(
    parts_of: PartsOf,
    names: Sequence[str],
    shows: Shows,
    budget: Budget,
    output_bytes: OutputBytes,
) -> FedParts | None:
    """The smallest parts of these nodes that show the fault; None where not even all of them do."""

    def shown(some: Sequence[str]) -> bool:
        parts = parts_of(some)
        return parts is not None and shows(parts)

    if not (budget.take() and shown(names)):
        return None
    parts = parts_of(fewest(names, shown, budget))
    return within_bytes(parts, shows, budget, output_bytes) if parts else None


def within_bytes(
    parts: FedParts, shows: Shows, budget: Budget, output_bytes: OutputBytes
) -> FedParts:
    """The parts with tensors cut as far as the bound asks and the fault still shows."""
    while parts.file_bytes + output_bytes(parts) > MAX_BYTES:
        tried = map(parts.smaller, halvings(parts.candidate, parts.value))
        found = next((one for one in tried if budget.take() and shows(one)), None)
        if found is None:
            break
        parts = found
    return parts
