"""Which step the difference comes from: the parts add up, and the sentence names the right one."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from harness.inputs.jpeg_facts import facts
from harness.judge.attribution import (
    CONVERTED,
    CONVERTED_UNSEEN,
    DIRECT,
    STEPS,
    attribution,
    effects,
    most_moved_class,
    sentence,
    stands_apart,
)
from harness.reports import waterfall
from harness.results.row import Row
from harness.testing.fixtures import RunCommand
from harness.testing.pretrained import NETWORK, network_file, photo, write_label_map
from harness.testing.tiny import decoder_graph, float_graph, write_graph, write_image

SCORES = hnp.arrays(np.float32, (5, 7), elements=st.floats(0, 1, width=32))
ROUTES = st.sampled_from([DIRECT, CONVERTED, CONVERTED_UNSEEN])


@given(ROUTES, st.data(), st.integers(0, 6))
def test_the_parts_add_up_to_the_divergence(
    route: tuple[str, ...], data: st.DataObject, index: int
) -> None:
    shape = (len(route) + 1, 7)
    scores = data.draw(hnp.arrays(np.float32, shape, elements=st.floats(0, 1, width=32)))
    found = effects(attribution(list(scores), route), index)
    exact = float(scores[-1, index]) - float(scores[0, index])
    assert tuple(found.steps) == route
    assert math.fsum(found.steps.values()) == pytest.approx(exact, abs=1e-15)
    assert found.candidate - found.reference == exact


@given(ROUTES, st.lists(st.integers(-(1 << 20), 1 << 20), min_size=6, max_size=6))
def test_parts_that_floats_hold_exactly_add_up_exactly(
    route: tuple[str, ...], whole: list[int]
) -> None:
    scores = [[number / (1 << 20)] for number in whole[: len(route) + 1]]
    found = effects(attribution(scores, route), 0)
    assert sum(found.steps.values()) == found.candidate - found.reference


def test_every_step_is_a_column_and_every_route_is_made_of_steps() -> None:
    assert set(DIRECT + CONVERTED + CONVERTED_UNSEEN) == set(STEPS)
    assert {f"{of}{step}_effect" for step in STEPS for of in ("", "moved_")} <= set(Row.columns())
    assert tuple(waterfall.STEPS) == STEPS


@given(SCORES)
def test_the_largest_moving_class_is_found(scores: NDArray[Any]) -> None:
    moved = np.abs(scores[4].astype(float) - scores[0].astype(float))
    assert moved[most_moved_class(attribution(list(scores)))] == moved.max()


def test_a_step_that_could_not_be_run_is_not_measured() -> None:
    found = effects(attribution([[0.5], [0.6], None, None, [0.61]]), 0)
    assert found.steps["decode"] == pytest.approx(0.1)
    assert math.isnan(found.steps["import"])
    assert found.largest == "decode"


def test_the_published_divergence_in_one_sentence() -> None:
    found = effects(attribution([[0.43720], [0.47388], [0.47388], [0.4738801], [0.4738802]]), 0)
    text = sentence(found, "African elephant", "TVM")
    assert text.startswith("African elephant goes from 0.43720 to 0.47388; the decoder accounts")
    assert "+0.0367 of +0.0367" in text
    assert "everything TVM does moves it by 2e-07" in text


def test_a_compiler_that_moves_the_score_is_named() -> None:
    found = effects(attribution([[0.5], [0.5], [0.5], [0.7], [0.7]]), 0)
    assert "importing the graph into TVM accounts for +0.2000" in sentence(found, "cat", "TVM")
    assert "everything TVM does" not in sentence(found, "cat", "TVM")


def test_a_converter_that_moves_the_score_is_named_and_the_importer_is_not() -> None:
    vectors = [[0.5], [0.5], [0.5], [0.7882], [0.7882], [0.7882]]
    text = sentence(effects(attribution(vectors, CONVERTED), 0), "cat", "TVM")
    assert "converting the model accounts for +0.2882 of +0.2882" in text
    assert "import" not in text
    text = sentence(effects(attribution(vectors[:-1], CONVERTED_UNSEEN), 0), "cat", "TVM")
    assert "converting the model and importing it into TVM, together accounts for +0.2882" in text


def test_a_converted_model_that_only_its_own_program_finds_wrong_stands_apart() -> None:
    assert stands_apart([0.5, 0.5], [0.7, 0.3], [0.5, 0.5])
    assert stands_apart([0.5, 0.5], [math.nan, 0.3], [0.5, 0.5])
    assert stands_apart([0.5, 0.5], [0.5], [0.5, 0.5])
    assert not stands_apart([0.5, 0.5], [0.7, 0.3], [0.7, 0.3])  # the converter
    assert not stands_apart([0.5, 0.5], [0.5, 0.5], [0.7, 0.3])  # the importer
    assert not stands_apart([0.5, 0.5], [0.5000001, 0.5], [0.5, 0.5])  # rounding
    assert not stands_apart(None, [0.7, 0.3], [0.5, 0.5])


def test_no_difference_is_described_as_none() -> None:
    found = effects(attribution([[0.5], [0.5], [0.5], [0.5000001], [0.5000001]]), 0)
    assert "no step moves it by more than" in sentence(found, "cat", "TVM")


def test_facts_name_idct_chroma_and_orientation(tmp_path: Path) -> None:
    import PIL.Image

    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    data = write_image(tmp_path / "a.jpg", subsampling=2, exif=exif).read_bytes()
    text = " ".join(facts(data, "", "ignore"))
    assert "INTEGER_FAST, TensorFlow's default" in text
    assert "chroma 4:2:0" in text
    assert "orientation 6" in text
    assert "IDCT: TensorFlow INTEGER_ACCURATE" in " ".join(facts(data, "INTEGER_ACCURATE", "apply"))


def test_facts_of_what_is_no_jpeg(tmp_path: Path) -> None:
    data = write_image(tmp_path / "a.png").read_bytes()
    assert "no IDCT" in " ".join(facts(data, "", "ignore"))
    assert list(facts(b"nonsense", "", "ignore")) == []


def _effects_of(found: Any) -> Any:
    return [found[f"{step}_effect"] for step in ("decode", "resize", "import", "optimize")]


@pytest.mark.relay
@pytest.mark.parametrize("start", ["decoder", "tensor"])
def test_explain_on_real_programs(
    parity: RunCommand, relay_here: None, tmp_path: Path, start: str
) -> None:
    graph = decoder_graph() if start == "decoder" else float_graph()
    model = write_graph(tmp_path / "model.pb", graph)
    image = write_image(tmp_path / "a.jpg", size=(40, 30))
    done = parity("explain", model, image, "--size", "8", "--json")
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)
    assert math.fsum(_effects_of(found)) == pytest.approx(found["divergence"], abs=1e-15)
    assert abs(found["import_effect"]) < 1e-5
    assert abs(found["optimize_effect"]) < 1e-5
    assert found["resize_effect"] != 0
    assert found["remedy"]


@pytest.mark.relay
def test_the_remedy_is_proved_by_running_it(
    parity: RunCommand, relay_here: None, tmp_path: Path
) -> None:
    model = write_graph(tmp_path / "model.pb", decoder_graph())
    image = write_image(tmp_path / "a.jpg", size=(40, 30), quality=30)
    done = parity("explain", model, image, "--with", "decoder=tensorflow", "--json")
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)
    assert found["decode_effect"] == 0
    assert abs(found["divergence"]) < 1e-5
    done = parity("explain", model, image, "--with", "decoder=tensorflow")
    assert "With decoder=tensorflow:" in done.stdout
    assert "decode with TensorFlow before the module" in " ".join(done.stdout.split())


def test_a_wrong_remedy_is_wrong_use(parity: RunCommand, tmp_path: Path) -> None:
    model = write_graph(tmp_path / "model.pb", decoder_graph())
    image = write_image(tmp_path / "a.jpg")
    for words in ("decodr=tensorflow", "decoder", "decoder=opencv"):
        done = parity("explain", model, image, "--with", words)
        assert done.returncode == 2
        assert "--with" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.relay
def test_a_pretrained_network_on_a_photo(
    parity: RunCommand, relay_here: None, tmp_path: Path
) -> None:
    """The decoder's part of the divergence is +0.0045; everything TVM does is under 1e-5.

    The photo has the size of the network's input, so the modules are those of cases/embedded.toml.
    """
    model, image = network_file(NETWORK, tmp_path), tmp_path / "rocket.jpg"
    with PIL.Image.open(photo("rocket.jpg")) as whole:
        whole.resize((224, 224), PIL.Image.Resampling.BICUBIC).save(image, quality=60)
    labels, synsets = write_label_map(tmp_path)
    words = ("--labels", labels, "--synsets", synsets, "--size", "224", "--json")
    done = parity("explain", model, image, "--candidate", "relay-llvm-nchw", *words)
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)
    assert round(found["reference_score"], 4) == 0.7154
    assert round(found["candidate_score"], 4) == 0.7199
    assert found["decode_effect"] == pytest.approx(0.00453, abs=1e-4)
    assert found["resize_effect"] == 0
    assert abs(found["import_effect"]) + abs(found["optimize_effect"]) < 1e-5
    assert "drilling platform" in found["explanation"]
    assert "the decoder accounts for +0.0045" in found["explanation"]
