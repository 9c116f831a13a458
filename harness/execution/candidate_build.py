"""Builds candidates: cut the graph, then the steps of its stack, each cached."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.cases.candidate import Candidate
from harness.cases.case import ResourceLimits
from harness.execution.build_cache import BuildCache, CachedBuild
from harness.execution.build_steps import recorded_facts, step_key
from harness.execution.candidate_source import CandidateSource, candidate_source
from harness.execution.outcome import BuildSeconds, CandidateFacts, NoAnswer
from harness.execution.own_code import OwnFunction, prebuilt
from harness.execution.post_mortem import full_disk
from harness.execution.program_calls import LOAD, LoadRequest
from harness.execution.stack_descriptions import StackDescriptions
from harness.execution.target import resolve_target
from harness.execution.wanted_build import WantedBuild
from harness.execution.worker_call import CallLimits, WorkerError
from harness.execution.worker_pool import WorkerPool
from harness.graphdef.precisions import SINGLE
from harness.results.status import Status
from harness.stacks.protocol import BuildStep, Stack, StepOptions, function_path

StageObserver = Callable[[str], AbstractContextManager[object]]
"""Called with a sentence as each stage begins; the stage runs within the context it returns."""


@dataclass(frozen=True)
class BuiltCandidate:
    """A candidate that is ready to be opened."""

    key: str
    """Cache key of the last build step: the same for the same program."""
    folder: Path
    """What the last build step wrote; the cut GraphDef where there is none."""
    facts: CandidateFacts
    """What the row says of the build."""
    remarks: tuple[str, ...]
    """Sentences of the build steps for the notes of the row."""


class CandidateBuilder:
    """Builds candidates; a step that failed is not tried again in the same session."""

    def __init__(
        self,
        workers: WorkerPool,
        cache: BuildCache,
        descriptions: StackDescriptions,
        observe: StageObserver,
    ) -> None:
        self._workers, self._cache, self._observe = workers, cache, observe
        self._descriptions = descriptions
        self._failed: dict[str, NoAnswer] = {}
        self._background = ThreadPoolExecutor(2, thread_name_prefix="parity-background")

    def build(self, wanted: WantedBuild) -> BuiltCandidate:
        """The candidate, compiled where it is not in the cache; raises NoAnswer."""
        stack, candidate, limits = wanted.stack, wanted.candidate, wanted.limits
        target = self._target(stack, candidate, limits)
        start, steps = candidate_source(stack, wanted.model, wanted.shape)
        try:
            if candidate.module:
                return self._prebuilt(stack, Path(candidate.module), target, limits)
            route = replace(wanted, stack=replace(stack, steps=steps))
            return self._run_steps(route, _options(wanted, target), start)
        except InterruptedError:
            raise
        except OSError as error:
            reason = f"nothing was compared: the cache of builds can't be used: {error}"
            raise NoAnswer(Status.NO_EVIDENCE, f"{reason}; {self._elsewhere()}") from error

    def _prebuilt(
        self, stack: Stack, module: Path, target: str, limits: ResourceLimits
    ) -> BuiltCandidate:
        entry, remark = prebuilt(stack, module, self._cache, self._workers.stopped)
        version = self._descriptions.get(stack, run_limits(limits))["version"]
        facts = CandidateFacts(target=target, cache="hit", candidate_version=version)
        return BuiltCandidate(entry.path.name, entry.path, facts, (remark,))

    def _elsewhere(self) -> str:
        return f"free some space for {self._cache.root}, or set PARITY_CACHE to another folder"

    def _target(self, stack: Stack, candidate: Candidate, limits: ResourceLimits) -> str:
        if not stack.compiles:
            return ""
        if candidate.target.split()[:1] != ["llvm"]:
            found = self._descriptions.get(stack, run_limits(limits))
            return resolve_target(candidate, stack, found)
        # Needs no device and no resolving: let the framework load while the graph is imported.
        self._background.submit(self._descriptions.get, stack, run_limits(limits))
        return candidate.target.strip()

    def _run_steps(
        self,
        wanted: WantedBuild,
        options: StepOptions,
        start: CandidateSource,
    ) -> BuiltCandidate:
        stack, limits, build = wanted.stack, wanted.limits, wanted.candidate.build
        own = OwnFunction.of(build) if build else None
        versions = stack.versions()
        key = start.key
        source, built = start.place(self._cache.obtain(key, start.write).path), False
        given: Mapping[str, object] = options
        seconds: dict[str, float] = {}
        remarks: list[str] = []
        for step in stack.steps:
            chosen = {name: given[name] for name in step.options if name in given}
            if step.gives_way and own is not None:
                chosen |= {"own_build": own.text, "own_build_sha256": own.sha256}
            if step.name in wanted.pass_limits:
                chosen["pass_limit"] = wanted.pass_limits[step.name]
            key = step_key(key, stack, step, chosen, versions)
            try:
                entry = self._run_step(stack, step, key, source, chosen, limits)
            except NoAnswer as failure:
                raise _with_seconds(failure, BuildSeconds(**seconds)) from failure
            source, built = entry.path, built or not entry.hit
            recorded = recorded_facts(entry)
            seconds[f"{step.name}_s"] = recorded.seconds
            remarks += recorded.remarks
        facts = CandidateFacts(
            **seconds,
            target=options["target"],
            cache="built" if built else "hit",
            candidate_version=self._descriptions.get(stack, run_limits(limits))["version"],
        )
        return BuiltCandidate(key, source, facts, tuple(remarks))

    def _run_step(
        self,
        stack: Stack,
        step: BuildStep,
        key: str,
        source: Path,
        options: Mapping[str, object],
        limits: ResourceLimits,
    ) -> CachedBuild:
        within = CallLimits(limits.build_timeout_s, limits.memory_gib)

        def make(folder: Path) -> dict[str, Any]:
            start = time.monotonic()
            payload = {"source": str(source), "folder": str(folder), **options}
            self._load_next(stack, step, within)
            with self._observe(f"{step.name} ({stack.name})"):
                name, function = _process_of(stack, step), function_path(step.function)
                keep = any(following.same_process for following in _next(stack, step))
                environment = _build_environment(stack)
                reply = self._workers.once(name, environment, function, payload, within, keep=keep)
            seconds = round(time.monotonic() - start, 3)
            return {"seconds": seconds, "remarks": reply.payload.get("remarks", [])}

        if key in self._failed:
            raise self._failed[key]
        try:
            return self._cache.obtain(key, make, self._workers.stopped)
        except WorkerError as error:
            if full_disk(error.message):
                reason = f"nothing was compared: the disk is full ({step.name}: {error.message})"
                reason = f"{reason}; {self._elsewhere()}"
                raise NoAnswer(Status.NO_EVIDENCE, reason, log=error.log) from error
            reason, status = f"{step.name}: {error.message}", error.status or step.failure
            self._failed[key] = NoAnswer(status, reason, step.name, log=error.log)
            raise self._failed[key] from error

    def _load_next(self, stack: Stack, step: BuildStep, within: CallLimits) -> None:
        """Let the next step's process load its framework while this step runs."""
        later = (one for one in _next(stack, step) if one.modules and not one.same_process)
        for following in later:
            name, request = _process_of(stack, following), LoadRequest(modules=[])
            request["modules"] += following.modules
            self._background.submit(
                self._workers.call, name, _build_environment(stack), LOAD, request, {}, within
            )


def _options(wanted: WantedBuild, target: str) -> StepOptions:
    """What all steps may ask for."""
    stack, candidate, model = wanted.stack, wanted.candidate, wanted.model
    options: StepOptions = {
        "input": model.entry.pixels,
        "output": model.output,
        "shape": list(wanted.shape),
        "layout": candidate.layout,
        "target": target,
        "opt_level": candidate.opt_level,
        "pass_config": {**stack.pass_config, **candidate.pass_config},
        "pipeline": candidate.pipeline,
    }
    if candidate.precision != SINGLE:  # an option of few: what is built without it stays cached
        options["precision"] = candidate.precision
    if candidate.calibration:
        (options["calibration"],) = candidate.calibration
    return options


def _build_environment(stack: Stack) -> dict[str, str]:
    return {**stack.environment, **stack.build_environment}


def _next(stack: Stack, step: BuildStep) -> tuple[BuildStep, ...]:
    """The step after this one; none after the last."""
    return stack.steps[stack.steps.index(step) + 1 :][:1]


def _process_of(stack: Stack, step: BuildStep) -> str:
    """Name of the process that a step runs in: that of the first step which shares it."""
    place = stack.steps.index(step)
    while stack.steps[place].same_process:
        place -= 1
    return f"{stack.name}-{stack.steps[place].name}"


def run_limits(limits: ResourceLimits) -> CallLimits:
    """The limits of one call that runs a program."""
    return CallLimits(limits.run_timeout_s, limits.memory_gib)


def _with_seconds(failure: NoAnswer, seconds: BuildSeconds) -> NoAnswer:
    return NoAnswer(failure.status, failure.reason, failure.stage, log=failure.log, seconds=seconds)
