"""Candidates that are built once a session: what was found whole is not looked at again."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.cases.candidate import Candidate
from harness.cases.case import ResourceLimits
from harness.execution.candidate_build import BuiltCandidate, CandidateBuilder
from harness.execution.recent import KeyLocks, Recent
from harness.graphdef.model_file import ModelFile
from harness.inputs.own_code_files import own_file
from harness.stacks.protocol import Stack

KEPT = 64
"""Candidates of one session, each for a shape, that are known."""


class BuiltOnce:
    """Asks a CandidateBuilder once for the same candidate.

    To cut the graph and to verify the files of a build takes as long as twenty runs of a program.
    """

    def __init__(self, builder: CandidateBuilder) -> None:
        self._builder = builder
        self._built: Recent[str, BuiltCandidate] = Recent(KEPT)
        self._locks = KeyLocks(KEPT)

    def build(
        self,
        stack: Stack,
        candidate: Candidate,
        model: ModelFile,
        shape: tuple[int, ...],
        limits: ResourceLimits,
        pass_limits: Mapping[str, int] | None = None,
    ) -> BuiltCandidate:
        """As `CandidateBuilder.build`; raises NoAnswer."""
        names = [step.name for step in stack.steps]
        file = f"{model.sha256}|{model.entry}|{model.output}|{shape}"
        own = [candidate.model_dump_json(), _stamp(own_file(candidate)), pass_limits]
        key = f"{stack.name}|{names}|{file}|{own}"
        with self._locks.of(key):
            known = self._built.get(key)
            if known is not None and known.folder.exists():
                return known
            found = self._builder.build(stack, candidate, model, shape, limits, pass_limits)
            self._built[key] = replace(found, facts=replace(found.facts, cache="hit"))
            return found


def _stamp(path: str) -> tuple[int, int]:
    """Changes with a file; the same for every path that is none, and for an empty one."""
    if not path:
        return 0, 0
    try:
        found = Path(path).stat()
    except OSError:  # who builds says so
        return 0, 0
    return found.st_mtime_ns, found.st_size
