"""Plants faults in a model, locates each, and says how many were named, and nothing else.

    python -m harness.testing.locate_faults MODEL.pb PHOTO CANDIDATE RESULTS.csv [--kind NAME …]

One line a graph: each kind of fault in one place, the same everywhere, triples of faults at once,
and the whole model. What was written before is not made again. docs/locate.md shows the figures.
"""

import argparse
import csv
import dataclasses
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.cases.asset_sections import Asset
from harness.cases.candidate_words import parse
from harness.cli.case_options import JudgeOptions, ModelOptions, PreprocessOptions
from harness.cli.typed_case import case_from
from harness.execution.graph_runs import plain_graph
from harness.execution.graphdef_reference import GraphDefReference
from harness.execution.session import RunSession
from harness.graphdef.model_file import ModelFile, read_model
from harness.graphdef.serialise import to_bytes
from harness.graphdef.wire import GraphDef
from harness.locate.located_task import located, programs_of
from harness.locate.locating import locate_on
from harness.locate.node_facts import node_facts
from harness.locate.verdict import Localisation, largest_excess, localisation
from harness.proof.faults.planting import KINDS
from harness.proof.planted_nodes import changed_nodes
from harness.proof.truth import AskedModel, TruthMeter, private_session
from harness.run.models import load_models
from harness.run.plan import Task, plan_command
from harness.run.prepared_image import prepare_image
from harness.run.settings import settings_from
from harness.testing.planted_graphs import graphs


@dataclass(frozen=True)
class LocatedFault:
    """One graph and what was made of it."""

    kind: str
    """Kind of the fault; `whole` for none, kinds joined by + for several."""
    where: str
    """Where it is."""
    times: float
    """How many times the noise it moves float64 truth."""
    status: str
    """Status of the verdict."""
    expected: int
    """Nodes that the mistake was made in."""
    missed: int
    """Of these, those in no named kernel."""
    named: int
    """Kernels named."""
    wrong: int
    """Of these, those that hold none of the nodes."""
    excess: float
    """Largest error over its limit."""
    seconds: float
    """Time of locating, without the build."""

    @property
    def exact(self) -> bool:
        """Whether all that is faulty is named, and nothing else."""
        return not self.missed and not self.wrong


@dataclass(frozen=True)
class Tried:
    """How every graph is tried."""

    file: ModelFile
    """The whole model."""
    photo: Path
    """The image."""
    candidate: str
    """How a graph is compiled."""
    hidden: bool
    """Whether the graph with the fault is kept from the pairing, as where the compiler made it."""


def main() -> None:
    """Plant, locate, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("model", "photo", "candidate", "results"):
        parser.add_argument(name)
    parser.add_argument("--kind", action="append", default=[])
    parser.add_argument("--per-kind", type=int, default=2)
    parser.add_argument("--hidden", action="store_true", help="as if the compiler made the fault")
    parser.add_argument("--triples", action="store_true", help="leave single faults out")
    given = parser.parse_args()
    results = Path(given.results)
    done = _read(results)
    file = read_model(Path(given.model))
    with private_session(settings_from()) as session:
        meter = _meter(session, file, Path(given.photo))
        tried = graphs(file, given.kind, given.per_kind, only_triples=given.triples)
        for kind, where, graph in tried:
            if (kind, where) in done:
                continue
            with _forgotten(session):
                times = meter.times(graph)["photo"]
                stack = given.candidate.split("-")[0]
                if kind in KINDS and stack in KINDS[kind].ignored_by and not given.hidden:
                    continue  # nothing is wrong in the candidate
                how = Tried(file, Path(given.photo), given.candidate, given.hidden)
                row = _located(session, how, graph)
            row = dataclasses.replace(row, kind=kind, where=where, times=times)
            _append(results, row)
            print(row, flush=True)


def _located(session: RunSession, tried: Tried, graph: GraphDef) -> LocatedFault:
    path = session.cache / "faulty.pb"
    path.write_bytes(to_bytes(graph))
    file = tried.file
    tasks = tasks_of(file, tried.photo, tried.candidate, path)
    clock = _Clock()
    session.observe = clock.stage
    found = _without_its_graph(tasks[0], session) if tried.hidden else located(tasks, session)
    expected = changed_nodes(file.graph, graph)
    held = [{node.name for node in one.nodes} for one in found.findings]
    return LocatedFault(
        kind="",
        where="",
        times=0.0,
        status=found.status,
        expected=len(expected),
        missed=len(expected - set().union(*held)),
        named=len(held),
        wrong=sum(not nodes & expected for nodes in held),
        excess=largest_excess(found.evidence),
        seconds=clock.seconds,
    )


def _without_its_graph(task: Task, session: RunSession) -> Localisation:
    reference = session.reference
    if not isinstance(reference, GraphDefReference):
        raise TypeError(type(reference).__name__)
    programs = programs_of(task, session, reference)
    with session.observe("locate as if the compiler made the fault"):
        evidence = locate_on(dataclasses.replace(programs, candidate_model=programs.reference))
    graph = plain_graph(load_models(task, session)[0])
    return localisation(task.candidate.id, [evidence], node_facts(graph))


class _Clock:
    """Times the stages that locate."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of a stage where it is one of them."""
        start = time.perf_counter()
        yield
        self.seconds += (time.perf_counter() - start) * name.startswith("locate ")


def tasks_of(file: ModelFile, photo: Path, candidate: str, path: Path) -> list[Task]:
    """The task of a photo, its candidate compiled from the model at `path`."""
    words = ModelOptions(str(file.path), candidate=[candidate], candidate_model=path)
    judged = JudgeOptions(scope=["graph"])
    case = case_from(words, [photo], PreprocessOptions(), judged=judged)
    other = Asset(path=str(path))
    case = case.model_copy(update={"candidates": [parse(candidate, other)]})
    return plan_command("locate", case, settings_from())


def _meter(session: RunSession, file: ModelFile, photo: Path) -> TruthMeter:
    task = tasks_of(file, photo, "relax-llvm", file.path)[0]
    tensor = prepare_image(task, session, file).tensor
    assert tensor is not None, photo
    return TruthMeter(session, AskedModel(file, {"photo": tensor}))  # type: ignore[arg-type]


@contextmanager
def _forgotten(session: RunSession) -> Iterator[None]:
    """Remove what is built meanwhile."""
    before = set(session.cache.iterdir()) if session.cache.is_dir() else set()
    try:
        yield
    finally:
        for entry in set(session.cache.iterdir()) - before:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _read(path: Path) -> set[tuple[str, str]]:
    if not path.is_file():
        return set()
    with path.open(newline="") as file:
        return {(row["kind"], row["where"]) for row in csv.DictReader(file)}


def _append(path: Path, row: LocatedFault) -> None:
    new = not path.is_file()
    values = {**dataclasses.asdict(row), "exact": row.exact}
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(values))
        if new:
            writer.writeheader()
        writer.writerow(values)


if __name__ == "__main__":
    main()
