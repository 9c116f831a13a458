"""What rounding alone can do to a model's scores on one tensor: float64 truth and noise."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.case import Reference as Mode
from harness.errors import GraphError
from harness.model import Model
from harness.nudge import nudged
from harness.outcome import Ended
from harness.reference import Question, Reference
from harness.worker import Limits

NAN = float("nan")
MODES = (Mode(intra_op_threads=1, inter_op_threads=1), Mode(onednn=False))
"""Ways of running that change nothing but rounding; the reference itself is the default mode."""


@dataclass(frozen=True)
class Rounding:
    """Evidence about one (model, tensor); a part that could not be measured is NaN or None."""

    truth: NDArray[np.float64] | None = None
    """`[N]` scores of the float64 twin."""
    noise: float = NAN
    """Largest movement of any of the reference's scores in another mode of `MODES`, or on a tensor
    one unit in the last place away."""
    noise_rmse: float = NAN
    """Largest root mean square of that movement over the classes."""
    noise_of_modes: float = NAN
    """`noise` of the modes alone: the tensor is the same."""
    notes: tuple[str, ...] = ()
    """What could not be measured, and why."""


@dataclass(frozen=True)
class Errors:
    """Distances of both programs from the truth."""

    reference: float
    """RMSE of the reference's scores."""
    candidate: float
    """RMSE of the candidate's."""
    reference_max: float
    candidate_max: float


def measure(
    reference: Reference, model: Model, asked: Question, scores: ArrayLike, limits: Limits
) -> Rounding:
    """Truth and noise for a question that fed a tensor; seven runs, kept for ever.

    `scores` are the reference's own. What can't be measured is a note, never an error.
    """
    truth, notes = _truth(reference, model, asked, limits)
    modes = [replace(asked, mode=_over(asked.mode, mode), repeats=0) for mode in MODES]
    neighbours: Iterable[Question] = ()
    try:
        neighbours = nudged(model, asked)
    except GraphError as error:
        notes = (*notes, f"noise of neighbouring tensors not measured: {error}")
    found: list[tuple[float, float]] = []
    for other in chain(modes, neighbours):
        try:
            found.append(_distances(reference.remembered(other, limits), scores))
        except InterruptedError:
            raise
        except (Ended, OSError) as error:
            found.append((NAN, NAN))
            notes += (f"noise not measured: {error}",)
    largest, rmse = np.array(found).T
    return Rounding(
        truth,
        noise=float(np.fmax.reduce(largest)),
        noise_rmse=float(np.fmax.reduce(rmse)),
        noise_of_modes=float(np.fmax.reduce(largest[: len(modes)])),
        notes=notes,
    )


def idct_noise(
    reference: Reference, accurate: Question, scores: ArrayLike, limits: Limits
) -> float:
    """Largest movement of the reference's scores for a JPEG file between libjpeg's two IDCTs.

    `scores` are its own for the file, by INTEGER_FAST unless the graph says otherwise; `accurate`
    asks for the pixels of INTEGER_ACCURATE. NaN where TensorFlow gave no answer.
    """
    try:
        return _distances(reference.answer(accurate, limits).scores, scores)[0]
    except Ended:
        return NAN


def _over(mode: Mode, other: Mode) -> Mode:
    return mode.model_copy(update=other.model_dump(exclude_defaults=True))


def _truth(
    reference: Reference, model: Model, asked: Question, limits: Limits
) -> tuple[NDArray[np.float64] | None, tuple[str, ...]]:
    try:
        doubled, kept = reference.in_float64(model, asked)
        found = reference.remembered(doubled, limits)
    except InterruptedError:
        raise
    except (GraphError, Ended, OSError) as error:
        return None, (f"no float64 truth: {error}",)
    notes = tuple(f"not in float64: {what}" for what in kept)
    return np.asarray(found, np.float64).reshape(-1), notes


def _distances(a: ArrayLike, b: ArrayLike) -> tuple[float, float]:
    """(largest, root mean square) of a − b over the classes finite on both sides."""
    a, b = (np.asarray(x, np.float64).reshape(-1) for x in (a, b))
    if a.size != b.size:
        return NAN, NAN
    difference = (a - b)[np.isfinite(a) & np.isfinite(b)]
    if not difference.size:
        return NAN, NAN
    return float(np.abs(difference).max()), math.sqrt(float(np.mean(difference**2)))


def errors(truth: ArrayLike, reference: ArrayLike, candidate: ArrayLike) -> Errors:
    """Distances from the truth, `[N]` each."""
    reference_max, reference_rmse = _distances(reference, truth)
    candidate_max, candidate_rmse = _distances(candidate, truth)
    return Errors(reference_rmse, candidate_rmse, reference_max, candidate_max)


def unstable(spread: float, noise: float, scores: ArrayLike) -> str:
    """Why a reference can't be trusted to repeat itself; empty where it can.

    Two identical runs may differ by what other threads or oneDNN would change, or by 8 units in
    the last place of the largest score.
    """
    values = np.asarray(scores, np.float64)
    largest = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    floor = 8 * float(np.finfo(np.float32).eps) * largest
    allowed = max(floor, 0.0 if math.isnan(noise) else noise)
    if math.isnan(spread) or spread <= allowed:
        return ""
    return (
        f"two identical runs of the reference differ by {spread:.3g}, more than the "
        f"{allowed:.3g} that rounding can explain; nothing is judged against it"
    )
