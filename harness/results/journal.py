"""journal.jsonl: every Result as it arrives, so that a killed run keeps what it had.

Each line is a JSON object whose first key says what it holds: `row` (a Result without the columns
that have their default), `thumbnail` (a picture, once, under its digest; rows name the digest) or
`torn` (that half a line was found here and removed). A line without a newline was being written
when its process ended.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

from pydantic_core import PydanticSerializationError

from harness.results import files as disk
from harness.results.result import Result

NAME = "journal.jsonl"
ROW, THUMBNAIL, TORN = b'{"row":', b'{"thumbnail":', b'{"torn":'
"""How the three kinds of lines begin."""

_HALF = re.compile("[\ud800-\udfff]")


def append(journal: Path, result: Result, thumbnails: set[str]) -> None:
    """Add a result, and its thumbnail unless `thumbnails` has its digest; then add that there.

    Raises OSError, and then the journal is as it was, but for half a line at its end.
    """
    torn = disk.cut_half_line(journal) if journal.exists() else 0
    lines = [json.dumps({"torn": torn}, separators=(",", ":")).encode()] if torn else []
    pictures = {digest: uri for digest, uri in _pictures(result) if digest not in thumbnails}
    lines += [_thumbnail(digest, uri) for digest, uri in pictures.items()]
    disk.append_line(journal, b"\n".join([*lines, encode(result)]))
    thumbnails.update(pictures)


def encode(result: Result) -> bytes:
    """The line of a result, without its end; plain JSON, also for infinities."""
    named = result.with_pictures(picture_digest)
    try:
        return named.model_dump_json(exclude_defaults=True).encode()
    except PydanticSerializationError:
        # Half a surrogate pair, of a file's name that is no UTF-8: it is written out.
        text = json.dumps(named.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)
        return _HALF.sub(lambda half: f"\\\\u{ord(half[0]):04x}", text).encode()


def picture_digest(uri: str) -> str:
    """By which a journal names a picture."""
    return hashlib.sha256(uri.encode()).hexdigest()


def _pictures(result: Result) -> list[tuple[str, str]]:
    """Digest and URI of each picture."""
    return [(picture_digest(uri), uri) for uri in result.pictures]


def write(journal: Path, results: Iterable[Result]) -> None:
    """A whole journal at once, in place of any that is there; raises OSError."""
    written = set[str]()
    with disk.replacing(journal) as file:
        for result in results:
            for digest, uri in _pictures(result):
                if digest not in written:
                    written.add(digest)
                    file.write(_thumbnail(digest, uri) + b"\n")
            file.write(encode(result) + b"\n")


def complete(journal: Path, results: Iterable[Result]) -> None:
    """Append the results that the journal lacks, for example because the disk was full."""
    held, thumbnails = set(), set[str]()
    if journal.exists():
        with journal.open("rb") as file:
            held = {line_digest(line.rstrip(b"\n")) for line in file}
    for result in results:
        if line_digest(encode(result)) not in held:
            append(journal, result, thumbnails)


def line_digest(line: bytes) -> bytes:
    """Stands for a line where many have to be remembered."""
    return hashlib.blake2b(line, digest_size=16).digest()


def _thumbnail(digest: str, uri: str) -> bytes:
    line = {"thumbnail": digest, "uri": uri}
    return json.dumps(line, separators=(",", ":")).encode()
