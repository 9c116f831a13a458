"""Label files of a wrong count, encoding, form or size, and names with a meaning elsewhere."""

import json
from collections.abc import Callable
from pathlib import Path

from harness.testing.campaign.fault import (
    IMAGE,
    MODEL,
    CampaignFault,
    CampaignRun,
    Done,
    check,
    parity,
    refused,
)
from harness.testing.campaign.raw_files import make_fifo, noise, sparse

Maker = Callable[[Path], object]
NAMES = [f"bird {number}" for number in range(10)]


def text(*lines: str) -> Maker:
    """A file of lines."""
    return lambda path: path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def data(content: bytes) -> Maker:
    """A file of bytes."""
    return lambda path: path.write_bytes(content)


def as_json(value: object) -> Maker:
    """A file of JSON."""
    return data(json.dumps(value).encode())


def entry(node: object, synset: str = "n01") -> str:
    """An entry of TensorFlow's label map."""
    return f'entry {{ target_class: {node} target_class_string: "{synset}" }}\n'


REFUSED: dict[str, tuple[str, Maker, str]] = {
    "three names": ("labels.txt", text("a", "b", "c"), "names 3 classes, but the model scores 10"),
    "one name short": ("labels.txt", text(*NAMES[:9]), "names 9 classes"),
    "names of one class more": ("labels.txt", text("background", *NAMES), "names 11 classes"),
    "empty": ("labels.txt", data(b""), "names no class at all"),
    "blank lines": ("labels.txt", data(b"\n" * 50), "names no class at all"),
    "UTF-16": ("labels.txt", data("\n".join(NAMES).encode("utf-16")), "save it as UTF-8"),
    "Latin-1": ("labels.txt", data("\n".join(["é", *NAMES]).encode("latin-1")), "save it as UTF-8"),
    "noise": ("labels.txt", data(noise(5000)), "save it as UTF-8"),
    "a model": ("labels.txt", data(b"\x1f\x8b\x08\xff" + noise(99)), "save it as UTF-8"),
    "17 MiB": ("labels.txt", sparse(17 << 20), "larger than the 2097152 bytes accepted"),
    "4 GiB": ("labels.txt", sparse(4 << 30), "larger than the 2097152 bytes accepted"),
    "two million lines": ("labels.txt", data(b"a\n" * 2_000_000), "larger than the 2097152"),
    "JSON cut short": ("labels.json", data(b'["a", "b"'), "not valid JSON"),
    "JSON nested too deep": ("labels.json", data(b"[" * 100_000), "not valid JSON"),
    "a JSON number": ("labels.json", data(b"7"), "expected a JSON list or object"),
    "a JSON text": ("labels.json", data(b'"a"'), "expected a JSON list or object"),
    "JSON null": ("labels.json", data(b"null"), "expected a JSON list or object"),
    "a JSON list of numbers": ("labels.json", as_json([1, 2]), "expected a name"),
    "a JSON list of lists": ("labels.json", as_json([["a", "b", "c"]]), "expected a name"),
    "a JSON list of null": ("labels.json", as_json([None] * 10), "expected a name"),
    "keys that are names": ("labels.json", as_json({"a": "b"}), "expected class indices"),
    "negative keys": ("labels.json", as_json({"-1": "b"}), "expected class indices"),
    "a key of a billion": ("labels.json", as_json({"999999999": "b"}), "at most 262144"),
    "a key of many digits": ("labels.json", as_json({"9" * 5000: "b"}), "expected class indices"),
    "an empty JSON list": ("labels.json", as_json([]), "names no class at all"),
    "an empty JSON object": ("labels.json", as_json({}), "names no class at all"),
    "a label map alone": ("labels.pbtxt", text(entry(1)), "add --synsets"),
    "a label map called txt": ("labels.txt", text(entry(1)), "holds synsets and no names"),
    "a directory": ("labels.txt", Path.mkdir, "no label file labels.txt"),
    "a FIFO": ("labels.txt", make_fifo, "no label file labels.txt"),
    "missing": ("labels.txt", lambda _: None, "no label file labels.txt"),
    "a link to nothing": ("labels.txt", lambda path: path.symlink_to("gone"), "no label file"),
}
"""What is given with --labels."""

MAPS: dict[str, tuple[Maker, Maker, str]] = {
    "an empty map": (data(b""), text("n01\ta"), "expected TensorFlow's label map"),
    "a map of another kind": (text("a", "b"), text("n01\ta"), "expected TensorFlow's label map"),
    "no synsets": (text(entry(1)), data(b""), "holds a synset, a tab and a name"),
    "synsets without tabs": (text(entry(1)), text("n01 a"), "holds a synset, a tab and a name"),
    "another synset": (text(entry(1, "n77")), text("n01\ta"), "do the two files belong together?"),
    "a class twice": (text(entry(1) * 2), text("n01\ta"), "do the two files belong together?"),
    "an entry without a class": (text("entry { }"), text("n01\ta"), "in each entry"),
    "a negative class": (text(entry(-1)), text("n01\ta"), "in each entry"),
    "a class of a billion": (text(entry(999_999_999)), text("n01\ta"), "in each entry"),
    "a map that is noise": (data(noise(999)), text("n01\ta"), "save it as UTF-8"),
    "synsets that are noise": (text(entry(1)), data(noise(999)), "save it as UTF-8"),
    "entries that nest": (data(b"entry { " * 50_000), text("n01\ta"), "label map"),
}
"""What is given with --labels and --synsets."""

SPECIAL: dict[str, str] = {
    "markup": "crane [/bird]",
    "a tag": "crane [bird]",
    "a link": "a [link=file:///etc/passwd]click[/link]",
    "HTML": "<script>alert(1)</script>",
    "a formula": '=HYPERLINK("http://x")',
    "letters from right to left": "\u202ekwah",
    "an emoji": "🦉",
    "quotes": "o\"w'l,;|",
    "a template": "a {{ 7*7 }} {% raw %}",
    "a percent sign": "%s %(x)s {0}",
}
"""Names that a terminal, a page or a spreadsheet could take for something else."""


def _labelled(work: Path, name: str) -> None:
    text(*([name] * 10))(work / "labels.txt")


def _in(file: str, make: Maker) -> Callable[[Path], object]:
    return lambda work: make(work / file)


def _two(first: Maker, second: Maker) -> Callable[[Path], object]:
    def make(work: Path) -> None:
        first(work / "map.pbtxt")
        second(work / "synsets.txt")

    return make


def _special(name: str) -> Callable[[Path], object]:
    return lambda work: _labelled(work, name)


def _unreadable(work: Path) -> None:
    text(*NAMES)(work / "labels.txt")
    (work / "labels.txt").chmod(0)


EXPLAIN = ("explain", MODEL, IMAGE, "--candidate", "stack=fake", "--labels", "labels.txt")

FAULTS = [
    *(
        CampaignFault(name, _in(file, make), check("--labels", file), refused(words))
        for name, (file, make, words) in REFUSED.items()
    ),
    *(
        CampaignFault(
            name,
            _two(first, second),
            check("--labels", "map.pbtxt", "--synsets", "synsets.txt"),
            refused(words),
        )
        for name, (first, second, words) in MAPS.items()
    ),
    *(
        CampaignFault(
            f"a name that is {name}",
            _special(label),
            check("--labels", "labels.txt"),
            Done((label.lstrip("\u202e"),)),
        )
        for name, label in SPECIAL.items()
    ),
    CampaignFault(
        "control characters",
        _special("owl\x1b[2J\x07\x00\x9b"),
        check("--labels", "labels.txt"),
        Done(("owl",)),
    ),
    CampaignFault(
        "a name of a megabyte", _special("o" * 100_000), check("--labels", "labels.txt"), Done()
    ),
    CampaignFault(
        "unreadable",
        _unreadable,
        CampaignRun(check("--labels", "labels.txt").words, unprivileged=True),
        refused("labels.txt", "is not readable"),
    ),
    CampaignFault(
        "synsets without a map",
        _in("synsets.txt", text("n01\ta")),
        check("--synsets", "synsets.txt"),
        refused("--labels"),
    ),
    CampaignFault(
        "a name of 5000 letters",
        lambda _: None,
        check("--labels", "l" * 5000),
        refused("no label file"),
    ),
    CampaignFault(
        "explain, with three names",
        _in("labels.txt", text("a", "b", "c")),
        parity(*EXPLAIN),
        refused("names 3 classes, but the model scores 10"),
    ),
]
