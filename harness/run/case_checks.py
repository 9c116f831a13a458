"""What a case names and what there is: stacks, images, candidates. A misspelt name is no skip."""

from collections.abc import Iterable, Sequence
from fnmatch import filter as matching

from harness.cases.asset_sections import Image
from harness.cases.candidate import Candidate
from harness.cases.candidate_lists import CombinedCandidate
from harness.cases.case import Case
from harness.errors import CaseError, nearest
from harness.execution.outcome import NoAnswer
from harness.inputs.packages import WILDCARD
from harness.results.status import Status
from harness.stacks.protocol import Stack
from harness.stacks.registry import all_stacks, stack_named, stack_names

OF_COMPILERS = ("target", "layout", "opt_level", "pipeline", "pass_config", "build", "module")
"""Keys of a candidate that mean nothing to a stack that compiles nothing."""
PLAIN = Candidate()
"""A candidate without any of them."""
MAX_TASKS = 100_000
"""Images times candidates of one case."""


def require_consistent(name: str, case: Case, images: Sequence[Image]) -> None:
    """Raise CaseError where the case names what there is not; `images` are single files."""
    if not images:
        raise CaseError(f"{name}: no images; name at least one that both programs are given")
    if len(images) * len(case.candidates) > MAX_TASKS:
        raise CaseError(
            f"{name}: {len(images)} images × {len(case.candidates)} candidates; at most "
            f"{MAX_TASKS} comparisons are made of one case; divide it"
        )
    for candidate in case.candidates:
        _require_stack(name, candidate)
    _require_matches(name, case, images)


def _require_stack(name: str, candidate: Candidate) -> None:
    """Raise CaseError for an unknown stack, and for keys of which its stack can make nothing.

    A known stack that is not installed, or can't be loaded, becomes the status of its rows; so
    does what a stack lacks of a combination of lists.
    """
    stack = all_stacks().get(candidate.stack)
    if stack is None:
        if candidate.stack in stack_names():
            return
        raise CaseError(
            f"{name}: candidate {candidate.id}: unknown stack '{candidate.stack}'; "
            f"{nearest(candidate.stack, all_stacks())}; all: {', '.join(stack_names())}"
        )
    if not isinstance(candidate, CombinedCandidate) and (reason := _unsupported(candidate, stack)):
        raise CaseError(f"{name}: candidate {candidate.id}: {reason}")


def require_supported(candidate: Candidate) -> None:
    """Raise StackError where the stack is not installed.

    NoAnswer where it can't make what a combination of lists came to.
    """
    stack = stack_named(candidate.stack)
    stack.versions()
    if reason := _unsupported(candidate, stack):
        remedy = "give this stack a table of its own in [[candidates]]"
        raise NoAnswer(Status.IMPORT_FAILED, f"import: {reason}; {remedy}", "import")


def _unsupported(candidate: Candidate, stack: Stack) -> str:
    """Why the stack can't make such a candidate; empty where it can."""
    given = [key for key in OF_COMPILERS if getattr(candidate, key) != getattr(PLAIN, key)]
    if given and not stack.compiles:
        return (
            f"{stack.program} (stack '{candidate.stack}') compiles nothing, so that "
            f"{', '.join(given)} would do nothing; leave {'them' if len(given) > 1 else 'it'} out"
        )
    choices: dict[str, tuple[str | None, tuple[str, ...]]] = {
        "layout": (candidate.layout, stack.layouts),
        "pipeline": (candidate.pipeline, stack.pipelines),
    }
    if not candidate.build and not candidate.module:
        choices["precision"] = candidate.precision, stack.precisions
    for key, (value, known) in choices.items():
        if value is not None and value not in known:
            expected = (
                f"expected {' or '.join(known)}" if known else f"it keeps the graph's own {key}"
            )
            return f"stack '{candidate.stack}' has no {key} '{value}'; {expected}"
    return ""


def _require_matches(name: str, case: Case, images: Sequence[Image]) -> None:
    """Raise CaseError for an expectation of images, candidates or scopes that the case lacks."""
    candidates = [candidate.id for candidate in case.candidates]
    # Of a pattern in a package that is not installed, the names are unknown.
    open_ended = any(WILDCARD.search(image.path or image.file or "") for image in images)
    known = [] if open_ended else [image.name or "" for image in images]
    for number, one in enumerate(case.known_failures):
        where = f"{name}: known_failures.{number}"
        _require_match(f"{where}.image", one.image, known)
        _require_match(f"{where}.candidate", one.candidate, candidates)
        if one.scope != "*":
            _require_match(f"{where}.scope", one.scope, case.scopes)
    for number, published in enumerate(case.published):
        where = f"{name}: published.{number}"
        if known and published.image not in known:
            raise CaseError(_no_match(f"{where}.image", published.image, known))
        _require_match(f"{where}: its scope", "end_to_end", case.scopes)


def _require_match(where: str, pattern: str, known: Sequence[str]) -> None:
    if known and not matching(known, pattern):
        raise CaseError(_no_match(where, pattern, known))


def _no_match(where: str, found: str, known: Iterable[str]) -> str:
    return f"{where}: '{found:.100}' matches none of this case; {nearest(found, known, count=10)}"
