"""Folders that a run of two rows leaves, with journals of other lines."""

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.reports.folder import RunFolder
from harness.results.journal import encode
from harness.testing.sample_rows import make_result, make_run

Maker = Callable[[Path], object]
"""Changes a run folder that is whole."""
RUN = "20260101T000000Z-abcdef"
JOURNAL, RECORD = "journal.jsonl", "run.json"
ROWS = [make_result(), make_result(scope="end_to_end")]
LINES = [encode(one) for one in ROWS]


@lru_cache(1)
def _files() -> dict[str, bytes]:
    """The files of a run of two rows, as a run leaves them."""
    with TemporaryDirectory() as root:
        folder = RunFolder.create(Path(root), make_run(id=RUN))
        folder.finish(make_run(id=RUN), ROWS)
        return {path.name: path.read_bytes() for path in folder.path.iterdir()}


def write_run(folder: Path) -> None:
    """A run folder that is whole."""
    folder.mkdir(parents=True)
    for name, data in _files().items():
        (folder / name).write_bytes(data)


def journal(*lines: bytes) -> Maker:
    """A journal of these lines."""
    return lambda folder: (folder / JOURNAL).write_bytes(b"".join(line + b"\n" for line in lines))


def line_behind(data: bytes) -> Maker:
    """A whole line behind the two rows."""
    return journal(*LINES, data)


def behind(data: bytes) -> Maker:
    """Bytes behind the two rows, without the end of a line."""

    def change(folder: Path) -> None:
        with (folder / JOURNAL).open("ab") as file:
            file.write(data)

    return change


def row(**fields: object) -> bytes:
    """A line whose row has other fields."""
    value = json.loads(LINES[0])
    value["row"].update(fields)
    return json.dumps(value).encode()


def without(field: str) -> bytes:
    """A line whose row lacks a field."""
    value = json.loads(LINES[0])
    del value["row"][field]
    return json.dumps(value).encode()
