"""Images that are somewhere else, have hostile names, or are given to single commands."""

import os
from collections.abc import Callable
from pathlib import Path

from harness.testing.campaign import pictures
from harness.testing.campaign.fault import (
    IMAGE,
    MODEL,
    CampaignFault,
    CampaignRun,
    Done,
    NotCollected,
    Rows,
    check,
    parity,
    pytest_run,
    refused,
    rows,
)
from harness.testing.tiny import write_case, write_image

BRACKETS = "photo[1].jpg"
"""A name that is a pattern too; the file that exists wins."""


Make = Callable[[Path], object]


def _case(*images: str, files: tuple[str, ...] = ()) -> Make:
    """A case whose `[[images]]` are these lines, and photos beside it."""

    def make(work: Path) -> None:
        path = write_case(work, images=(), candidates=("stack = 'fake'\ntarget = 'calm'",))
        for file in files:
            write_image(path.parent / file, format="JPEG")
        text = path.read_text("utf-8") + "".join(f"[[images]]\n{one}\n" for one in images)
        path.write_text(text, encoding="utf-8")

    return make


SKIPPED = 5
"""pytest's exit code where every row was skipped."""
DIGEST = "sha256 = '" + "0" * 64 + "'"
URL = f"url = 'http://localhost:1/photo.jpg'\n{DIGEST}"
HOSTILE_NAMES = (
    b"\xff\xfe.jpg",
    b"line\nbreak.jpg",
    b"esc\x1b[2J.jpg",
    b"[red]x[!y].jpg",
    b"=1+1.jpg",
    "\u202egpj.exe.jpg".encode(),
)


def _hostile_names(work: Path) -> None:
    _case("path = '*.jpg'")(work)
    folder = os.fsencode(work / "cases")
    for name in HOSTILE_NAMES:
        with open(os.path.join(folder, name), "wb") as file:  # noqa: PTH123, PTH118  bytes
            file.write(pictures.encoded("JPEG"))


def skipped(*words: str) -> Rows:
    """Two rows that are skipped, and pytest's exit code for that."""
    return rows("missing_asset", *words, code=SKIPPED)


def _no_image(name: str, words: str = "no image file") -> CampaignFault:
    run = check(image=name)
    return CampaignFault(
        f"an image of the command line: {name[:20]!r}", lambda _: None, run, refused(words)
    )


FAULTS = [
    CampaignFault(
        "brackets",
        _case(f"path = '{BRACKETS}'", files=(BRACKETS,)),
        pytest_run(),
        rows("match", code=0),
    ),
    CampaignFault(
        "names that are hostile", _hostile_names, pytest_run(), rows("match", code=0, count=12)
    ),
    CampaignFault(
        "a pattern without a match",
        _case("path = '*.jpeg'"),
        pytest_run(),
        NotCollected(("*.jpeg", "matches no file")),
    ),
    CampaignFault(
        "a pattern above the case",
        _case("path = '../**/*.jpg'"),
        pytest_run(),
        NotCollected(("--parity-asset-root",)),
    ),
    CampaignFault(
        "dots behind a wildcard",
        _case("path = '*/../../*.jpg'"),
        pytest_run(),
        NotCollected(("..",)),
    ),
    CampaignFault(
        "a path above the case",
        _case("path = '../a.jpg'"),
        pytest_run(),
        rows("no_evidence", "--parity-asset-root"),
    ),
    CampaignFault(
        "an absolute path",
        _case("path = '/etc/passwd'"),
        pytest_run(),
        rows("no_evidence", "--parity-asset-root"),
    ),
    CampaignFault(
        "a path of 5000 letters",
        _case(f"path = '{'p' * 5000}'"),
        pytest_run(),
        skipped("File name too long"),
    ),
    CampaignFault(
        "a path with NUL",
        _case('path = "a\\u0000.jpg"'),
        pytest_run(),
        rows("no_evidence", "no usable path"),
    ),
    CampaignFault(
        "another digest",
        _case(f"path = 'x.jpg'\n{DIGEST}", files=("x.jpg",)),
        pytest_run(),
        rows("no_evidence", "correct the digest"),
    ),
    CampaignFault(
        "a package that is not installed",
        _case("package = 'no-such-package'\nfile = 'x.jpg'"),
        pytest_run(),
        skipped("pip install"),
    ),
    CampaignFault(
        "a file that a package lacks",
        _case("package = 'numpy'\nfile = 'x.jpg'"),
        pytest_run(),
        NotCollected(("lists no file",)),
    ),
    CampaignFault(
        "a url, offline",
        _case(URL),
        pytest_run("cases", "--parity-offline"),
        skipped("offline is set", "PARITY_MIRROR"),
    ),
    CampaignFault("a url that nobody answers", _case(URL), pytest_run(), skipped("PARITY_MIRROR")),
    CampaignFault(
        "a glob of one digest",
        _case(f"path = '*.jpg'\n{DIGEST}", files=("x.jpg", "y.jpg")),
        pytest_run(),
        NotCollected(("digest",)),
    ),
    CampaignFault(
        "one name for two images",
        _case("path = 'x.jpg'\nname = 'n'", "path = 'y.jpg'\nname = 'n'", files=("x.jpg", "y.jpg")),
        pytest_run(),
        NotCollected(("n",)),
    ),
    CampaignFault(
        "unreadable",
        lambda work: (work / IMAGE).chmod(0),
        CampaignRun(check().words, unprivileged=True),
        refused("a.jpg", "is not readable"),
    ),
    _no_image("gone.jpg"),
    _no_image("."),
    _no_image("/dev/zero"),
    _no_image("i" * 5000),
    _no_image(""),
    CampaignFault(
        "check, with an empty image",
        lambda work: (work / IMAGE).write_bytes(b""),
        check("--json"),
        rows("no_evidence", "expected 1 to"),
    ),
    CampaignFault(
        "explain, with text",
        lambda work: (work / IMAGE).write_bytes(b"hello"),
        parity("explain", MODEL, IMAGE, "--candidate", "stack=fake", "--json"),
        Done(("Pillow can't read it",), code=1),
    ),
    CampaignFault(
        "bench, with text",
        lambda work: (work / IMAGE).write_bytes(b"hello"),
        parity(
            "bench", MODEL, "--image", IMAGE, "--candidate", "stack=fake", "--rounds", "1", "--json"
        ),
        Done(("no_evidence", "Pillow can't read it"), code=1),
    ),
]
