"""The status of a row for each error that a user can act upon."""

import contextlib
from collections.abc import Iterator

from harness.errors import (
    AssetError,
    AssetUseError,
    CandidateModelError,
    GraphError,
    LabelError,
    StackError,
    UsageError,
)
from harness.execution.outcome import NoAnswer
from harness.results.status import Status


@contextlib.contextmanager
def errors_as_no_answer() -> Iterator[None]:
    """Give each error that a user can act upon the status it means for a row."""
    try:
        yield
    except (AssetUseError, LabelError, UsageError, OSError) as error:
        raise NoAnswer(Status.NO_EVIDENCE, f"nothing was compared: {error}") from error
    except AssetError as error:
        raise NoAnswer(Status.MISSING_ASSET, str(error)) from error
    except StackError as error:
        raise NoAnswer(Status.MISSING_STACK, str(error)) from error
    except CandidateModelError as error:
        raise NoAnswer(Status.IMPORT_FAILED, str(error)) from error
    except GraphError as error:
        raise NoAnswer(Status.REFERENCE_FAILED, str(error)) from error
