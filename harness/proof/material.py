"""How far each change moves float64 truth, and what the harness made of it."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.errors import GraphError, UsageError
from harness.execution.outcome import NoAnswer
from harness.execution.reference import Question, RoundingReference
from harness.execution.session import RunSession
from harness.graphdef.model_file import ModelFile
from harness.judge.auto_rule import FLOOR_UNITS
from harness.judge.deviation import Domain, deviation
from harness.proof.project import ProofProject
from harness.proof.proof_row import Change, ProofRow
from harness.results.row import Row
from harness.run.models import load_models
from harness.run.plan import Task, plan_file
from harness.run.prepared_image import bounds, prepare_image
from harness.run.settings import settings_from


def planted_rows(project: ProofProject, rows: Sequence[Row]) -> Iterator[ProofRow]:
    """Every planted fault on every photo; asks TensorFlow in float64 how far it moves truth."""
    by_name = {(row.case, row.image, row.candidate): row for row in rows}
    settings = settings_from()
    with settings.session(explains=False) as session:
        for case in project.planted:
            for task in plan_file(case.path, settings, project.folder):
                row = by_name[task.name, task.image.name or "", task.candidate.id]
                fault = case.faults[task.candidate.id]
                moved, noise = _moved_and_noise(task, session, row)
                yield ProofRow(
                    model=case.model,
                    change=Change.FAULT,
                    kind=fault.kind,
                    where=fault.where,
                    image=row.image,
                    candidate=task.candidate.model_copy(update={"name": None}).id,
                    status=row.status,
                    moved=moved,
                    noise=noise,
                    top_score=row.reference_score,
                    error_ratio=row.error_ratio,
                )


def clean_rows(project: ProofProject, rows: Sequence[Row]) -> Iterator[ProofRow]:
    """Every candidate in which nothing is wrong, on every photo: truth does not move."""
    for row in rows:
        about = project.clean.get((row.case, row.candidate))
        if about is not None:
            yield ProofRow(
                model=about.model,
                change=Change.REWRITE if about.rewrite else Change.NONE,
                kind=about.rewrite,
                where="",
                image=row.image,
                candidate=about.candidate,
                status=row.status,
                moved=0.0,
                noise=row.noise,
                top_score=row.reference_score,
                error_ratio=row.error_ratio,
            )


def _moved_and_noise(task: Task, session: RunSession, row: Row) -> tuple[float, float]:
    """How far the fault moves truth, and how far rounding may move the reference there.

    In the domain of the verdict; NaN where one of the graphs has no truth.
    """
    if task.candidate.model is None:
        raise UsageError(f"{task.id} compiles the reference's own model; nothing is planted in it")
    models = load_models(task, session)
    tensor = prepare_image(task, session, models[0]).tensor
    if tensor is None:
        return float("nan"), float("nan")
    try:
        whole, faulty = (_truth(task, session, model, tensor) for model in models)
    except (GraphError, NoAnswer):
        return float("nan"), float("nan")
    found = deviation(whole, faulty)
    log = found.domain is Domain.LOG
    measured = (
        (row.log_noise, row.reference_log_error) if log else (row.noise, row.reference_error_max)
    )
    return found.size, float(np.nanmax([*measured, FLOOR_UNITS * found.unit]))


def _truth(
    task: Task, session: RunSession, model: ModelFile, tensor: NDArray[np.generic]
) -> NDArray[np.float64]:
    if not isinstance(session.reference, RoundingReference):
        raise UsageError(f"{session.reference.stack.program} as a reference gives no float64 truth")
    question = Question.on_tensor(model, task.case.preprocess, task.case.reference, tensor)
    return session.reference.float64_scores(question, bounds(task)).scores
