"""The three ways to say what is done to a picture, and that each comes to explicit steps."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from harness.cases.case import Case
from harness.cases.case_file import load
from harness.cases.preprocess import Preprocess, fixed_size, wrong_channels
from harness.cases.preprocess_presets import PresetName
from harness.cases.tests.base_case import BASE
from harness.errors import UsageError

NORMALISED = "divide 255 → subtract 0.485, 0.456, 0.406 → divide 0.229, 0.224, 0.225"
STEPS = """
[preprocess]
exif = "apply"

[[preprocess.steps]]
step = "resize_shorter_side"
side = 256
resizer = "tensorflow"
antialias = true

[[preprocess.steps]]
step = "crop_or_pad"
size = [224, 224]
fill = 114

[[preprocess.steps]]
step = "reverse_channels"

[[preprocess.steps]]
step = "divide"
value = [255]
"""


def text(how: Preprocess, size: tuple[int, int] | None = (224, 224)) -> str:
    return how.text(how.explicit(size))


def refusal(**keys: Any) -> str:
    with pytest.raises(ValidationError) as error:
        Preprocess.model_validate(keys)
    return str(error.value)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, "decode by pillow → resize 224x224 by pillow bicubic"),
        ({"decoder": "tensorflow", "size": (8, 9)}, "tensorflow → resize 8x9 by pillow bicubic"),
        ({"resizer": "opencv"}, "resize 224x224 by opencv bilinear"),
        ({"resizer": "tensorflow", "resample": "area"}, "resize 224x224 by tensorflow area"),
        ({"mean": (127.5,), "scale": (0.5,)}, "bicubic → subtract 127.5 → multiply 0.5"),
        ({"preset": "torchvision"}, f"crop_or_pad 224x224 offset even → {NORMALISED}"),
        ({"preset": "keras-torch"}, f"resize 224x224 by pillow nearest → {NORMALISED}"),
        ({"preset": "torchvision", "size": (8, 6)}, "resize_shorter_side 7 by pillow bilinear"),
        ({"preset": "efficientnet"}, "center_square 224/(224+32) → resize 224x224 by tensorflow"),
        ({"preset": "efficientnet", "resizer": "opencv"}, "resize 224x224 by opencv bicubic →"),
        ({"preset": "efficientnet"}, "resize 224x224 by tensorflow bicubic legacy →"),
    ],
)
def test_the_text_says_every_step(keys: dict[str, Any], expected: str) -> None:
    assert expected in text(Preprocess.model_validate(keys))


def test_without_a_size_nothing_is_resized() -> None:
    assert text(Preprocess(), None) == "decode by pillow"


def test_bytes_are_not_normalised_by_the_short_form() -> None:
    how = Preprocess(mean=(1.0,))
    assert [step.text for step in how.explicit(None, floats=False)] == []


@pytest.mark.parametrize("name", get_args(PresetName))
def test_a_preset_ends_at_its_size_and_needs_one(name: str) -> None:
    how = Preprocess.model_validate({"preset": name})
    assert fixed_size(how.explicit((96, 128))) == (96, 128)
    with pytest.raises(UsageError, match=f"preset {name} needs the size"):
        how.explicit(None)


def test_a_case_file_lists_steps(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(BASE + STEPS)
    case = load(tmp_path / "c.toml")
    assert text(case.preprocess) == (
        "decode by pillow, EXIF orientation applied → "
        "resize_shorter_side 256 by tensorflow bilinear antialias → "
        "crop_or_pad 224x224 offset floor fill 114 → reverse_channels → divide 255"
    )
    kept = Case.model_validate(json.loads(case.model_dump_json()))
    assert kept == case
    assert kept.preprocess.model_dump() != Preprocess().model_dump()


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"preset": "torchvision", "scale": (2,)}, "scale is the preset's"),
        ({"preset": "torchvision", "resample": "area"}, "pillow has no filter 'area'"),
        ({"preset": "torchvision", "resizer": "opencv", "resample": "box"}, "opencv has no filter"),
        ({"resample": "area"}, "pillow has no filter 'area'"),
        ({"steps": (), "preset": "keras-tf"}, "preset is a step of its own"),
        ({"steps": ({"step": "resize", "size": (1, 1), "legacy": True},)}, "of resizer tensorflow"),
    ],
)
def test_what_contradicts_itself_is_refused(keys: dict[str, Any], words: str) -> None:
    assert words in refusal(**keys)


@pytest.mark.parametrize("resample", ["area", "lanczos"])
def test_sampling_points_of_tensorflow_1_have_three_filters(resample: str) -> None:
    step = {"step": "resize", "size": (1, 1), "resizer": "tensorflow", "legacy": True}
    assert "legacy sampling points have" in refusal(steps=[{**step, "resample": resample}])


def test_an_open_size_and_odd_channels_are_found() -> None:
    shorter = {"step": "resize_shorter_side", "side": 8}
    value = {"step": "subtract", "value": (1, 2, 3)}
    how = Preprocess.model_validate({"steps": (shorter, value)})
    assert fixed_size(how.explicit(None)) is None
    assert "has 3 numbers, but the graph takes 1 channels" in wrong_channels(how.explicit(None), 1)
    assert wrong_channels(how.explicit(None), 3) == ""
