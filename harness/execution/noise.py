"""What rounding alone can do to a model's scores on one tensor: float64 truth and noise."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.cases.case import ReferenceSettings as Mode
from harness.errors import GraphError
from harness.execution.outcome import NoAnswer
from harness.execution.perturbed_inputs import nudged
from harness.execution.reference import Question, TensorFlowReference
from harness.execution.worker import CallLimits
from harness.graphdef.model_file import ModelFile
from harness.judge.noise import NAN, TruthAndNoise, _distances

MODES = (Mode(intra_op_threads=1, inter_op_threads=1), Mode(onednn=False))
"""Ways of running that change nothing but rounding; the reference itself is the default mode."""


def measure(
    reference: TensorFlowReference,
    model: ModelFile,
    asked: Question,
    scores: ArrayLike,
    limits: CallLimits,
) -> TruthAndNoise:
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
        except (NoAnswer, OSError) as error:
            found.append((NAN, NAN))
            notes += (f"noise not measured: {error}",)
    largest, rmse = np.array(found).T
    return TruthAndNoise(
        truth,
        noise=float(np.fmax.reduce(largest)),
        noise_rmse=float(np.fmax.reduce(rmse)),
        noise_of_modes=float(np.fmax.reduce(largest[: len(modes)])),
        notes=notes,
    )


def idct_noise(
    reference: TensorFlowReference, accurate: Question, scores: ArrayLike, limits: CallLimits
) -> float:
    """Largest movement of the reference's scores for a JPEG file between libjpeg's two IDCTs.

    `scores` are its own for the file, by INTEGER_FAST unless the graph says otherwise; `accurate`
    asks for the pixels of INTEGER_ACCURATE. NaN where TensorFlow gave no answer.
    """
    try:
        return _distances(reference.answer(accurate, limits).scores, scores)[0]
    except NoAnswer:
        return NAN


def _over(mode: Mode, other: Mode) -> Mode:
    return mode.model_copy(update=other.model_dump(exclude_defaults=True))


def _truth(
    reference: TensorFlowReference, model: ModelFile, asked: Question, limits: CallLimits
) -> tuple[NDArray[np.float64] | None, tuple[str, ...]]:
    try:
        doubled, kept = reference.in_float64(model, asked)
        found = reference.remembered(doubled, limits)
    except InterruptedError:
        raise
    except (GraphError, NoAnswer, OSError) as error:
        return None, (f"no float64 truth: {error}",)
    notes = tuple(f"not in float64: {what}" for what in kept)
    return np.asarray(found, np.float64).reshape(-1), notes
