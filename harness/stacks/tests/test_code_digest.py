"""The digest of a step's source, by which a cached build is known to be of today's code."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import StackError
from harness.stacks import sources as module
from harness.stacks.registry import all_stacks
from harness.stacks.sources import source_digest, sources

FILES = {
    "__init__.py": "",
    "stack.py": "import shop.direct\ndef step():\n    from shop.lazy import work\n",
    "direct.py": "from . import sibling\nfrom .inner.deep import VALUE\n",
    "sibling.py": "try:\n    import shop.fallback as other\nexcept ImportError:\n    pass\n",
    "fallback.py": "raise SystemExit('imported')\n",
    "lazy.py": "class Work:\n    def run(self):\n        from shop.inner import star\n",
    "inner/__init__.py": "from shop.inner.names import *\n",
    "inner/names.py": "",
    "inner/star.py": "",
    "inner/deep.py": "from ..above import VALUE\n",
    "above.py": "from harness.graphdef.cut import cut\nVALUE = 1\n",
    "broken.py": "import shop.stack\n",
    "types_alone.py": "",
}
FILES["stack.py"] += (
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import shop.types_alone\n"
)
APART = ("broken.py", "types_alone.py")
"""Files of the package that the step does not import."""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of another project with a step; nothing of it is ever imported."""
    folder = tmp_path / "shop"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    _forget()
    yield folder
    assert "shop" not in sys.modules
    _forget()


def _forget() -> None:
    """A digest is computed once a process: look again."""
    for cached in (source_digest, module._file, module._imported):
        cached.cache_clear()


@pytest.mark.parametrize("name", FILES)
def test_a_change_in_whatever_the_step_imports_is_another_build(shop: Path, name: str) -> None:
    before = source_digest("shop.stack")
    _forget()
    assert source_digest("shop.stack") == before
    with (shop / name).open("a") as file:
        file.write("# another\n")
    _forget()
    assert (source_digest("shop.stack") == before) == (name in APART)


def test_imports_of_the_harness_are_followed_and_other_packages_are_not(shop: Path) -> None:
    found = sources("shop.stack")
    assert {"harness.graphdef.cut", "harness.graphdef.endpoints", "harness.errors"} <= set(found)
    assert {name.partition(".")[0] for name in found} == {"shop", "harness"}


def test_a_module_that_does_not_parse_counts_by_its_text(shop: Path) -> None:
    (shop / "lazy.py").write_text("def (:\n")
    before = source_digest("shop.stack")
    (shop / "lazy.py").write_text("def (::\n")
    _forget()
    assert source_digest("shop.stack") != before


@pytest.mark.parametrize(
    ("stack", "step", "imported"),
    [
        ("relay", "import", "harness.stacks.relay_frontend"),
        ("relax", "import", "harness.graphdef.parse"),
        ("relax", "import", "harness.stacks.relax.frontend.ops.pooling"),
        ("relax", "optimize", "harness.stacks.relax.packed.tiles"),
        ("relax", "build", "harness.stacks.relax.codegen"),
        ("relax-onnx", "convert", "harness.graphdef.modernise"),
    ],
)
def test_the_steps_of_the_own_stacks(stack: str, step: str, imported: str) -> None:
    (found,) = (one for one in all_stacks()[stack].steps if one.name == step)
    names = sources(found.function.__module__)
    assert imported in names
    assert not [name for name in names if name.startswith(("harness.cli", "harness.reports"))]


def test_whatever_a_process_imports_with_a_step_is_among_its_sources() -> None:
    for stack in all_stacks().values():
        for name in {step.function.__module__ for step in stack.steps}:
            program = f"import sys, {name}; print(*(m for m in sys.modules if m[:7] == 'harness'))"
            command = [sys.executable, "-c", program]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            assert set(done.stdout.split()) <= set(sources(name)), name


def test_a_step_whose_source_is_missing_raises() -> None:
    with pytest.raises(StackError, match="no_such_source"):
        source_digest("no_such_source")
