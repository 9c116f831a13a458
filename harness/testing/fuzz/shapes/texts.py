"""Files of lines: case files, label lists and maps, tables, lists of a package's files."""

import json
from random import Random
from typing import Any

from harness.reports.writers import rows_csv, run_json
from harness.results import journal
from harness.testing.fuzz.shapes import trees
from harness.testing.fuzz.shapes.damage import TEXTS, damaged, sometimes_damaged
from harness.testing.sample_rows import make_result, make_run

SEPARATOR = b"\n=====\n"
"""Between the two files of an input that stands for two."""
_SHA = "0" * 64
CASE: dict[str, Any] = {
    "description": "text", "k": 5, "repeats": 3, "scopes": ["graph", "end_to_end"],
    "model": {"path": "model.pb", "input": "in", "output": "softmax"},
    "images": [{"path": "*.jpg"}, {"url": "https://a.org/a.jpg", "sha256": _SHA, "name": "a"}],
    "labels": {"names": {"path": "labels.txt"}},
    "reference": {"intra_op_threads": 1, "onednn": False},
    "preprocess": {"size": [8, 8], "mean": [0.5], "scale": [1.0, 1.0, 1.0], "resample": "box"},
    "tolerance": {"graph": {"atol": 1e-4, "rtol": 1e-5}, "end_to_end": {"near_tie": 0.1}},
    "candidates": [{"stack": "relay", "pass_config": {"a.b": True}}, {"name": "x", "opt_level": 0}],
    "known_failures": [{"image": "a*", "status": "mismatch", "reason": "known"}],
    "published": [{"image": "a", "side": "reference", "top": [["cat", 0.9]]}],
    "limits": {"memory_gib": 4.0, "max_pixels": 1000},
    "gates": {"min_top1_agreement": 0.99, "max_mismatches": 3, "scope": "graph"},
}  # fmt: skip
STEPS: dict[str, Any] = {"preset": "torchvision", "resizer": "opencv", "steps": [
    {"step": "resize_shorter_side", "side": 9, "resizer": "tensorflow", "antialias": True},
    {"step": "resize_with_pad", "size": [8, 8], "fill": 9},
    {"step": "crop_or_pad", "size": [8, 8], "offset": "even"},
    {"step": "central_crop", "fraction": 0.875}, {"step": "center_square", "side": 8},
    {"step": "reverse_channels"}, {"step": "divide", "value": [1.0, 2.0, 3.0]},
]}  # fmt: skip
"""Another `[preprocess]`."""
_ROW = make_result(reason="why", max_abs=0.5, k=5, top1_equal=True, log="logs/a.log")
ROW = journal.encode(_ROW.model_copy(update={"thumbnail": "data:,"}))
_PICTURE = {"thumbnail": journal.picture_digest("data:,")}
_LINES: tuple[Any, ...] = (json.loads(ROW), json.loads(ROW), _PICTURE | {"uri": "x"}, {"torn": 9})
RUN = json.loads(
    run_json.WRITER.render(make_run(id="20261122T205900Z-3fa9c1"), [make_result()]) or "{}"
)
_LABEL_MAP = """# comment {
entry {
  target_class: 1
  target_class_string: "n01440764"
}
entry { target_class: 2 target_class_string: "n02" }
"""


def case_file(random: Random) -> bytes:
    """A case file with changed keys and values."""
    case = CASE if random.random() < 0.7 else CASE | {"preprocess": STEPS}
    text = toml(trees.altered(random, case) if random.random() < 0.9 else case)
    return sometimes_damaged(random, text.encode(), 0.4)


def toml(tree: Any) -> str:
    """A table as TOML with inline values; what TOML can't hold becomes text."""
    if not isinstance(tree, dict):
        return f"{_toml(tree)}\n"
    plain = [(k, v) for k, v in tree.items() if not isinstance(v, dict)]
    tables = [(k, v) for k, v in tree.items() if isinstance(v, dict)]
    lines = [f"{_key(k)} = {_toml(v)}" for k, v in plain]
    for key, table in tables:
        lines += [f"[{_key(key)}]", *(f"{_key(k)} = {_toml(v)}" for k, v in table.items())]
    return "\n".join(lines) + "\n"


def _key(key: str) -> str:
    return key if key.isidentifier() and key.isascii() else json.dumps(key)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    return "''" if value is None else json.dumps(value, ensure_ascii=False)


def labels(random: Random) -> bytes:
    """One name a line, or JSON in one of its forms."""
    listed: list[Any] = ["background", "tench", "cat"]
    pairs = {"0": ["n01", "tench"], "1": ["n02", "cat"]}
    if random.random() < 0.7:
        return trees.as_json(random, random.choice((listed, pairs, dict(enumerate(listed)))))
    return damaged(random, "\n".join(listed).encode())


def label_map(random: Random) -> bytes:
    """A label map and the list of its synsets, with `SEPARATOR` between them."""
    synsets = b"n01440764\ttench, Tinca tinca\nn02\tcat\n"
    first = sometimes_damaged(random, _LABEL_MAP.encode(), 0.8)
    return first + SEPARATOR + sometimes_damaged(random, synsets, 0.4)


def journal_lines(random: Random) -> bytes:
    """A journal of a few lines of each kind, changed."""
    lines = [trees.as_json(random, random.choice(_LINES)) for _ in range(random.randint(1, 3))]
    return sometimes_damaged(random, b"\n".join([*lines, ROW, b""]), 0.1)


def run_record(random: Random) -> bytes:
    """A run.json, changed."""
    return trees.as_json(random, RUN)


def table(random: Random) -> bytes:
    """A rows.csv with changed fields."""
    data = rows_csv.WRITER.render(make_run(), [make_result(k=5, max_abs=0.5)] * 2) or b""
    rows = [line.split(",") for line in data.decode().splitlines()]
    for _ in range(random.randint(0, 4)):
        row = random.choice(rows)
        at = random.randrange(len(row)) if row else 0
        row[at : at + 1] = [str(trees.value(random, 0))] * random.choice((1, 1, 1, 0, 2))
    return sometimes_damaged(random, "\n".join(map(",".join, rows)).encode())


def record(random: Random) -> bytes:
    """A pattern, `SEPARATOR`, and the RECORD of an installed package."""
    pattern = random.choice(("pkg/a.pb", "**/*.pb", "*/a.pb", "[", "**/" * 12 + "x"))
    names = ["pkg/a.pb", "../../bin/run", "/etc/passwd", "a/" * random.choice((1, 30)) + "y"]
    lines = [f"{name},sha256=abc,{random.choice(('12', '', 'x'))}" for name in names]
    lines.append(random.choice(TEXTS))
    return sometimes_damaged(random, pattern.encode() + SEPARATOR + "\n".join(lines).encode(), 0.4)


def manifest(random: Random) -> bytes:
    """The manifest of a cached build, changed."""
    return trees.as_json(random, {"files": {"a.so": _SHA}, "facts": {"seconds": 1.5}})
