"""Case files that say something they may not say; a pytest run for each."""

import re
from collections.abc import Callable
from pathlib import Path

from harness.testing.campaign.case_keys import CANDIDATES, TOP
from harness.testing.campaign.fault import (
    CampaignFault,
    CampaignRun,
    Done,
    Expected,
    NotCollected,
    nothing,
    pytest_run,
    rows,
)
from harness.testing.campaign.raw_files import make_fifo, noise, sparse
from harness.testing.tiny import write_case

BODY = (
    "[model]\npath = 'model.pb'\n[[images]]\npath = 'a.jpg'\n"
    "[[candidates]]\nstack = 'fake'\ntarget = 'calm'\n"
)


def _raw(content: bytes | str) -> Callable[[Path], object]:
    """A case file of that content, beside a good model and image."""

    def make(work: Path) -> None:
        path = write_case(work)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return make


RAW: dict[str, tuple[bytes | str, tuple[str, ...]]] = {
    "empty": (b"", ("model",)),
    "one quote": (b"'", ("not valid TOML",)),
    "a line without a value": (b"k =\n" + BODY.encode(), ("toml:1", "not valid TOML")),
    "a table twice": (BODY + "[model]\npath = 'x'\n", ("not valid TOML",)),
    "a key twice": ("k = 1\nk = 2\n" + BODY, ("toml:2", "not valid TOML")),
    "a table cut short": (BODY + "[limits", ("not valid TOML",)),
    "noise": (noise(3000), (".toml",)),
    "NUL": (b"\0" * 100, ("not valid TOML",)),
    "UTF-16": (BODY.encode("utf-16"), (".toml",)),
    "Latin-1": (b"description = '\xe9'\n" + BODY.encode(), (".toml",)),
    "JSON": (b'{"model": {}}', ("not valid TOML",)),
    "YAML": (b"model:\n  path: x\n", ("not valid TOML",)),
    "a list nested too deep": (b"k = " + b"[" * 50_000, (".toml",)),
    "a table nested too deep": (b"k = " + b"{a=" * 50_000, (".toml",)),
    "a dotted key of 20 000 parts": (b".".join([b"a"] * 20_000) + b" = 1\n", (".toml",)),
    "a heading of 20 000 parts": (b"[" + b".".join([b"a"] * 20_000) + b"]\n", (".toml",)),
    "a number of 100 000 digits": (
        b"k = " + b"9" * 100_000 + b"\n" + BODY.encode(),
        (".toml",),
    ),
    "a megabyte of comment": (
        b"#" * (1 << 20) + b"\n" + BODY.encode(),
        ("larger than the 1048576 bytes accepted",),
    ),
    "a megabyte of keys": (b"k.a = 1\n" * 100, ("not valid TOML",)),
    "a date that does not exist": ("k = 2026-02-31\n" + BODY, ("not valid TOML",)),
    "no model": ("[[images]]\npath = 'a.jpg'\n", ("model",)),
    "no images": ("[model]\npath = 'model.pb'\n", ("images",)),
    "an empty list of images": (
        "images = []\n[model]\npath = 'model.pb'\n",
        ("images", "at least 1"),
    ),
    "an empty list of candidates": (
        "candidates = []\n[model]\npath = 'model.pb'\n[[images]]\npath = 'a.jpg'\n",
        ("candidates", "at least 1"),
    ),
    "a model that is text": ("model = 'model.pb'\n[[images]]\npath = 'a.jpg'\n", ("model",)),
    "a model that is a list": ("[[model]]\npath = 'x'\n[[images]]\npath = 'a.jpg'\n", ("model",)),
    "a model of the zoo that is unknown": (
        "model.zoo = 'lenet'\n[[images]]\npath = 'a.jpg'\n",
        ("zoo", "efficientnet-lite0"),
    ),
    "an image of the zoo": (
        "model.path = 'model.pb'\n[[images]]\nzoo = 'efficientnet-lite0'\n",
        ("zoo makes models, not images",),
    ),
}
"""Whole files."""


def _place(make: Callable[[Path], object]) -> Callable[[Path], object]:
    def placed(work: Path) -> None:
        write_case(work).unlink()
        make(work / "cases" / "tiny.toml")

    return placed


def _replaced(old: str, new: str) -> Callable[[Path], object]:
    return _raw(BODY.replace(old, new))


EXTRA: list[tuple[str, Callable[[Path], object], CampaignRun, Expected]] = [
    (
        "4 GiB",
        _place(sparse(4 << 30)),
        pytest_run(),
        NotCollected(("larger than the 1048576 bytes accepted",)),
    ),
    (
        "a dangling link",
        _place(lambda path: path.symlink_to("gone")),
        pytest_run("cases/tiny.toml"),
        Done(("not found: cases/tiny.toml",), code=4),
    ),
    (
        "a FIFO",
        _place(make_fifo),
        pytest_run("cases/tiny.toml"),
        Done(("not found", "tiny.toml"), code=4),
    ),
    (
        "a directory",
        _place(Path.mkdir),
        pytest_run("cases/tiny.toml"),
        Done(("collected 0 items",), code=5),
    ),
    (
        "unreadable",
        lambda work: write_case(work).chmod(0),
        CampaignRun(pytest_run().words, "pytest", unprivileged=True),
        NotCollected(("can't be read", "Permission denied")),
    ),
    (
        "a model that is missing",
        _replaced("model.pb", "gone.pb"),
        pytest_run(),
        rows("missing_asset", "fetch the file", code=5),
    ),
    (
        "a model above the case",
        _replaced("model.pb", "../../model.pb"),
        pytest_run(),
        rows("no_evidence", "--parity-asset-root"),
    ),
    (
        "a model that is a directory",
        _replaced("model.pb", "."),
        pytest_run(),
        rows("missing_asset", "name the file itself", code=5),
    ),
    (
        "an input that the graph lacks",
        _replaced("'model.pb'", "'model.pb'\ninput = 'x'"),
        pytest_run(),
        NotCollected(("no input tensor 'x'",)),
    ),
    (
        "an output that the graph lacks",
        _replaced("'model.pb'", "'model.pb'\noutput = 'softmx'"),
        pytest_run(),
        NotCollected(("nearest: softmax",)),
    ),
    (
        "labels of three classes",
        _raw(BODY + "[labels.names]\npath = 'l.txt'\n"),
        pytest_run(),
        rows("missing_asset", "l.txt", code=5),
    ),
    (
        "a stack that is not installed",
        _replaced("'fake'", "'absent'"),
        pytest_run(),
        rows("missing_stack", "pip install no-such-distribution", code=5),
    ),
    (
        "a stack whose entry point is broken",
        _replaced("'fake'", "'broken'"),
        pytest_run(),
        rows("missing_stack", "parity_fakes_gone", code=5),
    ),
]


def _wrong() -> dict[str, tuple[bytes | str, tuple[str, ...]]]:
    """Every case file that is refused: its content, and words of the message."""
    head = BODY[: BODY.index("stack")]
    top = {name: (f"{lines}\n{BODY}", words) for name, (lines, words) in TOP.items()}
    last = {name: (f"{head}{lines}\n", words) for name, (lines, words) in CANDIDATES.items()}
    return {**top, **last, **RAW}


WRONG = _wrong()


def file_name(name: str) -> str:
    """The node id of one of them."""
    return f"cases/{re.sub(r'[^A-Za-z0-9]+', '-', name)}.toml"


def _together(work: Path) -> None:
    write_case(work).unlink()
    for name, (content, _) in WRONG.items():
        data = content if isinstance(content, bytes) else content.encode()
        (work / file_name(name)).write_bytes(data)


TOGETHER = CampaignFault("every case file that is refused", _together, pytest_run(), Done(code=2))
"""The run that they share."""

FAULTS = [
    *(CampaignFault(name, make, run, expected) for name, make, run, expected in EXTRA),
    CampaignFault("a file that is not there", nothing, pytest_run("cases/gone.toml"), Done(code=4)),
]
