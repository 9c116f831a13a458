"""The images of one shared case: each ends in two rows of a status that the table says."""

import zlib
from pathlib import Path

from harness.testing.campaign import pictures
from harness.testing.campaign.fault import PASSING, CampaignFault, Done, Picture, pytest_run
from harness.testing.campaign.raw_files import make_fifo, noise, sparse
from harness.testing.tiny import write_case

SVG = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"
TEXT_BOMB = pictures.chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(100 << 20)))


TOLERANT = "tolerance = { graph = { atol = 0.01 }, end_to_end = { atol = 0.1 } }"
"""The fake programs differ by more than rounding where a picture has few colours."""


def good(file: str, make: pictures.Maker, *words: str) -> Picture:
    """An image that both programs read."""
    return Picture(file, make, PASSING, words)


def bad(file: str, make: pictures.Maker, *words: str) -> Picture:
    """An image that the deployed decoder refuses."""
    return Picture(file, make, "no_evidence", ("nothing was compared", *words))


def absent(file: str, make: pictures.Maker, *words: str) -> Picture:
    """A file that can't be obtained."""
    return Picture(file, make, "missing_asset", words)


PICTURES = [
    good("plain.jpg", pictures.photo()),
    good("one-pixel.png", pictures.photo(size=(1, 1))),
    good("one-row.png", pictures.photo(size=(5000, 1))),
    good("one-column.png", pictures.photo(size=(1, 5000))),
    good("grey.jpg", pictures.photo(mode="L")),
    good("cmyk.jpg", pictures.photo(mode="CMYK"), "colour mode CMYK"),
    good("palette.png", pictures.photo(mode="P"), "colour mode P"),
    good("alpha.png", pictures.photo(mode="RGBA"), "colour mode RGBA"),
    good("grey-alpha.png", pictures.photo(mode="LA"), "colour mode LA"),
    good("one-bit.png", pictures.photo(mode="1"), "colour mode 1"),
    good("sixteen-bits.png", pictures.deep, "colour mode I;16"),
    good("progressive.jpg", pictures.photo(progressive=True)),
    good("still.gif", pictures.photo()),
    good("moving.gif", pictures.animation),
    good("plain.bmp", pictures.photo()),
    good("plain.webp", pictures.photo()),
    good("plain.tiff", pictures.photo()),
    good("plain.ppm", pictures.photo()),
    good("plain.ico", pictures.photo()),
    good("png.jpg", pictures.content(pictures.encoded("PNG")), "the content is PNG"),
    good("jpeg.png", pictures.content(pictures.encoded("JPEG")), "the content is JPEG"),
    good("gif.jpg", pictures.content(pictures.encoded("GIF")), "the content is GIF"),
    good("no-suffix", pictures.content(pictures.encoded("PNG")), "the content is PNG"),
    *(good(f"turned-{n}.jpg", pictures.oriented(n)) for n in (2, 3, 6, 8)),
    good("turned-99.jpg", pictures.oriented(99)),
    good("exif-noise.jpg", pictures.with_segment(0xE1, b"Exif\0\0" + noise(5000))),
    good("profile-noise.jpg", pictures.with_segment(0xE2, b"ICC_PROFILE\0\1\1" + noise(5000))),
    good("long-comment.jpg", pictures.with_segment(0xFE, b"c" * 65000)),
    good("two-jpegs.jpg", pictures.behind(pictures.encoded("JPEG"))),
    good("noise-behind.jpg", pictures.behind(noise(100_000))),
    bad("empty.jpg", pictures.content(b""), "the file has 0 bytes; expected 1 to"),
    bad("one-byte.jpg", pictures.content(b"\xff"), "Pillow can't read it"),
    bad("two-bytes.jpg", pictures.content(b"\xff\xd8"), "Pillow can't read it"),
    bad("noise.jpg", pictures.content(noise(5000)), "Pillow can't read it"),
    bad("zeros.png", pictures.content(bytes(5000)), "Pillow can't read it"),
    bad("text.jpg", pictures.content(b"this is no image\n"), "Pillow can't read it"),
    bad("page.jpg", pictures.content(b"<!DOCTYPE html>\n<title>404"), "Pillow can't read it"),
    bad("drawing.svg", pictures.content(SVG), "Pillow can't read it"),
    bad("document.pdf", pictures.content(b"%PDF-1.7\n%\xe2\xe3\n"), "Pillow can't read it"),
    bad("program.eps", pictures.content(EPS), "Pillow can't"),
    bad("archive.jpg", pictures.content(b"PK\3\4" + bytes(99)), "Pillow can't read it"),
    bad("cut-header.jpg", pictures.cut("JPEG", 0.05), "Pillow can't read it"),
    bad("cut-half.jpg", pictures.cut("JPEG", 0.9), "Pillow can't decode it"),
    bad("cut-header.png", pictures.cut("PNG", 0.04), "Pillow can't read it"),
    bad("cut-half.png", pictures.cut("PNG", 0.5), "Pillow can't decode it"),
    bad("cut-half.gif", pictures.cut("GIF", 0.3), "Pillow can't"),
    bad("cut-half.bmp", pictures.cut("BMP", 0.5), "Pillow can't decode it"),
    bad("cut-half.webp", pictures.cut("WEBP", 0.5), "Pillow can't"),
    bad("cut-half.tiff", pictures.cut("TIFF", 0.5), "Pillow can't"),
    bad("cut-header.bmp", pictures.cut("BMP", 0.05), "Pillow can't read it"),
    bad("wrong-check.png", pictures.png(9, 9, crc=1), "Pillow can't read it"),
    bad("no-rows.png", pictures.png(9, 9, rows=b""), "Pillow can't decode it"),
    bad("no-width.png", pictures.png(0, 9), "Pillow can't"),
    bad("bad-depth.png", pictures.png(9, 9, depth=7), "Pillow can't read it"),
    bad("huge.png", pictures.png(20_000, 20_000), "raise limits.max_pixels"),
    bad("endless.png", pictures.png((1 << 31) - 1, (1 << 31) - 1), "raise limits.max_pixels"),
    bad("huge.bmp", pictures.bmp(30_000, 30_000), "raise limits.max_pixels"),
    bad("endless.bmp", pictures.bmp((1 << 31) - 1, 2), "raise limits.max_pixels"),
    bad("huge.gif", pictures.gif(65_535, 65_535), "raise limits.max_pixels"),
    bad("huge.jpg", pictures.jpeg_claims(65_000, 65_000), "raise limits.max_pixels"),
    good("tall.jpg", pictures.jpeg_claims(9, 60_000)),
    bad("text-bomb.png", pictures.png(9, 9, TEXT_BOMB), "Pillow can't"),
    bad("too-long.jpg", sparse((256 << 20) + 1), "expected 1 to 268435456"),
    absent("gone.jpg", lambda _: None, "is missing: no file", "fetch the file"),
    absent("folder.jpg", lambda path: path.mkdir(), "is no file", "name the file itself"),
    absent("pipe.jpg", make_fifo, "is no file", "name the file itself"),
    absent("dangling.jpg", lambda path: path.symlink_to("nowhere"), "is missing"),
    bad("itself.jpg", lambda path: path.symlink_to(path.name), "is no usable path"),
    bad("secret.jpg", lambda path: path.symlink_to("/etc/passwd"), "--parity-asset-root"),
    bad("device.jpg", lambda path: path.symlink_to("/dev/zero"), "--parity-asset-root"),
]
"""The images of the shared run."""


def make_album(work: Path) -> None:
    """A case of all pictures."""
    write_case(work, images=(), candidates=("stack = 'fake'\ntarget = 'calm'",), top=TOLERANT)
    for picture in PICTURES:
        picture.make(work / "cases" / picture.file)
    text = (work / "cases" / "tiny.toml").read_text("utf-8")
    text += "".join(f"[[images]]\npath = '{picture.file}'\n" for picture in PICTURES)
    (work / "cases" / "tiny.toml").write_text(text, encoding="utf-8")


ALBUM = CampaignFault(
    "every picture",
    make_album,
    pytest_run(),
    Done(code=1),
)
"""The run that the pictures share."""
