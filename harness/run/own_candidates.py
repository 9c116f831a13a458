"""Candidates with code of the user's own: where it lies, and whether it may be run."""

from dataclasses import replace

from harness.cases.case import Case
from harness.errors import CaseError, UsageError
from harness.inputs.own_code_files import located
from harness.run.plan import Task
from harness.run.settings import Settings, option_of


def with_own_code(task: Task) -> Task:
    """The task with the whole paths of its candidate's files; raises AssetError."""
    found = located(task.candidate, task.assets)
    return task if found is task.candidate else replace(task, candidate=found)


def require_trust(name: str, case: Case, settings: Settings) -> None:
    """Raise CaseError where a file's case has code of its own and nobody has allowed it."""
    for candidate in case.candidates:
        if (candidate.build or candidate.module) and not settings.own_code:
            what = f"build '{candidate.build}'" if candidate.build else f"module {candidate.module}"
            raise CaseError(
                f"{name}: candidate {candidate.id}: {what} is code that the case brings with it; "
                f"allow it by {option_of('own_code').spellings}, if you trust the case"
            )


def require_stacks_own_build(task: Task) -> None:
    """Raise UsageError where the candidate is not what its stack builds."""
    candidate = task.candidate
    if candidate.build or candidate.module:
        key = "build" if candidate.build else "module"
        raise UsageError(
            f"candidate {candidate.id}: this follows the stack's own passes, and with the key "
            f"{key} none of them run; leave {key} out"
        )
