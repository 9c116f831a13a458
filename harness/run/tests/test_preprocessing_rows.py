"""What rows and commands say of the steps, and what they end as where a step can't be taken."""

import json
import sys
from pathlib import Path

import pytest

from harness.cases.case import ReferenceSettings
from harness.cases.preprocess import Preprocess
from harness.execution.build_cache import BuildCache
from harness.execution.graph_runs import GraphRuns
from harness.execution.reference import Question
from harness.execution.session import RunSession
from harness.graphdef.model_file import read_model
from harness.results.result import Result
from harness.results.status import Status
from harness.run.pipeline import run
from harness.run.plan import plan_file
from harness.run.settings import Settings
from harness.testing.fixtures import RunCommand
from harness.testing.tiny import float_graph, write_case, write_graph, write_image

pytestmark = pytest.mark.usefixtures("fakes")
FAKE = ("--candidate", "stack=fake,target=calm", "--reference", "fake-reference")
OPENCV = "preprocess = { resizer = 'opencv', size = [8, 8] }"
HUGE = "preprocess = { steps = [{ step = 'resize_shorter_side', side = 16384 }] }"


def rows_of(folder: Path, top: str) -> list[Result]:
    path = write_case(folder, top=top)
    settings = Settings(cache=folder / "cache", reference="fake-reference")
    with RunSession(folder / "cache", reference_stack="fake-reference") as session:
        return run(plan_file(path, settings, folder)[0], session)


def test_a_missing_opencv_skips_the_rows_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    rows = [result.row for result in rows_of(tmp_path, OPENCV)]
    assert {row.status for row in rows} == {Status.MISSING_STACK}
    assert all("pip install 'parity-harness[opencv]'" in row.reason for row in rows)


def test_a_picture_that_would_be_huge_runs_no_program(tmp_path: Path) -> None:
    rows = [result.row for result in rows_of(tmp_path, HUGE)]
    assert {row.status for row in rows} == {Status.NO_EVIDENCE}
    assert all("limits.max_pixels" in row.reason for row in rows)
    assert all("resize_shorter_side 16384" in row.preprocessing for row in rows)


@pytest.fixture
def floats(tmp_path: Path) -> None:
    write_graph(tmp_path / "model.pb", float_graph())
    write_image(tmp_path / "a.png", size=(30, 20))


@pytest.mark.usefixtures("floats")
def test_rows_name_every_step(parity: RunCommand) -> None:
    words = ("--preset", "torchvision", "--resample", "bicubic", "--json")
    done = parity("check", "model.pb", "a.png", *FAKE, *words)
    rows = json.loads(done.stdout)
    assert len(rows) == 2, done.stderr
    for row in rows:
        assert row["preprocessing"] == (
            "decode by pillow → resize_shorter_side 9 by pillow bicubic → "
            "crop_or_pad 8x8 offset even → divide 255 → subtract 0.485, 0.456, 0.406 → "
            "divide 0.229, 0.224, 0.225"
        )


@pytest.mark.usefixtures("floats")
def test_explain_shows_the_steps_of_both_sides(parity: RunCommand) -> None:
    done = parity("explain", "model.pb", "a.png", *FAKE, "--preset", "keras-tf", "--json")
    (line,) = json.loads(done.stdout)
    steps = "resize 8x8 by {} → divide 127.5 → subtract 1"
    deployed = f"decode by pillow → {steps.format('pillow nearest')}"
    reference = f"decode by tensorflow → {steps.format('tensorflow bilinear')}"
    assert line["preprocessing"] == deployed
    assert line["facts"][:2] == [f"deployed program: {deployed}", f"reference: {reference}"]
    parts = [line[f"{name}_effect"] for name in ("decode", "resize", "import", "optimize")]
    assert sum(parts) == pytest.approx(line["divergence"], abs=1e-12)


@pytest.mark.usefixtures("floats")
def test_a_remedy_may_be_another_preset(parity: RunCommand) -> None:
    words = ("--preset", "keras-tf", "--with", "preset=keras-torch", "--json")
    done = parity("explain", "model.pb", "a.png", *FAKE, *words)
    assert "divide 255" in json.loads(done.stdout)[0]["preprocessing"]
    done = parity("explain", "model.pb", "a.png", *FAKE, "--with", "preset=kerass")
    assert (done.returncode, done.stdout) == (2, "")
    assert "expected 'keras-tf'" in done.stderr


@pytest.mark.usefixtures("floats")
def test_a_graph_of_any_size_and_a_preset_need_a_size(parity: RunCommand, tmp_path: Path) -> None:
    write_graph(tmp_path / "model.pb", float_graph(shape=(None, None, None, 3)))
    done = parity("check", "model.pb", "a.png", *FAKE, "--preset", "torchvision")
    assert (done.returncode, done.stdout) == (2, "")
    assert "preset torchvision needs the size of the tensor" in done.stderr
    done = parity("check", "model.pb", "a.png", *FAKE, "--preset", "torchvision", "--size", "8")
    assert "preset" not in done.stderr


@pytest.mark.usefixtures("floats")
def test_init_writes_the_preset(parity: RunCommand, tmp_path: Path) -> None:
    done = parity("init", "model.pb", "a.png", *FAKE[:2], "--preset", "torchvision")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "model.toml").read_text(encoding="utf-8")
    assert 'preset = "torchvision"' in text
    assert "mean" not in text


@pytest.mark.parametrize(
    "other",
    [
        {"preset": "keras-torch"},
        {"preset": "keras-tf", "resizer": "tensorflow"},
        {"steps": [{"step": "resize", "size": [8, 8], "resample": "nearest"}]},
    ],
)
def test_other_steps_are_another_question_of_the_reference(
    tmp_path: Path, other: dict[str, object]
) -> None:
    write_graph(tmp_path / "model.pb", float_graph())
    model, runs = read_model(tmp_path / "model.pb", None, None), GraphRuns(BuildCache(tmp_path))
    asked = [
        Question.on_file(model, Preprocess.model_validate(keys), ReferenceSettings(), b"file")
        for keys in ({"preset": "keras-tf"}, other)
    ]
    assert asked[0].key != asked[1].key
    assert runs.of(asked[0]).key != runs.of(asked[1]).key
