"""Class index → English name, from the label files that classifiers are published with."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from harness.cases.asset_sections import Asset, Labels
from harness.errors import LabelError
from harness.results.bounded_file import read_at_most

MAX_LABEL_BYTES = 2 << 20
"""ImageNet-21k's synsets, the largest file in use, take 0.7 MiB."""
MAX_CLASSES = 1 << 18
PADDING = 7
"""Inception pads its 1001 classes to 1008, a multiple of eight; no label map names the rest."""
_NO_CLASS = frozenset({"background", "dummy", "unused"})
_ENTRY = re.compile(r"\bentry\s*\{([^{}]*)\}")
_NODE = re.compile(r"\btarget_class\s*:\s*(\d{1,9})\b")
_SYNSET = re.compile(r"\btarget_class_string\s*:\s*\"([^\"\n]*)\"")


@dataclass(frozen=True)
class LabelMap:
    """English names of class indices; an index without a name is called `class N`."""

    names: Mapping[int, str] = field(default_factory=dict)
    """Index → name; indices may be missing."""
    source: str = ""
    """Path of the label file, for messages; empty where there is none."""
    padding: int = 0
    """How many of the model's last classes may go without a name."""

    @classmethod
    def empty(cls) -> Self:
        """No names, which fits every model.

        >>> LabelMap.empty().name_of(1003)
        'class 1003'
        """
        return cls()

    def name_of(self, index: int) -> str:
        """Name of a class.

        >>> LabelMap({1: "tench"}).name_of(1)
        'tench'
        """
        return self.names.get(index) or f"class {index}"

    def __getitem__(self, index: int) -> str:
        """As `name_of`."""
        return self.name_of(index)

    def __iter__(self) -> Iterator[str]:
        """Names from index 0 on; without this, iterating would never end."""
        return map(self.name_of, range(self.count))

    @property
    def count(self) -> int:
        """Largest index with a name, plus one."""
        return max(self.names, default=-1) + 1

    def check(self, classes: int) -> None:
        """Raise LabelError unless these can be the names of a model with `classes` scores."""
        short = bool(self.names) and self.count + self.padding < classes
        # One name too many and none at 0: names for a model with a background class, or numbered
        # from 1. Every class would get the name of its neighbour.
        no_class_0 = self.names.get(0, "background").lower() in _NO_CLASS
        if short or (no_class_0 and self.count == classes + 1):
            raise LabelError(
                f"{self.source or 'the label file'} names {self.count} classes, but the model "
                f"scores {classes}. ImageNet labels come with 1000 names, with 1001 (a background "
                "class first) and for 1008 scores (Inception), and the wrong ones shift every "
                "name; give the file that was published with the model"
            )


def load(labels: Labels | None, fetch: Callable[[Asset], Path]) -> LabelMap:
    """The labels of a case; `fetch` is `Assets.fetch`. Raises LabelError and AssetError."""
    if labels is None:
        return LabelMap.empty()
    if labels.label_map and labels.synsets:
        return _node_lookup(fetch(labels.label_map), fetch(labels.synsets))
    return _names(fetch(labels.names)) if labels.names else LabelMap.empty()


def _names(path: Path) -> LabelMap:
    text = _read(path)
    if _ENTRY.search(text[:10_000]):
        raise LabelError(
            f"{path}: this is TensorFlow's label map, which holds synsets and no names; "
            "give it as label_map, together with synsets"
        )
    names = _from_json(path, text) if _is_json(path, text) else dict(enumerate(_lines(text)))
    if not any(names.values()):
        raise LabelError(f"{path}: names no class at all; expected one name a line, or JSON")
    if max(names) >= MAX_CLASSES:
        raise LabelError(f"{path}: names class {max(names)}; at most {MAX_CLASSES} are accepted")
    return LabelMap({index: _clean(name) for index, name in names.items()}, str(path))


def _is_json(path: Path, text: str) -> bool:
    return path.suffix == ".json" or text.lstrip()[:1] in ("[", "{")


def _from_json(path: Path, text: str) -> dict[int, str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LabelError(f"{path}: not valid JSON: {error}") from error
    if isinstance(found, list):
        return {index: _json_name(path, index, name) for index, name in enumerate(found)}
    if not isinstance(found, dict):
        raise LabelError(f"{path}: expected a JSON list or object, found {type(found).__name__}")
    wrong = [key for key in found if not re.fullmatch(r"[0-9]{1,9}", key)]
    if wrong:
        raise LabelError(f"{path}: expected class indices as keys, found {wrong[0]!r:.80}")
    return {int(key): _json_name(path, key, name) for key, name in found.items()}


def _json_name(path: Path, key: int | str, name: object) -> str:
    """The name itself, or the second part of Keras' [synset, name]."""
    if isinstance(name, list) and len(name) == 2:  # noqa: PLR2004 - a pair
        name = name[1]
    if not isinstance(name, str):
        raise LabelError(
            f"{path}: class {key}: expected a name or [synset, name], found {name!r:.80}"
        )
    return name


def _node_lookup(label_map: Path, synsets: Path) -> LabelMap:
    """Node id → synset → English, as NodeLookup in TensorFlow's classify_image.py reads them."""
    lines = (line.partition("\t") for line in _lines(_read(synsets)))
    english = {synset: _clean(name) for synset, tab, name in lines if tab}
    if not english:
        raise LabelError(f"{synsets}: no line holds a synset, a tab and a name")
    names: dict[int, str] = {}
    for node, synset in _entries(label_map):
        if node in names or synset not in english:
            fault = "appears twice" if node in names else f"means {synset!r:.40}, not in {synsets}"
            raise LabelError(
                f"{label_map}: class {node} {fault}; do the two files belong together?"
            )
        names[node] = english[synset]
    return LabelMap(names, str(label_map), PADDING)


def _entries(path: Path) -> Iterator[tuple[int, str]]:
    # Comments are removed first, because they may contain braces.
    text = re.sub(r"(?m)^[ \t]*#.*$", "", _read(path))
    bodies = _ENTRY.findall(text)
    if not bodies:
        raise LabelError(f"{path}: holds no `entry {{ … }}`; expected TensorFlow's label map")
    for body in bodies:
        node, synset = _NODE.search(body), _SYNSET.search(body)
        if not node or not synset or int(node[1]) >= MAX_CLASSES:
            raise LabelError(
                f"{path}: expected target_class (below {MAX_CLASSES}) and target_class_string "
                f"in each entry, found {' '.join(body.split())!r:.80}"
            )
        yield int(node[1]), synset[1]


def _read(path: Path) -> str:
    try:
        return read_at_most(path, MAX_LABEL_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise LabelError(f"{path}: can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LabelError(
            f"{path}: not UTF-8 text at byte {error.start}; save it as UTF-8"
        ) from error


def _lines(text: str) -> list[str]:
    """Lines without the blank ones at the end; a blank one in the middle counts as a class.

    Not str.splitlines, which also splits at characters that a name may contain.
    """
    return [line.rstrip("\r") for line in text.rstrip().split("\n")]


def _clean(name: str) -> str:
    """The name without characters that a terminal or a table could interpret."""
    if name.isprintable():
        return name.strip()
    return "".join(c if c.isprintable() else " " for c in name).strip()
