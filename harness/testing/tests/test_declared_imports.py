"""What the product imports is declared in pyproject.toml, and not only installed by accident."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.testing.fixtures import ROOT
from harness.testing.tox_sections import TOX

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OTHER_NAMES = {
    "ai_edge_litert": ("ai-edge-litert",),
    "PIL": ("pillow",),
    "cv2": ("opencv-python-headless",),
    "google": ("protobuf",),
    "tensorflow": ("tensorflow-cpu",),
    "tvm": ("xtc-tvm-python-bindings", "apache-tvm"),
    "tvm_ffi": ("apache-tvm-ffi",),
}
"""Imports whose distribution has another name."""
EXTRAS = {
    "stacks/tensorflow": ("tensorflow",),
    "stacks/relay": ("relay",),
    "stacks/relax": ("relax", "to-onnx", "tensorflow"),
    "stacks/converters.py": ("to-onnx",),
    "stacks/onnx": ("onnxruntime", "to-onnx"),
    "stacks/litert": ("litert",),
    "stacks/tflite": ("litert",),
    "stacks/relay_graph_standalone.py": ("tensorflow",),
    "stacks/tvm": ("relay", "relax"),
    "stacks/pass_limits.py": ("relay", "relax"),
    "inputs/opencv_resize.py": ("opencv",),
    "plugin": ("pytest",),
    "reports/arrow.py": ("parquet",),
    "reports/writers/parquet.py": ("parquet",),
    "reports/writers/scores_parquet.py": ("parquet",),
    "history": ("history", "parquet"),
    "sweep": ("sweep", "parquet"),
}
"""Start of a module's path → the extras that it may need; every other module has none."""
MODULES = [
    path.relative_to(ROOT / "harness").as_posix()
    for path in sorted((ROOT / "harness").rglob("*.py"))
    if not {"tests", "testing"} & set(path.parts)
]


def _names(requirements: list[str]) -> set[str]:
    found = {re.split(r"[\[<>=!~; ]", one)[0] for one in requirements}
    return {re.sub(r"[-_.]+", "-", name).lower() for name in found}


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("module", MODULES)
def test_every_import_is_of_a_declared_distribution(module: str) -> None:
    extras = [
        extra for start, names in EXTRAS.items() if module.startswith(start) for extra in names
    ]
    declared = _names(PROJECT["dependencies"])
    for extra in extras:
        declared |= _names(PROJECT["optional-dependencies"][extra])
    foreign = set(_imports(ROOT / "harness" / module)) - set(sys.stdlib_module_names) - {"harness"}
    undeclared = {
        name for name in foreign if not declared & _names(list(OTHER_NAMES.get(name, (name,))))
    }
    assert undeclared == set()


def test_the_tox_factors_have_the_versions_of_the_extras() -> None:
    """The environments of `parity environments` pin what the extras pin, where they have it."""
    pinned = {line.strip() for line in TOX.splitlines() if "==" in line}
    factors = {line.partition(": ")[2] for line in pinned}
    extras = PROJECT["optional-dependencies"]
    wanted = {one for name in ("relay", "relax", "tensorflow") for one in extras[name]}
    assert {one for one in wanted if "==" in one} <= factors
