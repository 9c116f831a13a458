"""The inputs that are kept: `corpus/TARGET/NAME`, and of each finding its traceback, `NAME.txt`."""

import hashlib
import re
from pathlib import Path

from harness.testing.fuzz.contract import Finding

FOLDER = Path(__file__).parent / "corpus"
TEXT = ".txt"


def inputs(target: str, folder: Path = FOLDER) -> list[Path]:
    """The files of a target's inputs, sorted by name."""
    found = (folder / target).glob("*")
    return sorted(path for path in found if path.is_file() and path.suffix != TEXT)


def store(target: str, data: bytes, finding: Finding, folder: Path = FOLDER) -> Path:
    """Keep an input that broke the contract, and what happened; returns the input's file."""
    path = folder / target / f"found-{hashlib.sha256(data).hexdigest()[:12]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    text = re.sub(r"/[\w/]*/parity-fuzz-\w+", "FOLDER", f"{finding.signature}\n{finding.text}\n")
    path.with_name(path.name + TEXT).write_text(text, encoding="utf-8", errors="backslashreplace")
    return path
