"""The candidate's answers: cut, import, build (each cached and in a process of its own), run."""

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from harness.cases.candidate import Candidate
from harness.cases.case import ResourceLimits
from harness.errors import GraphError
from harness.execution.build_cache import BuildCache, key_of
from harness.execution.outcome import Answer, NoAnswer
from harness.execution.worker import CallLimits, WorkerError
from harness.execution.worker_pool import WorkerPool
from harness.graphdef.cut import cut
from harness.graphdef.model_file import ModelFile
from harness.graphdef.serialise import digest, to_bytes
from harness.results.stages import STAGES
from harness.results.status import Status
from harness.stacks.protocol import BuildStep, Stack, function_path
from harness.stacks.registry import stack_named

StageObserver = Callable[[str], Any]
"""Told of each stage as it begins; what it returns is entered as a context manager."""


@dataclass(frozen=True)
class BuiltCandidate:
    """A candidate that is ready to be opened."""

    key: str
    folder: Path
    target: str
    facts: dict[str, Any]
    remarks: tuple[str, ...]
    """What its steps had to say."""


class CandidateRunner:
    """Builds and runs candidates; a build that failed is not tried again in the same session."""

    def __init__(self, workers: WorkerPool, cache: BuildCache, observe: StageObserver) -> None:
        self._workers, self._cache, self._observe = workers, cache, observe
        self.described: dict[str, dict[str, Any]] = {}
        self._failed: dict[str, NoAnswer] = {}
        self._early = ThreadPoolExecutor(2, thread_name_prefix="parity-early")

    def run(
        self,
        candidate: Candidate,
        model: ModelFile,
        tensor: NDArray[Any],
        limits: ResourceLimits,
        repeats: int,
    ) -> Answer:
        """Scores for a pixel tensor; raises Ended for whatever came instead."""
        used = stack_named(candidate.stack)
        built = self._build(used, candidate, model, tensor.shape, limits)
        options = {
            "artefacts": str(built.folder),
            "target": built.target,
            "input": model.entry.pixels,
        }
        program = {"key": built.key, "open": function_path(used.open), "options": options}
        request = {
            "program": program,
            "outputs": [model.output],
            "encoded": [],
            "repeats": repeats,
        }
        feeds = {model.entry.pixels: tensor}
        bounds = CallLimits(limits.run_timeout_s, limits.memory_gib)
        try:
            with self._observe(f"run {candidate.id}"):
                reply = self._call(
                    used, "harness.execution.program_calls:run", request, feeds, bounds
                )
        except WorkerError as error:
            raise _ended("run", error, Status.RUN_FAILED) from error
        ms = reply.payload["ms"]
        return Answer(
            reply.arrays[model.output],
            math.nan if ms is None else ms,
            built.facts,
            remarks=built.remarks,
        )

    def describe(self, used: Stack, limits: ResourceLimits) -> dict[str, Any]:
        """Versions and devices of a stack, as its worker says; raises Ended."""
        if used.name not in self.described:
            bounds = CallLimits(limits.run_timeout_s, limits.memory_gib)
            payload = {"describe": function_path(used.describe)}
            try:
                reply = self._call(
                    used, "harness.execution.program_calls:describe", payload, {}, bounds
                )
            except WorkerError as error:
                raise _ended("start", error, Status.RUN_FAILED) from error
            self.described[used.name] = reply.payload
        return self.described[used.name]

    def _build(
        self,
        used: Stack,
        candidate: Candidate,
        model: ModelFile,
        shape: tuple[int, ...],
        limits: ResourceLimits,
    ) -> BuiltCandidate:
        if candidate.target.split()[:1] == ["llvm"]:
            # Needs no device and no resolving: let TVM start while the graph is imported.
            target = candidate.target.strip()
            self._early.submit(self.describe, used, limits)
        else:
            target = resolve_target(candidate, self.describe(used, limits))
        try:
            graph_bytes = to_bytes(cut(model.graph, model.entry, model.output, shape))
        except GraphError as error:
            raise NoAnswer(Status.IMPORT_FAILED, str(error), "import") from error
        options = {
            "input": model.entry.pixels,
            "output": model.output,
            "shape": list(shape),
            "layout": candidate.layout,
            "target": target,
            "opt_level": candidate.opt_level,
            "pass_config": {**used.pass_config, **candidate.pass_config},
            "pipeline": candidate.pipeline,
        }
        try:
            built = self._steps(used, options, graph_bytes, limits)
        except InterruptedError:
            raise
        except OSError as error:
            reason = f"the cache of builds can't be used: {error}; free some space or move it"
            raise NoAnswer(Status.COMPILE_FAILED, f"{reason} (PARITY_CACHE)", "build") from error
        built.facts["candidate_version"] = self.describe(used, limits)["version"]
        return built

    def _steps(
        self,
        used: Stack,
        options: dict[str, Any],
        graph_bytes: bytes,
        limits: ResourceLimits,
    ) -> BuiltCandidate:
        versions = used.versions()
        key = key_of(graph=digest(graph_bytes), stack=used.name, versions=versions)
        graph = self._cache.obtain(key, lambda folder: _write(folder / "graph.pb", graph_bytes))
        source, built = graph.path / "graph.pb", False
        seconds: dict[str, float] = {}
        remarks: list[str] = []
        for step in used.steps:
            chosen = {name: options[name] for name in step.options}
            key = key_of(source=key, step=step.name, code=step.code_digest, options=chosen)
            try:
                entry = self._step(used, step, key, source, chosen, limits)
            except NoAnswer as end:
                end.facts = {f"{stage}_s": value for stage, value in seconds.items()}
                raise
            source, built = entry.path, built or not entry.hit
            seconds[step.name] = entry.facts["seconds"]
            remarks += entry.facts.get("remarks", ())
        row = {
            "target": options["target"],
            **{f"{stage}_s": seconds.get(stage, math.nan) for stage in STAGES},
            "cache": "built" if built else "hit",
        }
        return BuiltCandidate(key, source, options["target"], row, tuple(remarks))

    def _step(
        self,
        used: Stack,
        step: BuildStep,
        key: str,
        source: Path,
        options: dict[str, Any],
        limits: ResourceLimits,
    ) -> Any:
        bounds = CallLimits(limits.build_timeout_s, limits.memory_gib)

        def make(folder: Path) -> dict[str, Any]:
            start = time.monotonic()
            payload = {"source": str(source), "folder": str(folder), **options}
            self._start_next(used, step, bounds)
            with self._observe(f"{step.name} ({used.name})"):
                name = f"{used.name}-{step.name}"
                reply = self._workers.once(
                    name, used, function_path(step.function), payload, bounds
                )
            seconds = round(time.monotonic() - start, 3)
            return {"seconds": seconds, "remarks": reply.payload.get("remarks", [])}

        if key in self._failed:
            raise self._failed[key]
        try:
            return self._cache.obtain(key, make, self._workers.stopped)
        except WorkerError as error:
            self._failed[key] = _ended(step.name, error, step.failure)
            raise self._failed[key] from error

    def _start_next(self, used: Stack, step: BuildStep, bounds: CallLimits) -> None:
        """Let the next step's process load its framework while this one works."""
        later = used.steps[used.steps.index(step) + 1 :][:1]
        for following in (one for one in later if one.modules):
            name, payload = f"{used.name}-{following.name}", {"modules": list(following.modules)}
            function = "harness.execution.program_calls:load"
            self._early.submit(
                self._workers.call, name, used.environment, function, payload, {}, bounds
            )

    def _call(self, used: Stack, function: str, payload: Any, arrays: Any, bounds: Any) -> Any:
        return self._workers.call(used.name, used.environment, function, payload, arrays, bounds)


def _write(path: Path, data: bytes) -> dict[str, Any]:
    path.write_bytes(data)
    return {}


def _ended(stage: str, error: WorkerError, failure: Status) -> NoAnswer:
    known = stage if stage in (*STAGES, "run") else ""
    return NoAnswer(error.status or failure, f"{stage}: {error.message}", known)


def resolve_target(candidate: Candidate, facts: dict[str, Any]) -> str:
    """The target string with `host` resolved; raises Ended as no_device where it can't run here."""
    target = candidate.target.strip()
    kind = target.split()[0] if target else ""
    if target == "host":
        return str(facts["host_target"])
    devices: dict[str, bool] = facts.get("devices", {})
    if kind in devices and not devices[kind]:
        raise NoAnswer(
            Status.NO_DEVICE,
            f"target '{target}' needs a {kind} device and a TVM built for it; none is here. "
            "Run this candidate on a machine that has one, or leave it out with -k",
        )
    return target
