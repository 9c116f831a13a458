"""`parity explain`: which step moved the score, as a waterfall, with the remedy, proved."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from rich.console import Console

from harness.cases.case import Case
from harness.cases.preprocess import Preprocess
from harness.cli.check import check_files
from harness.cli.json_output import print_json
from harness.cli.progress import Stages
from harness.cli.terminal import console, shown
from harness.cli.typed_case import size_from
from harness.cli.waterfall_table import waterfall_table
from harness.errors import UsageError, nearest
from harness.execution.outcome import Answer, NoAnswer, Outcome
from harness.execution.reference import Question
from harness.execution.session import RunSession
from harness.inputs.labels import LabelMap
from harness.judge.attribution import STEPS, Effects, effects, sentence
from harness.reports.program_names import program_titles
from harness.reports.waterfall import Waterfall, waterfall
from harness.results.status import Status
from harness.results.validation_words import problems
from harness.run import attribution
from harness.run.models import load_models
from harness.run.plan import Task, plan_command, reference_of
from harness.run.prepared_image import prepare_image
from harness.run.settings import Settings

CHANGEABLE = ("decoder", "preset", "resizer", "resample", "exif", "size")
"""Keys of `[preprocess]` that `--with` may change."""


@dataclass(frozen=True)
class Explanation:
    """The attribution of one image and candidate, for the class that the reference ranks first."""

    image: str
    """Name of the image."""
    candidate: str
    """Id of the candidate."""
    programs: tuple[str, str]
    """Titles of the reference and of the candidate."""
    label: str
    """Name of the class; empty where the reference gave no scores."""
    found: Effects
    """The class's scores and the effects; NaN where one was not measured."""
    facts: tuple[str, ...]
    """What was found out about the file and the two decoders."""
    notes: tuple[str, ...]
    """Why a program or a step gave nothing."""
    remedy: str
    """What would remove the largest step; empty where there is no divergence."""
    preprocessing: str
    """What the deployed program does to the file, step by step."""

    @property
    def divergence(self) -> float:
        """Candidate's minus reference's score; NaN where one is unknown."""
        return self.found.candidate - self.found.reference

    @property
    def sentence(self) -> str:
        """Which step made most of the divergence."""
        return sentence(self.found, self.label, self.programs[1])

    def waterfall(self) -> Waterfall:
        """The steps between the two scores."""
        scores = (self.found.reference, self.found.candidate)
        return waterfall(
            self.label, "the reference's top class", self.found.steps, scores, self.programs
        )

    def payload(self) -> dict[str, Any]:
        """Column names of the row to values, and the facts and the remedy, which a row lacks."""
        return {
            "image": self.image,
            "candidate": self.candidate,
            "top1_class": self.found.class_index,
            "top1_label": self.label,
            "reference_score": self.found.reference,
            "candidate_score": self.found.candidate,
            "divergence": self.divergence,
            **{f"{step}_effect": self.found.steps.get(step, math.nan) for step in STEPS},
            "explanation": self.sentence,
            "notes": "; ".join(self.notes),
            "preprocessing": self.preprocessing,
            "facts": list(self.facts),
            "remedy": self.remedy,
        }


def run(case: Case, changes: list[str], settings: Settings, *, as_json: bool) -> int:
    """Explain every image; 0 where every divergence was measured, 1 otherwise.

    `changes` are the words of `--with`; where there are any, the images are run once more with
    them, and `--json` prints that second run. Raises UsageError, GraphError, AssetError.
    """
    changed = with_changes(case, changes) if changes else None
    with Stages() as stages, settings.session(stages) as session:
        session.start_reference(reference_of(case.model, settings.reference))
        before = _explain(case, settings, session)
        after = _explain(changed, settings, session) if changed else []
    if as_json:
        print_json(one.payload() for one in after or before)
    else:
        _show(console(), before, after, changes)
    return 0 if all(not math.isnan(one.divergence) for one in before + after) else 1


def with_changes(case: Case, changes: Sequence[str]) -> Case:
    """The case with its preprocessing changed as `--with key=value` says; raises UsageError."""
    keys = case.preprocess.model_dump()
    for change in changes:
        key, _, value = change.partition("=")
        if key not in CHANGEABLE or not value:
            hint = nearest(key, CHANGEABLE)
            raise UsageError(f"--with takes key=value; found '{change}'; {hint}")
        keys[key] = size_from(value) if key == "size" else value
    try:
        return case.model_copy(update={"preprocess": Preprocess.model_validate(keys)})
    except ValidationError as error:
        raise UsageError(f"--with {' '.join(changes)}: {problems(error)}") from error


def _explain(case: Case, settings: Settings, session: RunSession) -> list[Explanation]:
    tasks = plan_command("explain", case, settings)
    check_files(tasks, session)
    labels = session.labels(case.labels, tasks[0].assets)
    return [_explain_task(task, session, labels) for task in tasks]


def _explain_task(task: Task, session: RunSession, labels: LabelMap) -> Explanation:
    models = load_models(task, session)
    image = prepare_image(task, session, models[1])
    given = attribution.AttributionInput(
        task.case,
        task.candidate,
        models,
        image.data,
        image.decoded,
        image.tensor,
        image.preprocessing,
    )
    reference, candidate = _run_both(given, session, image.refusal)
    program = session.reference_for(models[0])
    steps = attribution.run(given, reference, candidate, program, session.candidates)
    refusals = [one.reason for one in (reference, candidate) if isinstance(one, NoAnswer)]
    measured = isinstance(reference, Answer)
    found = Effects(0, math.nan, math.nan, {})
    if isinstance(reference, Answer):
        labels.check(reference.scores.size)
        found = effects(steps, int(reference.scores.reshape(-1).argmax()))
    return Explanation(
        image=task.image.name or "",
        candidate=task.candidate.id,
        programs=program_titles(task.row("end_to_end", Status.NO_EVIDENCE, "")),
        label=labels.name_of(found.class_index) if measured else "",
        found=found,
        facts=steps.facts,
        notes=(*refusals, *(steps.notes if measured else ())),
        remedy=attribution.remedy(given, found),
        preprocessing=image.preprocessing,
    )


def _run_both(
    given: attribution.AttributionInput, session: RunSession, refusal: str
) -> tuple[Outcome, Outcome]:
    """The reference on the file and the candidate on its tensor, at the same time."""
    case, tensor = given.case, given.tensor
    question = Question.on_file(given.models[0], case.preprocess, case.reference, given.data)
    limits = attribution.bounds(case)
    program = session.reference_for(given.models[0])
    reference = session.submit(lambda: _outcome(lambda: program.answer(question, limits)))
    if tensor is None:
        refused = NoAnswer(Status.RUN_FAILED, f"the deployed decoder refused it: {refusal}")
        return reference.result(), refused
    candidate = _outcome(
        lambda: session.candidates.run(
            given.candidate, given.models[1], tensor, case.limits, case.repeats
        )
    )
    return reference.result(), candidate


def _outcome(ask: Callable[[], Answer]) -> Outcome:
    try:
        return ask()
    except NoAnswer as end:
        return end


def _show(
    console: Console,
    before: Sequence[Explanation],
    after: Sequence[Explanation],
    changes: Sequence[str],
) -> None:
    for number, one in enumerate(before):
        console.rule(shown(f"{one.image}  {one.candidate}"), align="left")
        if not all(math.isnan(part) for part in one.found.steps.values()):
            console.print(waterfall_table(one.waterfall(), console.width))
        if one.sentence:
            console.print(shown(one.sentence, style="bold"))
        for fact in (*one.facts, *one.notes):
            console.print(shown(f"  {fact}", style="dim"))
        if one.remedy:
            console.print(shown(f"Remedy: {one.remedy}."))
        if after:
            console.print(shown(_proof(one, after[number], changes), style="bold"))
        console.print()


def _proof(one: Explanation, changed: Explanation, changes: Sequence[str]) -> str:
    return (
        f"With {' '.join(changes)}: {changed.found.reference:.5f} → "
        f"{changed.found.candidate:.5f}; the divergence goes from {one.divergence:+.2g} to "
        f"{changed.divergence:+.2g}."
    )
