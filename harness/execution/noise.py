"""What rounding alone can do to a model's scores on one tensor: float64 truth and noise."""

from collections.abc import Iterable
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import GraphError
from harness.execution.outcome import NoAnswer
from harness.execution.reference import Question, Reference, RoundingReference
from harness.execution.worker_call import CallLimits
from harness.judge.noise import NAN, TruthAndNoise, distances


def measure(
    reference: Reference, question: Question, scores: ArrayLike, limits: CallLimits
) -> TruthAndNoise:
    """Truth and noise for a question of form `tensor`; seven runs, each kept in the cache.

    `scores` are the reference's own. What can't be measured is a note, never an error.
    """
    if not isinstance(reference, RoundingReference):
        program = reference.stack.program
        return TruthAndNoise(notes=(f"{program} as a reference measures no truth and no noise",))
    truth, notes = _truth(reference, question, limits)
    settings = list(reference.other_settings(question))
    perturbed: Iterable[Question] = ()
    try:
        perturbed = reference.perturbed_inputs(question)
    except GraphError as error:
        notes = (*notes, f"noise of perturbed inputs not measured: {error}")
    found: list[tuple[float, float]] = []
    for other in chain(settings, perturbed):
        try:
            found.append(distances(reference.cached_scores(other, limits), scores))
        except InterruptedError:
            raise
        except (NoAnswer, OSError) as error:
            found.append((NAN, NAN))
            notes += (f"noise not measured: {error}",)
    largest, rmse = np.array(found).reshape(-1, 2).T
    return TruthAndNoise(
        truth,
        noise=float(np.fmax.reduce(largest, initial=NAN)),
        noise_rmse=float(np.fmax.reduce(rmse, initial=NAN)),
        noise_of_settings=float(np.fmax.reduce(largest[: len(settings)], initial=NAN)),
        notes=notes,
    )


def idct_noise(
    reference: Reference, accurate: Question, scores: ArrayLike, limits: CallLimits
) -> float:
    """Largest movement of the reference's scores for a JPEG file between libjpeg's two IDCTs.

    `scores` are its own for the file, by INTEGER_FAST unless the graph asks for another; `accurate`
    gives the pixels of INTEGER_ACCURATE. NaN where the reference gave no answer.
    """
    try:
        return distances(reference.answer(accurate, limits).scores, scores)[0]
    except NoAnswer:
        return NAN


def _truth(
    reference: RoundingReference, question: Question, limits: CallLimits
) -> tuple[NDArray[np.float64] | None, tuple[str, ...]]:
    """The float64 scores, or None, and the notes about them."""
    try:
        found = reference.float64_scores(question, limits)
    except InterruptedError:
        raise
    except (GraphError, NoAnswer, OSError) as error:
        return None, (f"no float64 truth: {error}",)
    return found.scores, tuple(f"not in float64: {what}" for what in found.kept)
