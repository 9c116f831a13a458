"""The node behind each fault that was found, and whether it is the one that it was planted in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from harness.errors import ParityError
from harness.graphdef.wire import GraphDef
from harness.locate.located_task import located
from harness.proof.planted_nodes import Naming, changed_nodes, naming
from harness.proof.project import ProofProject
from harness.proof.variants import Variant
from harness.results.row import Row
from harness.results.status import Status
from harness.run.plan import Task, plan_file
from harness.run.settings import Settings

Place = tuple[str, str]
"""Case and candidate of a row: one graph."""


@dataclass(frozen=True)
class NamedNodes:
    """What `parity locate` made of one graph on one photo."""

    naming: Naming
    """Whether the fault's own nodes were named."""
    nodes: str
    """The nodes of each kernel that was named, or why none was."""


def named_nodes(
    project: ProofProject,
    rows: Iterable[Row],
    variants: Mapping[Place, Variant],
    settings: Settings,
) -> dict[tuple[str, str, str], NamedNodes]:
    """By case, candidate and photo; of each fault the first photo on which it is a mismatch."""
    asked: dict[Place, Row] = {}
    for row in rows:
        place = row.case, row.candidate
        if row.status is Status.MISMATCH and variants[place].what == "fault":
            asked.setdefault(place, row)
    tasks = _tasks(project, settings)
    found = {}
    with settings.session(explains=False) as session:
        for place, row in tqdm(asked.items(), desc="faults located", unit="fault"):
            task = tasks[*place, row.image]
            try:
                verdict = located([task], session)
            except ParityError as error:
                found[*place, row.image] = NamedNodes("not located", str(error))
                continue
            kernels = [{node.name for node in one.nodes} for one in verdict.findings]
            says = _naming(project.file.graph, variants[place], kernels)
            names = "; ".join(", ".join(sorted(kernel)) for kernel in kernels)
            found[*place, row.image] = NamedNodes(says, names or verdict.reason)
    return found


def _naming(whole: GraphDef, variant: Variant, kernels: list[set[str]]) -> Naming:
    expected = changed_nodes(whole, variant.make() if variant.make else whole)
    return naming(expected, kernels, one_place=not variant.where.startswith("all "))


def _tasks(project: ProofProject, settings: Settings) -> dict[tuple[str, str, str], Task]:
    files: list[Path] = sorted(project.cases.glob("*.toml"))
    planned = (task for path in files for task in plan_file(path, settings, project.folder))
    return {(task.name, task.candidate.id, str(task.image.name)): task for task in planned}


def with_cache(settings: Settings, builds: Path | None) -> Settings:
    """The settings with the folder that the comparisons' modules are in."""
    return settings if builds is None else replace(settings, cache=builds)
