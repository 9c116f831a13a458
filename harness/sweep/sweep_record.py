"""sweep.json: what was swept, by what, and how far it came."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.errors import ReportError
from harness.results import files
from harness.results.bounded_file import read_at_most
from harness.results.run_record import RunRecord
from harness.results.validation_words import problems

NAME = "sweep.json"
MAX_BYTES = 4 << 20
"""Largest sweep.json that is read."""


class SweepRecord(BaseModel):
    """One sweep; rewritten when it ends."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    run: RunRecord
    """Command, times, exit status, versions and machine."""
    title: str
    """The case, or the model's file."""
    images: str
    """Where the images come from, as the command says it."""
    settings_keys: tuple[str, ...]
    """Of its rows, one a candidate; the folder may hold rows of other sweeps."""
    selected: int = 0
    """Images that were to be compared."""
    finished: int = 0
    """Those of them that have all their rows."""
    reused: int = 0
    """Those that an earlier sweep in the folder had finished."""
    random_order: bool = False
    """Whether they came in random order."""
    images_per_second: float = 0.0
    """Between the first block that arrived and the last, without starting the processes."""
    seconds_in_all: float = 0.0
    """From the command's start to its end."""
    labels: dict[int, str] = {}
    """Names of the classes."""
    notes: tuple[str, ...] = ()
    """Sentences for a reader of the page."""

    def write(self, folder: Path) -> None:
        """Write it into the folder of the sweep; raises OSError."""
        files.write(folder / NAME, self.model_dump_json(indent=2).encode() + b"\n")


def read_record(folder: Path) -> SweepRecord:
    """The record of a folder; raises ReportError where there is none."""
    path = folder / NAME
    try:
        return SweepRecord.model_validate_json(read_at_most(path, MAX_BYTES))
    except ValidationError as error:
        raise ReportError(f"{path} can't be read: {problems(error)}") from error
    except OSError as error:
        raise ReportError(
            f"{folder} holds no sweep: {path} can't be read: {error.strerror}; name the folder "
            "that parity sweep has written"
        ) from error
