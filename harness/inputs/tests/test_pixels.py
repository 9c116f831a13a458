"""Image files of every kind → pixels → tensors, the way a deployed Python program does it."""

import base64
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

from harness.cases.preprocess import Preprocess
from harness.errors import ImageError
from harness.graphdef.endpoints import ImageInput
from harness.inputs.pixels import THUMBNAIL_PX, Header, decode, header, resize, thumbnail, to_tensor

LIMIT = 100_000_000
RAMP = np.linspace(0, 255, 8 * 6 * 3).reshape(8, 6, 3).astype(np.uint8)
EXIF_TURNED = PIL.Image.Exif()
EXIF_TURNED[0x0112] = 6  # orientation: rotate by 90° clockwise to view


def encoded(mode="RGB", form="PNG", pixels=RAMP, **save):
    buffer = io.BytesIO()
    PIL.Image.fromarray(pixels).convert(mode).save(buffer, form, **save)
    return buffer.getvalue()


def png(width, height, data=b"", colour=2, depth=8):
    """A PNG whose header says whatever it is told to say."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IDAT", data or zlib.compress(b""))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


def entry(shape=(None, 8, 6, 3), dtype="float32", channels=3):
    return ImageInput("input", "input", "pixels", dtype, shape, channels)


def test_a_header_says_what_the_file_is():
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
def test_remarks_for_the_reader(name, found, remarks):
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
def test_every_colour_mode_becomes_the_channels_that_the_graph_takes(mode, form, channels):
    data = encoded(mode, form)
    found = decode(data, channels)
    assert (found.shape, found.dtype) == ((8, 6, channels), np.uint8)
    again = PIL.Image.open(io.BytesIO(data)).convert({1: "L", 3: "RGB", 4: "RGBA"}[channels])
    assert found.tobytes() == again.tobytes()


@pytest.mark.parametrize(
    ("mode", "channels"), [("L", 1), ("LA", 1), ("1", 1), ("RGB", 3), ("P", 3), ("RGBA", 4)]
)
def test_where_the_graph_leaves_it_open_the_file_decides(mode, channels):
    assert decode(encoded(mode), 0).shape == (8, 6, channels)


def test_grey_is_the_same_in_all_three_channels():
    found = decode(encoded("L"), 3)
    assert np.array_equal(found[..., 0], found[..., 2])


def test_an_opaque_picture_keeps_its_colours_and_a_clear_one_too():
    rgba = np.dstack([RAMP, np.zeros((8, 6), np.uint8)])
    buffer = io.BytesIO()
    PIL.Image.fromarray(rgba).save(buffer, "PNG")
    assert np.array_equal(decode(buffer.getvalue(), 3), RAMP)


def test_16_bits_are_read_as_pillow_reads_them_and_the_reader_is_told():
    buffer = io.BytesIO()
    PIL.Image.fromarray(np.array([[0, 200], [256, 65535]], np.uint16)).save(buffer, "PNG")
    found = header(buffer.getvalue(), LIMIT)
    assert "clips at 255" in " ".join(found.remarks("a.png"))
    assert decode(buffer.getvalue(), 1)[..., 0].tolist() == [[0, 200], [255, 255]]


def test_one_pixel():
    data = encoded(pixels=RAMP[:1, :1])
    assert decode(data, 3).shape == (1, 1, 3)
    assert resize(decode(data, 3), (4, 5), "bilinear").shape == (4, 5, 3)


def test_exif_is_ignored_or_applied_as_asked():
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
def test_what_is_no_image_is_said_in_plain_words(data, words):
    with pytest.raises(ImageError) as error:
        header(data, LIMIT)
    assert words in str(error.value)
    assert "BytesIO" not in str(error.value)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_an_image_that_was_cut_short_is_refused(form):
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    data = encoded(form=form, pixels=pixels)
    with pytest.raises(ImageError, match=r"Pillow can't (read|decode) it: .+"):
        _read(data[: len(data) * 2 // 3])


def test_a_huge_image_is_refused_from_its_header_alone():
    data = png(20_000, 20_000)
    assert len(data) < 100
    with pytest.raises(ImageError) as error:
        header(data, LIMIT)
    assert str(error.value) == (
        "20000×20000 pixels are more than the limit of 100000000; raise limits.max_pixels if it "
        "is meant"
    )


def test_a_decompression_bomb_is_bounded_by_what_its_header_says():
    data = png(10, 10, zlib.compress(bytes(1 << 24), 9))  # 16 MiB where 310 bytes belong
    assert header(data, LIMIT).width == 10
    assert decode(data, 3).shape == (10, 10, 3)


def test_the_limit_is_the_case_s_own_also_above_pillow_s(monkeypatch):
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
def test_damaged_files_are_image_errors_or_images(form, data):
    mutated = bytearray(encoded(form=form))
    for _ in range(data.draw(st.integers(1, 4))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings(), contextlib.suppress(ImageError):
        warnings.simplefilter("ignore")
        assert _read(bytes(mutated), 10_000).size <= 10_000 * 4


def _read(data, limit=LIMIT):
    """As the pipeline does: first the header, then the pixels."""
    header(data, limit)
    return decode(data, 0, "apply")


@pytest.mark.parametrize("name", Preprocess.model_json_schema()["properties"]["resample"]["enum"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_filter_of_a_case_file_is_pillow_s_of_that_name(name, channels):
    pixels = decode(encoded(), channels)
    found = resize(pixels, (5, 9), name)
    flat = PIL.Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
    expected = flat.resize((9, 5), getattr(PIL.Image.Resampling, name.upper()))
    assert found.shape == (5, 9, channels)
    assert found.tobytes() == expected.tobytes()


def test_the_same_size_changes_nothing():
    assert np.array_equal(resize(RAMP, (8, 6), "lanczos"), RAMP)


def test_bytes_stay_bytes_whatever_mean_and_scale_say():
    how = Preprocess(mean=(127.0,), scale=(0.5,))
    found = to_tensor(RAMP, entry((8, 6, 3), "uint8"), how)
    assert np.array_equal(found, RAMP)
    assert found.dtype == np.uint8


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_floats_are_pixels_less_mean_times_scale(dtype):
    how = Preprocess(mean=(123.0, 117.0, 104.0), scale=(0.017,))
    found = to_tensor(RAMP, entry(dtype=dtype), how)
    expected = (RAMP.astype(np.float64) - [123, 117, 104]) * 0.017
    assert found.shape == (1, 8, 6, 3)
    assert found.dtype == dtype
    assert np.allclose(found[0], expected, atol=1e-2 if dtype == "float16" else 1e-6)


@pytest.mark.parametrize(
    ("shape", "made"),
    [
        ((None, 8, 6, 3), (1, 8, 6, 3)),
        ((1, 8, 6, 3), (1, 8, 6, 3)),
        ((8, 6, 3), (8, 6, 3)),
        ((None, 3, 8, 6), (1, 3, 8, 6)),
    ],
)
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_the_tensor_has_the_rank_and_order_that_the_graph_declares(shape, made, dtype):
    found = to_tensor(RAMP, entry(shape, dtype), Preprocess())
    assert found.shape == made
    assert found.flags.c_contiguous
    picture = found.reshape(made[-3:])
    picture = picture.transpose(1, 2, 0) if made[1] == 3 else picture
    assert np.array_equal(picture, RAMP)


@pytest.mark.parametrize("channels", [1, 4])
@pytest.mark.parametrize("key", ["mean", "scale"])
def test_three_numbers_for_other_than_three_channels_are_refused(channels, key):
    pixels = decode(encoded(), channels)
    how = Preprocess(**{key: (1.0, 2.0, 3.0)})
    with pytest.raises(ImageError, match=f"preprocess.{key} has 3 numbers, .* {channels} channels"):
        to_tensor(pixels, entry(channels=channels), how)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("shape", [(8, 6), (1, 1000), (1000, 500)])
def test_a_thumbnail_is_a_small_jpeg(channels, shape):
    uri = thumbnail(np.zeros((*shape, channels), np.uint8))
    kind, _, data = uri.partition(",")
    assert kind == "data:image/jpeg;base64"
    image = PIL.Image.open(io.BytesIO(base64.b64decode(data)))
    assert min(image.size) >= 1
    assert max(image.size) <= THUMBNAIL_PX


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
def test_which_files_two_decoders_read_alike_but_for_the_idct(form, mode, channels, only):
    assert Header(form, mode, 8, 8).only_idct(channels) is only
