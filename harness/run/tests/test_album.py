"""Difficult images through real TensorFlow and real TVM: one run of a case that holds them all."""

import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import PIL.Image
import pytest

from harness.testing.tiny import write_case, write_image

pytestmark = [
    pytest.mark.relay,
    pytest.mark.usefixtures("relay_here"),
    pytest.mark.xdist_group("album"),  # its one run is shared by all tests here
]

RELAY = "stack = 'relay'\nlayout = 'NCHW'"
END_TO_END = {
    "plain.jpg": "match",
    "grey.jpg": "match",
    "one.png": "match",
    "rgba.png": "match",
    "png-called.jpg": "mismatch",  # two classes are nearly as good, and the resizes differ
    "rotated.jpg": "match",
    "cmyk.jpg": "match",
    "deep.png": "mismatch",
}
GOOD = ("plain.jpg", "grey.jpg", "one.png", "rgba.png", "png-called.jpg", "rotated.jpg", "cmyk.jpg")


def _huge_png(path: Path) -> Any:
    """A few bytes that claim to be 20 000 × 20 000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 100)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


def _images(folder: Path) -> Any:
    write_image(folder / "plain.jpg", seed=1, size=(40, 30))
    write_image(folder / "grey.jpg", seed=2, mode="L")
    write_image(folder / "one.png", seed=3, size=(1, 1))
    write_image(folder / "rgba.png", seed=4, mode="RGBA")
    write_image(folder / "cmyk.jpg", seed=5, mode="CMYK", size=(40, 30))
    source = write_image(folder / "source.png", seed=6)
    source.rename(folder / "png-called.jpg")
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    write_image(folder / "rotated.jpg", seed=7, size=(40, 20), exif=exif)
    deep = (np.arange(12 * 10).reshape(10, 12) * 540).astype(np.uint16)
    PIL.Image.fromarray(deep).save(folder / "deep.png")
    whole = write_image(folder / "short.jpg", seed=8, size=(60, 60)).read_bytes()
    (folder / "short.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "text.jpg").write_text("this is no image\n")
    (folder / "empty.jpg").write_bytes(b"")
    _huge_png(folder / "huge.png")
    return sorted(p.name for p in folder.iterdir() if p.suffix in (".jpg", ".png"))


@pytest.fixture(scope="module")
def album(relay_here: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One case of every difficult image, run once with -n 2; rows by (image, scope)."""
    folder = tmp_path_factory.mktemp("album")
    (folder / "cases").mkdir()
    names = _images(folder / "cases")
    top = "preprocess = { size = [16, 16] }\ntolerance = { end_to_end = { atol = 0.2 } }"
    write_case(folder, images=names, candidates=(RELAY, RELAY + "\nopt_level = 0"), top=top)
    (folder / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n")
    environment = {**os.environ, "PARITY_CACHE": str(folder / "cache")}
    command = [sys.executable, "-m", "pytest", "-n", "2", "cases", "--parity-full-evidence"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    rows = pd.read_csv(folder / "reports" / "latest" / "rows.csv", keep_default_na=False)
    assert "INTERNALERROR" not in done.stdout, done.stdout
    return rows, names


def _end(album: Any, image: Any, scope: Any, candidate: Any = "relay-llvm-nchw") -> Any:
    rows, _ = album
    found = rows[(rows.image == image) & (rows.scope == scope) & (rows.candidate == candidate)]
    assert len(found) == 1
    return found.iloc[0]


def test_every_image_has_its_rows(album: Any) -> None:
    rows, names = album
    assert len(rows) == 2 * 2 * len(names)
    assert set(rows.image) == set(names)


@pytest.mark.parametrize("image", GOOD)
def test_what_both_decode_is_compared_and_the_compiler_agrees(album: Any, image: Any) -> None:
    row = _end(album, image, "graph")
    assert row.status == "match", row.reason
    assert float(row.max_abs) < 5e-6


@pytest.mark.parametrize(("image", "status"), END_TO_END.items())
def test_end_to_end_ends_as_the_two_decoders_differ(album: Any, image: str, status: str) -> None:
    row = _end(album, image, "end_to_end")
    assert row.status == status, row.reason


@pytest.mark.parametrize("image", ["plain.jpg", "grey.jpg", "rotated.jpg"])
def test_end_to_end_a_tie_is_what_the_other_idct_could_swap(album: Any, image: Any) -> None:
    row = _end(album, image, "end_to_end")
    twice = 2 * abs(float(row.moved_decode_effect))
    assert float(row.near_tie) >= twice * (1 - 1e-6)
    assert float(row.near_tie) > float(_end(album, image, "graph").near_tie)


@pytest.mark.parametrize("image", ["rgba.png", "png-called.jpg", "cmyk.jpg"])
def test_other_differences_between_decoders_excuse_no_swap(album: Any, image: Any) -> None:
    assert float(_end(album, image, "end_to_end").near_tie) < 1e-4


def test_each_module_was_built_once(album: Any) -> None:
    rows, _ = album
    built = rows[rows.cache == "built"].groupby("candidate").image.nunique()
    assert built.to_dict() == {"relay-llvm-nchw": 1, "relay-llvm-nchw-o0": 1}


def test_a_png_called_jpg_is_remarked_upon(album: Any) -> None:
    assert "content is PNG" in _end(album, "png-called.jpg", "graph").notes


def test_a_cut_jpeg_is_told_of_by_both_decoders(album: Any) -> None:
    row = _end(album, "short.jpg", "end_to_end")
    assert row.status == "no_evidence"
    assert "Pillow can't" in row.reason
    assert "TensorFlow" in row.reason


@pytest.mark.parametrize("image", ["text.jpg", "empty.jpg", "short.jpg"])
def test_what_is_no_image_compares_nothing(album: Any, image: Any) -> None:
    assert _end(album, image, "graph").status == "no_evidence"


def test_a_huge_image_is_refused_before_it_is_decoded(album: Any) -> None:
    for scope in ("graph", "end_to_end"):
        row = _end(album, "huge.png", scope)
        assert row.status == "no_evidence"
        assert "20000×20000" in row.reason


def test_sixteen_bits_are_told_apart(album: Any) -> None:
    """Pillow clips what TensorFlow scales: a divergence of the decoders, not the compiler."""
    assert _end(album, "deep.png", "graph").status == "match"
    row = _end(album, "deep.png", "end_to_end")
    assert "colour mode I;16" in row.notes
    assert row.status == "mismatch"
