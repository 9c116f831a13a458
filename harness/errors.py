"""Every error the harness raises on purpose.

A message says what happened, what was expected, what was found and what to do now.
`ParityError` is a user's mistake or a fact of the outside world: it is shown without a traceback.
Anything else that escapes is a bug and keeps its traceback.
"""

import difflib
from collections.abc import Iterable

MAX_NAME = 1000
"""Characters up to which a name can be a misspelling of another."""
MAX_MESSAGE = 4_000
"""Characters of a message; names and values from a damaged file can be of any length."""


class ParityError(Exception):
    """Base of all errors that a user can act upon.

    >>> str(ParityError("x" * 10_000)).strip("x")
    ' … [6000 characters left out] … '
    """

    def __str__(self) -> str:
        """The message; the middle of a very long one is left out."""
        text = super().__str__()
        kept = MAX_MESSAGE // 2
        if len(text) <= MAX_MESSAGE:
            return text
        left_out = f" … [{len(text) - 2 * kept} characters left out] … "
        return f"{text[:kept]}{left_out}{text[-kept:]}"


class UsageError(ParityError):
    """The command or one of its arguments is wrong."""


class CaseError(ParityError):
    """A case file says something it may not say."""


class AssetError(ParityError):
    """A model, image or label file can't be obtained; a row that needs it is skipped."""


class AssetUseError(AssetError):
    """A file is not the one that the case asks for, or none ever is; a row that needs it fails."""


class GraphError(ParityError):
    """A file is no usable GraphDef, or lacks the tensor that was asked for."""


class CandidateModelError(GraphError):
    """As GraphError, of the model file that a candidate is compiled from."""


class NoScoresError(ParityError):
    """The tensor that a program was asked for can't be a score vector."""


class ImageError(ParityError):
    """A file is no image that the deployed decoder accepts."""


class ImageTooLargeError(ImageError):
    """An image has more pixels than the case's limits allow; no program is given it."""


class LabelError(ParityError):
    """A label file can't be read, or does not fit the model."""


class StackError(ParityError):
    """A stack is unknown, or not installed in this environment."""


class ReportError(ParityError):
    """A report can't be written or read."""


class UnusableEnvironmentError(ParityError):
    """An environment can't be made, or the harness can't run in it; its rows are skipped."""


class SchedulerError(ParityError):
    """The scheduler of a sweep is gone while blocks were under way."""


def close_names(name: str, known: Iterable[str], count: int = 5) -> list[str]:
    """The known names that an unknown one may be a misspelling of, the likeliest first.

    >>> close_names("softmx", ["softmax", "logits"]), close_names("zzz", ["softmax"])
    (['softmax'], [])
    """
    if len(name) > MAX_NAME:  # difflib takes seconds for a megabyte
        return []
    return difflib.get_close_matches(name, sorted(set(known)), n=count, cutoff=0.5)


def nearest(name: str, known: Iterable[str], count: int = 5) -> str:
    """Say which known names lie nearest to an unknown one.

    >>> nearest("softmx", ["softmax", "logits"])
    'nearest: softmax'
    >>> nearest("zzz", ["softmax", "logits"])
    'known: logits, softmax'
    """
    known = sorted(set(known))
    close = close_names(name, known, count)
    shown = close or known[: 2 * count]
    rest = len(known) - len(shown)
    tail = f" and {rest} more" if not close and rest > 0 else ""
    return f"{'nearest' if close else 'known'}: {', '.join(shown)}{tail}"
