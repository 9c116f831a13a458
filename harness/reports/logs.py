"""What the worker processes of failing rows printed, as files of the run folder."""

import re
import shutil
from pathlib import Path, PurePosixPath

from harness.results import files as disk
from harness.results.result import Result
from harness.results.row import Row

FOLDER = "logs"
MAX_BYTES = 64 * 1024
"""Of a log's text; its end is kept, where a crash says what it was."""
MAX_NAME = 180
"""Characters of a log's name; file systems allow 255 bytes."""
_PART = "[A-Za-z0-9_][A-Za-z0-9._-]*"
_PATH = re.compile(rf"{FOLDER}/(?:{_PART}/)?{_PART}\.log")


def is_log_path(text: str) -> bool:
    """Whether a row's `log` is a path that this module makes, and so is safe to link to.

    >>> is_log_path("logs/a-b.log"), is_log_path("logs/20261122T205900Z-3fa9c1/a.log")
    (True, True)
    >>> is_log_path("logs/../a.log"), is_log_path("javascript:logs/a.log"), is_log_path("")
    (False, False, False)
    """
    return bool(_PATH.fullmatch(text))


def store(folder: Path, result: Result) -> Result:
    """Write a failing result's log text below `folder`; the result with the path in its place.

    The log of a row that does not fail is dropped. Raises OSError; the text of `result` is then
    still in it.
    """
    if not result.log or result.row.status.kind != "failing":
        return without_text(result)
    (folder / FOLDER).mkdir(exist_ok=True)
    path = _free(folder / FOLDER, safe_name(result.row))
    disk.write(path, bounded(result.log))
    return _with_path(result, f"{FOLDER}/{path.name}")


def without_text(result: Result) -> Result:
    """The result without log text, where there is no place to keep it."""
    return result.model_copy(update={"log": ""}) if result.log else result


def safe_name(row: Row) -> str:
    """A file name without its suffix: case, image, candidate and scope, in plain characters.

    >>> from harness.testing.sample_rows import make_row
    >>> safe_name(make_row(case="a/b", image="Ä 1.jpg"))
    'a_b-__1.jpg-relay-graph'
    """
    name = f"{row.case}-{row.image}-{row.candidate}-{row.scope}"
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)[:MAX_NAME]
    return plain if re.match("[A-Za-z0-9_]", plain) else f"_{plain[1:]}"


def bounded(text: str) -> bytes:
    r"""The end of a text as at most MAX_BYTES of UTF-8; a first line says what was left out.

    Control characters stay as they are; undecodable bytes, `\udcff`, are written out.
    """
    content = text.encode("utf-8", "backslashreplace")
    if len(content) <= MAX_BYTES:
        return content
    head = f"[the first of {len(content)} bytes are left out]\n".encode()
    tail = content[len(head) - MAX_BYTES :].decode("utf-8", "ignore")
    return head + tail.encode()


def under_origin(result: Result, origin: str) -> Result:
    """The result with its log's path below the name of the run folder that it comes from.

    A path that is below such a name already stays, so that a row merged twice is still one row.
    """
    found = PurePosixPath(result.row.log)
    if len(found.parts) != len((FOLDER, found.name)):
        return result
    return _with_path(result, f"{FOLDER}/{origin}/{found.name}")


def copy(origin: Path, target: Path, *, below: str = "") -> None:
    """Copy a run folder's logs into another: those of its own below `below`, the rest as they lie.

    What can't be copied is left out: a log is not worth a report.
    """
    for path in sorted((origin / FOLDER).rglob("*.log")):
        parts = path.relative_to(origin / FOLDER).parts
        copied = (target / FOLDER).joinpath(*((below, *parts) if len(parts) == 1 else parts))
        try:
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copied)
        except OSError:
            continue


def _with_path(result: Result, path: str) -> Result:
    row = result.row.model_copy(update={"log": path})
    return result.model_copy(update={"row": row, "log": ""})


def _free(folder: Path, name: str) -> Path:
    """A path that no other row has: names that differ can be the same in plain characters."""
    path, number = folder / f"{name}.log", 1
    while path.exists():
        number += 1
        path = folder / f"{name}-{number}.log"
    return path
