"""Image files of every kind: headers, pixels, and what is refused."""

import contextlib
import io
import struct
import warnings
import zlib

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from harness.errors import ImageError
from harness.inputs.jpeg_facts import facts
from harness.inputs.pixels import Header, decode, header, resize
from harness.inputs.tests.encoded_images import RAMP, encoded

LIMIT = 100_000_000
EXIF_TURNED = PIL.Image.Exif()
EXIF_TURNED[0x0112] = 6  # orientation: rotate by 90° clockwise to view


def png(width: int, height: int, data: bytes = b"", colour: int = 2, depth: int = 8) -> bytes:
    """A PNG whose header says what the arguments say."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IDAT", data or zlib.compress(b""))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


def test_a_header_says_what_the_file_is() -> None:
    assert header(encoded(), LIMIT) == Header("PNG", "RGB", 8, 6)
    assert header(encoded("L", "JPEG"), LIMIT) == Header("JPEG", "L", 8, 6)


@pytest.mark.parametrize(
    ("name", "found", "remarks"),
    [
        ("a.png", Header("PNG", "RGB", 1, 1), []),
        ("a.JPG", Header("JPEG", "L", 1, 1), []),
        ("a.jpeg", Header("MPO", "RGB", 1, 1), []),
        ("a.jpg", Header("PNG", "RGB", 1, 1), ["named .jpg, but the content is PNG"]),
        ("a.jpg", Header("JPEG", "CMYK", 1, 1), ["colour mode CMYK"]),
        ("a.gif", Header("WEBP", "P", 1, 1), ["named .gif, but", "colour mode P"]),
    ],
)
def test_remarks_for_the_reader(name: str, found: Header, remarks: list[str]) -> None:
    made = found.remarks(name)
    assert len(made) == len(remarks)
    assert all(part in remark for remark, part in zip(made, remarks, strict=True))


KINDS = [
    *[("PNG", mode) for mode in ("RGB", "RGBA", "L", "LA", "1", "P")],
    *[("JPEG", mode) for mode in ("RGB", "L", "CMYK", "YCbCr")],
    *[("TIFF", mode) for mode in ("RGB", "RGBA", "L", "LA", "1", "P", "CMYK", "YCbCr")],
    *[("WEBP", mode) for mode in ("RGB", "RGBA", "L")],
    *[("GIF", mode) for mode in ("RGB", "RGBA", "L", "1", "P")],
]


@pytest.mark.parametrize(("form", "mode"), KINDS)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_colour_mode_becomes_the_channels_that_the_graph_takes(
    mode: str, form: str, channels: int
) -> None:
    data = encoded(mode, form)
    found = decode(data, channels)
    assert found.shape == (8, 6, channels)
    assert found.dtype == np.uint8
    again = PIL.Image.open(io.BytesIO(data)).convert({1: "L", 3: "RGB", 4: "RGBA"}[channels])
    assert found.tobytes() == again.tobytes()


@pytest.mark.parametrize(
    ("mode", "channels"), [("L", 1), ("LA", 1), ("1", 1), ("RGB", 3), ("P", 3), ("RGBA", 4)]
)
def test_where_the_graph_leaves_it_open_the_file_decides(mode: str, channels: int) -> None:
    assert decode(encoded(mode), 0).shape == (8, 6, channels)


def test_grey_is_the_same_in_all_three_channels() -> None:
    found = decode(encoded("L"), 3)
    assert np.array_equal(found[..., 0], found[..., 2])


def test_the_colours_of_transparent_pixels_are_kept() -> None:
    rgba = np.dstack([RAMP, np.zeros((8, 6), np.uint8)])
    buffer = io.BytesIO()
    PIL.Image.fromarray(rgba).save(buffer, "PNG")
    assert np.array_equal(decode(buffer.getvalue(), 3), RAMP)


def test_16_bits_are_read_as_pillow_reads_them_and_that_is_remarked() -> None:
    buffer = io.BytesIO()
    PIL.Image.fromarray(np.array([[0, 200], [256, 65535]], np.uint16)).save(buffer, "PNG")
    found = header(buffer.getvalue(), LIMIT)
    assert "clips at 255" in " ".join(found.remarks("a.png"))
    assert decode(buffer.getvalue(), 1)[..., 0].tolist() == [[0, 200], [255, 255]]


def test_one_pixel() -> None:
    data = encoded(pixels=RAMP[:1, :1])
    assert decode(data, 3).shape == (1, 1, 3)
    assert resize(decode(data, 3), (4, 5), "bilinear").shape == (4, 5, 3)


def test_exif_is_ignored_or_applied_as_asked() -> None:
    data = encoded(form="JPEG", quality=100, exif=EXIF_TURNED)
    flat, turned = decode(data, 3), decode(data, 3, "apply")
    assert (flat.shape, turned.shape) == ((8, 6, 3), (6, 8, 3))
    assert np.array_equal(np.rot90(flat, -1), turned)
    assert np.array_equal(decode(encoded(), 3, "apply"), RAMP)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file has 0 bytes"),
        (b"hello, world", "Pillow can't read it: cannot identify image"),
        (b"\xff\xd8\xff", "Pillow can't read it: "),
        (encoded(form="JPEG")[:20], "Pillow can't read it: "),
        (encoded()[:20], "Pillow can't read it: "),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cannot identify image"),
    ],
)
def test_a_file_that_is_no_image_is_refused_in_plain_words(data: bytes, words: str) -> None:
    with pytest.raises(ImageError) as error:
        header(data, LIMIT)
    assert words in str(error.value)
    assert "BytesIO" not in str(error.value)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_an_image_that_was_cut_short_is_refused(form: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    data = encoded(form=form, pixels=pixels)
    with pytest.raises(ImageError, match=r"Pillow can't (read|decode) it: .+"):
        _read(data[: len(data) * 2 // 3])


def test_a_huge_image_is_refused_from_its_header_alone() -> None:
    data = png(20_000, 20_000)
    assert len(data) < 100
    with pytest.raises(ImageError) as error:
        header(data, LIMIT)
    assert str(error.value) == (
        "20000×20000 pixels are more than the limit of 100000000; raise limits.max_pixels to "
        "accept the image"
    )


def test_a_decompression_bomb_is_bounded_by_what_its_header_says() -> None:
    data = png(10, 10, zlib.compress(bytes(1 << 24), 9))  # 16 MiB where 310 bytes belong
    assert header(data, LIMIT).width == 10
    assert decode(data, 3).shape == (10, 10, 3)


def test_the_limit_is_the_case_s_own_also_above_pillow_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 10)
    data = encoded()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert header(data, 48).height == 8
        assert decode(data, 3).shape == (8, 6, 3)
    assert PIL.Image.MAX_IMAGE_PIXELS == 10
    with pytest.raises(ImageError, match="6×8 pixels are more than the limit of 47"):
        header(data, 47)
    with pytest.raises(ImageError):
        header(b"no image", 47)
    assert PIL.Image.MAX_IMAGE_PIXELS == 10


FORMS = ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "ICO"]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FORMS), st.data())
def test_damaged_files_are_image_errors_or_images(form: str, data: st.DataObject) -> None:
    mutated = bytearray(encoded(form=form))
    for _ in range(data.draw(st.integers(1, 4))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings(), contextlib.suppress(ImageError):
        warnings.simplefilter("ignore")
        assert _read(bytes(mutated), 10_000).size <= 10_000 * 4


def _read(data: bytes, limit: int = LIMIT) -> NDArray[np.uint8]:
    """As the pipeline does: first the header, then the pixels."""
    header(data, limit)
    return decode(data, 0, "apply")


@pytest.mark.parametrize(
    ("form", "mode", "channels", "only"),
    [
        ("JPEG", "RGB", 3, True),
        ("JPEG", "RGB", 0, True),
        ("JPEG", "L", 3, True),
        ("JPEG", "RGB", 1, False),
        ("JPEG", "CMYK", 3, False),
        ("PNG", "RGB", 3, False),
    ],
)
def test_which_files_two_decoders_read_alike_but_for_the_idct(
    form: str, mode: str, channels: int, only: bool
) -> None:
    assert Header(form, mode, 8, 8).only_idct(channels) is only


def test_an_eps_file_is_refused_before_ghostscript_runs_it() -> None:
    data = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 6\n%%EndComments\n%%EOF\n"
    with pytest.raises(ImageError, match="an EPS file is a program, which is not run"):
        header(data, 100)


def test_facts_of_an_image_beyond_pillows_own_limit() -> None:
    assert next(facts(png(20_000, 20_000), "", "apply")) == "PNG, 20000×20000, mode RGB"
    assert list(facts(b"no image", "", "apply")) == []
