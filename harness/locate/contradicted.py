"""Pairings that the kernels after them contradict: an output that is near a tensor, but none.

The first half of a batch norm is near its input where the mean is small, and near its result where
the offset is. Given that tensor in its place, it seems to err; but what follows is right exactly
where the output is left as it was.
"""

from collections.abc import Callable, Sequence

from harness.locate.kernel_flow import joined
from harness.locate.pairing import SUSPECT, Pairing, Pairings, Run
from harness.locate.probe import WatchedKernel

Distance = Callable[..., float]
"""`Pairer.distance`."""


def uncontradicted(
    found: Pairings, kernels: Sequence[WatchedKernel], run: Run, distance: Distance
) -> dict[str, Pairing]:
    """The pairings without those whose output errs where what is computed from it does not.

    A kernel that errs and makes those after it err is faulty: its pairing stays.
    """
    given = run(found)
    doubtful = {output for output in found if distance(given, output, found) > SUSPECT}
    if not doubtful:
        return dict(found)
    sure = {output: one for output, one in found.items() if output not in doubtful}
    left = run(sure)
    # Given a false tensor before it, a right kernel errs, too; left alone it does not.
    sure |= {o: found[o] for o in doubtful if distance(left, o, found) <= SUSPECT}
    wrong = [output for output in sure if distance(left, output, found) > SUSPECT]
    blamed = {number for output in wrong for number in joined(_number(output), kernels, sure)}
    return {
        output: one
        for output, one in found.items()
        if output in sure or _number(output) in blamed or _is_last(output, kernels)
    }


def _number(output: str) -> int:
    """The kernel of an output's id."""
    return int(output.partition(".")[0])


def _is_last(output: str, kernels: Sequence[WatchedKernel]) -> bool:
    """Whether it is the scores, with nothing after it."""
    return _number(output) == len(kernels) - 1
