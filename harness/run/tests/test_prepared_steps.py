"""The deployed program's steps beside the reference's, on one file, through real TensorFlow."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.execution.reference import Question
from harness.execution.session import RunSession
from harness.run.models import load_models
from harness.run.plan import Task, plan_file
from harness.run.prepared_image import PreparedImage, bounds, prepare_image
from harness.run.settings import Settings
from harness.testing.tiny import float_graph, write_case, write_graph, write_image

TENSORFLOW_S = """[preprocess]
steps = [
    { step = 'resize_shorter_side', side = 11, resizer = 'tensorflow', resample = 'bicubic' },
    { step = 'crop_or_pad', size = [8, 8], offset = 'ceil' },
    { step = 'reverse_channels' },
    { step = 'subtract', value = [103.939, 116.779, 123.68] },
]"""
PILLOW_S = "[preprocess]\npreset = 'torchvision'"
BYTES = """[preprocess]
resizer = 'tensorflow'
"""

pytestmark = [pytest.mark.tensorflow, pytest.mark.xdist_group("prepared_steps")]


@pytest.fixture(scope="module")
def session(tensorflow_here: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with RunSession(tmp_path_factory.mktemp("cache")) as opened:
        yield opened


def asked(
    folder: Path, top: str, session: RunSession, **graph: Any
) -> tuple[PreparedImage, list[np.ndarray[Any, Any]]]:
    """The prepared image, and TensorFlow's scores for the file, its pixels and its tensor."""
    candidates = ("stack = 'relay'",)  # which is not asked
    path = write_case(folder, images=("a.png",), candidates=candidates, top=top)
    write_graph(path.parent / "model.pb", float_graph(**graph))
    write_image(path.parent / "a.png", size=(19, 23))
    task: Task = plan_file(path, Settings(cache=folder / "cache"), folder)[0]
    model = load_models(task, session)[0]
    image = prepare_image(task, session, model)
    assert image.decoded is not None
    assert image.tensor is not None
    how = task.case.preprocess, task.case.reference
    questions = (
        Question.on_file(model, *how, image.data),
        Question.on_decoded(model, *how, image.decoded),
        Question.on_tensor(model, *how, image.tensor),
    )
    return image, [session.reference.answer(one, bounds(task)).scores for one in questions]


def test_where_tensorflow_resizes_both_sides_are_the_same_to_the_last_bit(
    session: RunSession, tmp_path: Path
) -> None:
    image, (on_file, on_decoded, on_tensor) = asked(tmp_path, TENSORFLOW_S, session)
    assert "resize_shorter_side 11 by tensorflow bicubic" in image.preprocessing
    assert on_file.tobytes() == on_decoded.tobytes() == on_tensor.tobytes()
    assert np.ptp(on_file) > 0


def test_another_library_s_resize_is_the_only_step_that_moves_scores(
    session: RunSession, tmp_path: Path
) -> None:
    _, (on_file, on_decoded, on_tensor) = asked(tmp_path, PILLOW_S, session)
    assert on_file.tobytes() == on_decoded.tobytes()  # a PNG: both decoders agree
    assert on_tensor.tobytes() != on_file.tobytes()


def test_bytes_have_the_same_levels_on_both_sides(session: RunSession, tmp_path: Path) -> None:
    image, (on_file, _, on_tensor) = asked(tmp_path, BYTES, session, dtype=4)
    assert image.tensor is not None
    assert image.tensor.dtype == np.uint8
    assert on_file.tobytes() == on_tensor.tobytes()
