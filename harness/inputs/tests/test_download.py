"""Downloads from a real server on this machine that can misbehave."""

import hashlib
import http.server
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pooch
import pytest

from harness.errors import AssetError
from harness.inputs import download as module
from harness.inputs.download import download, git_blob_of, sha256_of, without_secrets

CONTENT = b"weights " * 5000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
GIT_BLOB = hashlib.sha1(b"blob %d\0" % len(CONTENT) + CONTENT).hexdigest()


class Server(NamedTuple):
    """Address of the server, and the paths requested so far."""

    url: str
    asked: list[str]


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers as the last part of the path names; 404 for a name that is not known."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        what = self.path.split("?")[0].rsplit("/", 1)[-1].removesuffix(".pb")
        first = self.asked.count(self.path) == 1
        if what == "moved":
            self._answer(302, b"", ("Location", "/elsewhere/good.pb"))
        elif what == "busy-once" and first:
            self._answer(503, b"")
        elif what == "cut-once" and first:
            self._answer(200, CONTENT[:100], ("Content-Length", str(len(CONTENT))))
        elif what == "unsized-cut-once" and first:
            self._answer(200, CONTENT[:100], ("Connection", "close"))
        elif what == "wrong":
            self._answer(200, b"something else")
        elif what in ("good", "cut-once", "busy-once", "unsized-cut-once"):
            self._answer(200, CONTENT, ("Content-Length", str(len(CONTENT))))
        else:
            self._answer(404, b"no such thing")

    def _answer(self, status: int, body: bytes, header: tuple[str, str] = ("X", "x")) -> None:
        self.send_response(status)
        self.send_header(*header)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test output clean."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Start a server, and let pooch retry without waiting."""
    monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=lambda _: None))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    asked: list[str] = []
    handler = type("Handler", (_Handler,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield Server(f"http://127.0.0.1:{running.server_port}", asked)
        running.shutdown()
        thread.join()


def _content(folder: Path) -> list[str]:
    """What lies in the cache besides locks."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


@pytest.mark.parametrize("digest", [(SHA256, None), (None, GIT_BLOB), (SHA256, GIT_BLOB)])
@pytest.mark.parametrize("what", ["good", "moved", "cut-once", "busy-once", "unsized-cut-once"])
def test_a_download_arrives_whole_whatever_happens_once(
    server: Server, tmp_path: Path, digest: tuple[str | None, str | None], what: str
) -> None:
    target = tmp_path / "deep" / "model.pb"
    assert download(f"{server.url}/{what}.pb", target, *digest) == target
    assert target.read_bytes() == CONTENT
    assert _content(target.parent) == ["model.pb"]


def test_a_download_that_is_there_is_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    for _ in range(2):
        download(f"{server.url}/good.pb", tmp_path / "model.pb", None, GIT_BLOB)
    assert server.asked == ["/good.pb"]


@pytest.mark.parametrize("digest", [(SHA256, None), (None, GIT_BLOB)])
def test_a_spoilt_copy_is_replaced(
    server: Server, tmp_path: Path, digest: tuple[str | None, str | None]
) -> None:
    target = tmp_path / "model.pb"
    target.write_bytes(b"half of it")
    download(f"{server.url}/good.pb", target, *digest)
    assert target.read_bytes() == CONTENT


def test_parallel_workers_download_once(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "model.pb"
    with ThreadPoolExecutor(4) as pool:
        jobs = [
            pool.submit(download, f"{server.url}/good.pb", target, SHA256, None) for _ in range(4)
        ]
    assert {job.result() for job in jobs} == {target}
    assert server.asked == ["/good.pb"]


@pytest.mark.parametrize(
    ("digest", "expected"), [((SHA256, None), SHA256), ((None, GIT_BLOB), GIT_BLOB)]
)
def test_a_wrong_digest_says_expected_and_found_and_keeps_nothing(
    server: Server, tmp_path: Path, digest: tuple[str | None, str | None], expected: str
) -> None:
    with pytest.raises(
        AssetError, match=rf"/wrong.pb can't be obtained.*expected (sha256:)?{expected}"
    ):
        download(f"{server.url}/wrong.pb", tmp_path / "model.pb", *digest)
    assert _content(tmp_path) == []
    assert len(server.asked) == 1 + module.RETRIES


def test_404_is_reported_at_once_without_asking_again(server: Server, tmp_path: Path) -> None:
    with pytest.raises(
        AssetError, match=r"/gone.pb can't be obtained: the server answered 404 Not Found"
    ):
        download(f"{server.url}/gone.pb", tmp_path / "model.pb", SHA256, None)
    assert server.asked == ["/gone.pb"]
    assert _content(tmp_path) == []


@pytest.mark.usefixtures("server")
def test_a_refused_connection_is_reported_in_two_words(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening, so nobody else can answer here
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/model.pb"
        with pytest.raises(
            AssetError, match=r"can't be obtained: \[Errno \d+\] Connection refused$"
        ):
            download(url, tmp_path / "model.pb", SHA256, None)


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("url", ["http://[::1/model.pb", "http:///model.pb", "https://"])
def test_a_broken_address_is_an_asset_error(tmp_path: Path, url: str) -> None:
    with pytest.raises(AssetError, match="can't be obtained"):
        download(url, tmp_path / "model.pb", SHA256, None)


def test_a_download_stops_when_it_grows_too_large(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_DOWNLOAD_BYTES", len(CONTENT) - 1)
    with pytest.raises(AssetError, match=f"larger than {len(CONTENT) - 1} bytes.* by hand"):
        download(f"{server.url}/good.pb", tmp_path / "model.pb", SHA256, None)
    assert _content(tmp_path) == []
    assert server.asked == ["/good.pb"]


def test_the_largest_download_that_is_allowed(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_DOWNLOAD_BYTES", len(CONTENT))
    download(f"{server.url}/good.pb", tmp_path / "model.pb", SHA256, None)


def test_nothing_is_printed_where_there_is_no_terminal(
    server: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    download(f"{server.url}/good.pb", tmp_path / "model.pb", SHA256, None)
    assert capfd.readouterr() == ("", "")


def test_a_progress_bar_and_no_password_is_shown_on_a_terminal(
    server: Server,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr(pooch.get_logger(), "handlers", [caplog.handler])
    url = server.url.replace("//", "//me:s3cret@") + "/good.pb"
    download(url, tmp_path / "model.pb", SHA256, None)
    shown = capsys.readouterr()
    assert "100%" in shown.err
    assert "s3cret" not in shown.err + shown.out + caplog.text


def test_no_password_reaches_a_report(server: Server, tmp_path: Path) -> None:
    url = server.url.replace("//", "//me:s3cret@") + "/gone.pb?token=s3cret"
    with pytest.raises(AssetError) as caught:
        download(url, tmp_path / "model.pb", SHA256, None)
    assert "s3cret" not in str(caught.value)
    assert without_secrets(url) == server.url + "/gone.pb"


def test_digests_are_those_of_sha256sum_and_git(tmp_path: Path) -> None:
    path = tmp_path / "hello"
    path.write_bytes(b"hello\n")
    assert git_blob_of(path) == "ce013625030ba8dba906f756967f9e9ca394464a"  # git hash-object
    assert sha256_of(path) == "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
