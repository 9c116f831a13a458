"""What rounding alone can do to a model's scores on one tensor: float64 truth and noise."""

import numpy as np
from numpy.typing import NDArray

from harness.errors import GraphError
from harness.execution.outcome import NoAnswer
from harness.execution.reference import Question, Reference, RoundingReference
from harness.execution.worker_call import CallLimits
from harness.graphdef.precisions import SINGLE, Precision
from harness.judge.noise import TruthAndNoise


def measure(
    reference: Reference, question: Question, limits: CallLimits, precision: Precision = SINGLE
) -> TruthAndNoise:
    """Truth and noise for a question of form `tensor`; four runs, each kept in the cache.

    Noise is that of a program which computes in the format. What can't be measured is a note, never
    an error.
    """
    if not isinstance(reference, RoundingReference):
        program = reference.stack.program
        return TruthAndNoise(notes=(f"{program} as a reference measures no truth and no noise",))
    truth, notes = _truth(reference, question, limits)
    try:
        samples = reference.rounding_samples(question, limits, precision)
    except InterruptedError:
        raise
    except (GraphError, NoAnswer, OSError) as error:
        notes = (*notes, f"noise not measured: {error}")
        return TruthAndNoise(truth, notes=notes, precision=precision)
    return TruthAndNoise(truth, samples, notes, precision)


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
