"""Candidates that are built once a session: what was found whole is not looked at again."""

from dataclasses import replace
from pathlib import Path

from harness.execution.candidate_build import BuiltCandidate, CandidateBuilder
from harness.execution.recent import KeyLocks, Recent
from harness.execution.wanted_build import WantedBuild
from harness.inputs.own_code_files import own_file

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

    def build(self, wanted: WantedBuild) -> BuiltCandidate:
        """As `CandidateBuilder.build`; raises NoAnswer."""
        key = _key(wanted)
        with self._locks.of(key):
            known = self._built.get(key)
            if known is not None and known.folder.exists():
                return known
            found = self._builder.build(wanted)
            self._built[key] = replace(found, facts=replace(found.facts, cache="hit"))
            return found


def _key(wanted: WantedBuild) -> str:
    """The same for what is the same program of the same files."""
    model, candidate = wanted.model, wanted.candidate
    names = [step.name for step in wanted.stack.steps]
    file = f"{model.sha256}|{model.entry}|{model.output}|{wanted.shape}"
    own = [candidate.model_dump_json(), _stamp(own_file(candidate)), dict(wanted.pass_limits)]
    return f"{wanted.stack.name}|{names}|{file}|{own}"


def _stamp(path: str) -> tuple[int, int]:
    """Changes with a file; the same for every path that is none, and for an empty one."""
    if not path:
        return 0, 0
    try:
        found = Path(path).stat()
    except OSError:  # who builds says so
        return 0, 0
    return found.st_mtime_ns, found.st_size
