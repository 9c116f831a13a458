"""`parity explain`: the chain as a waterfall, the facts behind it, and the remedy, proved."""

import json
import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.cases.case import Case
from harness.cases.preprocess import Preprocess
from harness.cli import check
from harness.cli.progress import Stages
from harness.errors import UsageError, nearest
from harness.execution.outcome import Answer, NoAnswer, Outcome
from harness.execution.session import RunSession
from harness.inputs.labels import LabelMap
from harness.judge import attribution as explain
from harness.judge.attribution import Effects
from harness.results.status import Status
from harness.run import attribution as telescope
from harness.run import prepared_image as picture
from harness.run.plan import Task, plan
from harness.run.settings import Settings

BAR = 24


@dataclass(frozen=True)
class Explained:
    """One image's chain, read."""

    image: str
    candidate: str
    label: str
    found: Effects
    facts: tuple[str, ...]
    notes: tuple[str, ...]
    remedy: str

    @property
    def divergence(self) -> float:
        """What there is to explain."""
        return self.found.candidate - self.found.reference

    def payload(self) -> dict[str, Any]:
        """Plain JSON with the row's names."""
        numbers = {
            "reference_score": self.found.reference,
            "candidate_score": self.found.candidate,
            "divergence": self.divergence,
            **{f"{step}_effect": part for step, part in self.found.steps.items()},
        }
        return {
            "image": self.image,
            "candidate": self.candidate,
            "top1_class": self.found.class_index,
            "top1_label": self.label,
            **{name: None if math.isnan(value) else value for name, value in numbers.items()},
            "explanation": explain.sentence(self.found, self.label),
            "remedy": self.remedy,
            "facts": list(self.facts),
            "notes": list(self.notes),
        }


def run(request: check.Request, changes: list[str]) -> int:
    """Explain every image; 0 where every chain is whole, 1 otherwise. Raises UsageError."""
    settings = Settings(build_timeout_s=request.timeout, run_timeout_s=request.run_timeout)
    case = settings.bounded(check.case_of(request))
    changed = with_changes(case, changes) if changes else None
    with Stages() as stages, RunSession(settings.cache / "builds", stages) as session:
        session.start_reference()
        before = _explain(case, settings, session)
        after = _explain(changed, settings, session) if changed else []
    if request.as_json:
        for one in after or before:
            print(json.dumps(one.payload(), ensure_ascii=False))  # noqa: T201
    else:
        console = Console(width=shutil.get_terminal_size((100, 24)).columns, highlight=False)
        _show(console, before, after, changes)
    return 0 if all(not math.isnan(one.divergence) for one in before + after) else 1


def with_changes(case: Case, changes: list[str]) -> Case:
    """The case with its deployed road changed as `--with key=value` says; raises UsageError."""
    known = ("decoder", "resample", "exif", "size")
    keys = case.preprocess.model_dump()
    for change in changes:
        key, _, value = change.partition("=")
        if key not in known or not value:
            raise UsageError(f"--with takes key=value; found '{change}'; {nearest(key, known)}")
        keys[key] = check.size_of(value) if key == "size" else value
    try:
        return case.model_copy(update={"preprocess": Preprocess.model_validate(keys)})
    except ValueError as error:
        raise UsageError(f"--with {' '.join(changes)}: {error}") from error


def _explain(case: Case, settings: Settings, session: RunSession) -> list[Explained]:
    tasks = plan("explain", case, settings.assets(Path.cwd(), unrestricted=True))
    check.check_files(tasks[0], session)
    labels = session.labels(case.labels, tasks[0].assets)
    return [_one(task, session, labels) for task in tasks]


def _one(task: Task, session: RunSession, labels: LabelMap) -> Explained:
    model = task.case.model
    reference = session.model(task.assets.fetch(model), model.input, model.output)
    other = task.candidate.model
    candidate = session.model(task.assets.fetch(other), None, None) if other else reference
    seen = picture.read(task, session, candidate)
    scene = telescope.AttributionInput(
        task.case, task.candidate, (reference, candidate), seen.data, seen.decoded, seen.tensor
    )
    first, last = _ends(scene, session)
    chain = telescope.run(scene, first, last, session.reference, session.candidates)
    refused = tuple(end.reason for end in (first, last) if isinstance(end, NoAnswer))
    if not isinstance(first, Answer):
        nothing = Effects(0, *[math.nan] * 6)
        return Explained(
            task.image.name or "", task.candidate.id, "", nothing, chain.facts, refused, ""
        )
    found = explain.effects(chain, int(first.scores.reshape(-1).argmax()))
    return Explained(
        task.image.name or "",
        task.candidate.id,
        labels.name_of(found.class_index),
        found,
        chain.facts,
        (*refused, *chain.notes),
        telescope.remedy(scene, found),
    )


def _ends(scene: telescope.AttributionInput, session: RunSession) -> tuple[Outcome, Outcome]:
    """S0 and S4, at the same time."""
    case = scene.case
    asked = session.reference.on_file(scene.models[0], case.preprocess, scene.data, case.reference)
    limits = telescope.bounds(case)
    first = session.submit(lambda: _caught(lambda: session.reference.answer(asked, limits)))
    tensor = scene.tensor
    if tensor is None:
        return first.result(), NoAnswer(Status.RUN_FAILED, "the deployed decoder refused it")
    last = _caught(
        lambda: session.candidates.run(
            scene.candidate, scene.models[1], tensor, case.limits, case.repeats
        )
    )
    return first.result(), last


def _caught(ask: Any) -> Outcome:
    try:
        found: Answer = ask()
    except NoAnswer as end:
        return end
    return found


def _show(
    console: Console, before: list[Explained], after: list[Explained], changes: list[str]
) -> None:
    for number, one in enumerate(before):
        console.rule(f"{one.image}  {one.candidate}", align="left")
        console.print(_waterfall(one, console.width))
        console.print(Text(explain.sentence(one.found, one.label), style="bold"))
        for fact in (*one.facts, *one.notes):
            console.print(Text(f"  {fact}", style="dim"))
        if one.remedy:
            console.print(Text(f"Remedy: {one.remedy}."))
        if after:
            _prove(console, one, after[number], changes)
        console.print()


def _prove(console: Console, one: Explained, other: Explained, changes: list[str]) -> None:
    said = f"With {' '.join(changes)}: "
    console.print(
        Text(
            f"{said}{other.found.reference:.5f} → {other.found.candidate:.5f}; the divergence "
            f"goes from {one.divergence:+.2g} to {other.divergence:+.2g}.",
            style="bold",
        )
    )


def _waterfall(one: Explained, width: int) -> Table:
    """A line a step; the bar shows where the score stands before and after it."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("step")
    table.add_column("effect", justify="right", min_width=9)
    table.add_column("score", justify="right", min_width=7)
    bar = max(8, min(BAR, width - 40))
    table.add_column("from low to high", min_width=bar)
    level = one.found.reference
    levels = [level]
    for part in one.found.steps.values():
        levels.append(levels[-1] + (0.0 if math.isnan(part) else part))
    low, high = min(levels), max(levels)
    table.add_row("TensorFlow, the file", "", f"{level:.5f}", _bar(low, high, level, level, bar))
    for (step, part), start, end in zip(
        one.found.steps.items(), levels[:-1], levels[1:], strict=True
    ):
        told = "not measured" if math.isnan(part) else f"{part:+.1e}"
        name = explain.NAMES[step].removeprefix("the ")
        table.add_row(name, told, f"{end:.5f}", _bar(low, high, start, end, bar))
    return table


def _bar(low: float, high: float, start: float, end: float, width: int) -> Text:
    if math.isnan(low) or high - low < explain.QUIET:
        return Text("")
    first, last = sorted(round((v - low) / (high - low) * (width - 1)) for v in (start, end))
    style = "green" if end >= start else "red"
    return Text(" " * first) + Text("█" * max(1, last - first), style=style)
