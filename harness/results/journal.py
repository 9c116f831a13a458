"""journal.jsonl: every Result as it arrives, so that a killed run keeps what it had."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.errors import ReportError
from harness.results import files as disk
from harness.results.result import Result
from harness.results.validation_words import problems

NAME = "journal.jsonl"


def append(journal: Path, result: Result) -> None:
    """Add one line; raises OSError, and then the journal is as it was."""
    line = encode(result)
    if journal.exists() and disk.ends_in_half_a_line(journal):
        line = b"\n" + line
    disk.append_line(journal, line)


def encode(result: Result) -> bytes:
    """One line without its end; plain JSON, also for infinities."""
    return json.dumps(result.model_dump(mode="json"), allow_nan=False).encode()


def complete(journal: Path, results: Sequence[Result]) -> None:
    """Append the results that the journal lacks, for example because the disk was full."""
    held = set(journal.read_bytes().splitlines()) if journal.exists() else set()
    for result in results:
        if encode(result) not in held:
            append(journal, result)


def read(journal: Path) -> tuple[list[Result], list[str]]:
    """Results in order of arrival, and a remark for each half-written line.

    A line that is JSON but no Result raises ReportError: leaving it out would hide a row.
    """
    try:
        lines = journal.read_bytes().splitlines()
    except OSError as error:
        raise ReportError(
            f"{journal}: can't be read: {error.strerror}; a run folder holds its rows in {NAME}; "
            "name a folder that a run has left"
        ) from error
    results, remarks = [], []
    for number, line in enumerate(lines, 1):
        payload = _parse(line)
        if payload is not None:
            results.append(_result(journal, number, payload))
        elif line.strip():
            remarks.append(
                f"Line {number} of {NAME} is half-written, as a kill or a full disk leaves it; "
                "that row is not in this report."
            )
    return results, remarks


def _parse(line: bytes) -> Any | None:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _result(journal: Path, number: int, payload: Any) -> Result:
    try:
        return Result.model_validate(payload)
    except ValidationError as error:
        raise ReportError(
            f"{journal}:{number}: no row of this harness: {problems(error):.300}; "
            "it was written by another version, or edited; report it with the version that ran"
        ) from error
