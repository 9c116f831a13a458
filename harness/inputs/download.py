"""URL → verified file in a cache folder.

pooch downloads to a temporary file, moves it into place once the digest fits, retries after a
broken connection, and shows a progress bar. Added here is what it lacks: git blob ids, a bound on
the size, and a lock between processes.
"""

import hashlib
import re
import sys
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

import pooch
from filelock import FileLock
from requests.exceptions import HTTPError, RequestException

from harness.errors import AssetError

MAX_DOWNLOAD_BYTES = 2 << 30
"""protobuf can't read a model beyond 2 GiB anyway."""
RETRIES = 2
"""How often a failed download is tried again."""
TIMEOUT_S = (15, 60)
"""Seconds to wait for the connection, and for the next bytes on it."""
CHUNK_BYTES = 1 << 16
_RETRIED = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, in hex; raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def git_blob_of(path: Path) -> str:
    r"""Id that git gives a file's content: SHA-1 of `blob <size>\0` and the content; OSError.

    Source: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    """
    start = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: start).hexdigest()


def difference(path: Path, sha256: str | None, git_blob: str | None) -> str:
    """How the file's digest differs from the expected ones; empty where it does not."""
    if sha256 and (found := sha256_of(path)) != sha256:
        return f"its sha256 is wrong: expected {sha256}, found {found}"
    if git_blob and (found := git_blob_of(path)) != git_blob:
        return f"its git blob id is wrong: expected {git_blob}, found {found}"
    return ""


def without_secrets(url: str) -> str:
    """The address without password and query, as a report may show it.

    >>> without_secrets("https://me:secret@example.org/a.pb?token=1")
    'https://example.org/a.pb'
    """
    return re.sub(r"//[^/]*@", "//", re.sub(r"[?#].*", "", url))


def download(url: str, target: Path, sha256: str | None, git_blob: str | None) -> Path:
    """Download `url` to `target` unless a file with the digest is there; raises AssetError.

    `target` is afterwards either absent or a file with the digest.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{target}.lock"):
        if target.is_file() and not difference(target, sha256, git_blob):
            return target
        target.unlink(missing_ok=True)
        try:
            _fetch(url, target, sha256, git_blob)
        except (RequestException, ValueError) as error:
            raise AssetError(
                f"{without_secrets(url)} can't be obtained: {_cause(error)}"
            ) from error
    return target


def _fetch(url: str, target: Path, sha256: str | None, git_blob: str | None) -> None:
    interactive = sys.stderr.isatty()
    pooch.get_logger().setLevel("WARNING")  # below that it prints addresses with their secrets
    http = pooch.HTTPDownloader(progressbar=interactive, chunk_size=CHUNK_BYTES, timeout=TIMEOUT_S)

    def deliver(url: str, output: str, _: object) -> None:
        with Path(output).open("wb") as file:
            try:
                http(url, _BoundedFile(file, url), None)
            except HTTPError as error:
                _raise_if_final(url, error)
                raise
        # pooch checks the sha256 itself, but not git blob ids. A ValueError makes it discard the
        # file and try again.
        if wrong := difference(Path(output), None, git_blob):
            raise ValueError(wrong)

    pooch.create(
        path=target.parent,
        base_url="",
        registry={target.name: f"sha256:{sha256}" if sha256 else None},
        urls={target.name: url},
        retry_if_failed=RETRIES,
    ).fetch(target.name, downloader=deliver)


def _raise_if_final(url: str, error: HTTPError) -> None:
    """Raise AssetError on an HTTP status that a retry won't change, such as 404."""
    status = error.response.status_code if error.response is not None else 0
    refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    if refused and status not in _RETRIED:
        raise AssetError(f"{without_secrets(url)} can't be obtained: {_cause(error)}") from error


class _BoundedFile:
    """The file that pooch writes to; a write beyond MAX_DOWNLOAD_BYTES raises AssetError."""

    def __init__(self, file: BinaryIO, url: str) -> None:
        self._file, self._url, self._left = file, url, MAX_DOWNLOAD_BYTES

    def write(self, chunk: bytes) -> None:
        self._left -= len(chunk)
        if self._left < 0:
            raise AssetError(
                f"{without_secrets(self._url)} is larger than {MAX_DOWNLOAD_BYTES} bytes, "
                "the most that is downloaded; if that is right, fetch it by hand and give its path"
            )
        self._file.write(chunk)

    def flush(self) -> None:
        self._file.flush()


def _cause(error: BaseException) -> str:
    """The innermost exception's message: requests wraps "Connection refused" four times."""
    if isinstance(error, HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}"
    while inner := error.__cause__ or error.__context__:
        error = inner
    return str(error) or type(error).__name__
