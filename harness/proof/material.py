"""Which planted faults matter, judged by float64 truth alone, and what the harness made of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.errors import GraphError, UsageError
from harness.execution.outcome import NoAnswer
from harness.execution.reference import Question, RoundingReference
from harness.execution.session import RunSession
from harness.graphdef.model_file import ModelFile
from harness.proof.faults.planting import Fault
from harness.proof.project import ProofProject
from harness.results.row import Row
from harness.run.models import load_models
from harness.run.plan import Task, plan_file
from harness.run.prepared_image import bounds, prepare_image
from harness.run.settings import settings_from

MATERIAL = 10.0
"""A fault is material where it moves float64 truth by more than this many times rounding."""


@dataclass(frozen=True)
class JudgedFault:
    """One fault on one photo: how far it moves float64 truth, and the row it gave."""

    model: str
    """Name of the model."""
    fault: Fault
    """What was planted, and where."""
    row: Row
    """What the harness made of the faulty candidate on one photo."""
    truth_moved: float
    """Largest movement of any class's float64 score; NaN where it has none."""

    @property
    def rounding(self) -> float:
        """What rounding does to the reference on this photo, at most."""
        return float(np.nanmax([self.row.noise, self.row.reference_error_max, 0.0]))

    @property
    def material(self) -> bool:
        """Whether the fault changes a score beyond noise."""
        return self.truth_moved > MATERIAL * self.rounding

    @property
    def detected(self) -> bool:
        """Whether the row fails as it should."""
        return self.row.status == "mismatch"


@dataclass(frozen=True)
class Proof:
    """Everything that was tried."""

    planted: tuple[JudgedFault, ...]
    """Every fault on every photo."""
    clean: dict[str, tuple[Row, ...]]
    """By model: rows of candidates without a fault; none of them may fail."""
    inapplicable: dict[str, tuple[str, ...]]
    """By model: kinds for which it has no place."""


def judged_faults(project: ProofProject, rows: Sequence[Row]) -> Iterator[JudgedFault]:
    """Every planted fault with its row and how far it moves truth; asks TensorFlow in float64."""
    by_name = {(row.case, row.image, row.candidate): row for row in rows}
    settings = settings_from()
    with settings.session(explains=False) as session:
        for case in project.planted:
            for task in plan_file(case.path, settings, project.folder):
                row = by_name[task.name, task.image.name or "", task.candidate.id]
                fault = case.faults[task.candidate.id]
                yield JudgedFault(case.model, fault, row, _truth_moved(task, session))


def _truth_moved(task: Task, session: RunSession) -> float:
    """Largest |t(faulty) − t(whole)| over the classes, on the candidate's tensor."""
    if task.candidate.model is None:
        raise UsageError(f"{task.id} compiles the reference's own model; nothing is planted in it")
    models = load_models(task, session)
    tensor = prepare_image(task, session, models[0]).tensor
    if tensor is None:
        return float("nan")
    try:
        one, other = (_truth(task, session, model, tensor) for model in models)
    except (GraphError, NoAnswer):
        return float("nan")
    return float(np.abs(one - other).max())


def _truth(
    task: Task, session: RunSession, model: ModelFile, tensor: NDArray[np.generic]
) -> NDArray[np.float64]:
    if not isinstance(session.reference, RoundingReference):
        raise UsageError(f"{session.reference.stack.program} as a reference gives no float64 truth")
    question = Question.on_tensor(model, task.case.preprocess, task.case.reference, tensor)
    return session.reference.float64_scores(question, bounds(task)).scores
