"""A network of each of Keras's families through Relay."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.testing import keras_families as families
from harness.testing.case_folder import make_models, run_cases
from harness.testing.fixtures import ROOT
from harness.testing.tiny import write_image

CASE = """
scopes = ["graph"]
repeats = 1
[model]
path = "{name}.pb"
[preprocess]
mean = [{mean}]
scale = [{scale}]
[[images]]
path = "photo.png"
"""

COMPARED = ("MobileNetV3", "ResNet")
"""Families that are compiled and compared; a build takes half a minute, NASNet's several."""
UNSUPPORTED = {"ConvNeXt": "Erfc"}
"""Family → the operation that TVM 0.19's importer lacks: there it is the exact GELU's."""
IMPORT = """
import json, sys
from pathlib import Path
from harness.graphdef.cut import cut
from harness.graphdef.model_file import read_model
from harness.stacks.relay_frontend import from_tensorflow
from harness.stacks.relay_repeats import types_without_prelude

for path in map(Path, sys.argv[1:]):
    said, model, shape = "", read_model(path), (1, 64, 64, 3)
    graph = cut(model.graph, model.entry, model.output, shape)
    try:
        with types_without_prelude():
            from_tensorflow(graph, layout="NCHW", shape={"x": shape}, output="scores")
    except Exception as error:
        said = str(error)
    print(json.dumps([path.stem, said]), flush=True)
"""
"""Imports each file into Relay, and says what it raises."""

pytestmark = [
    pytest.mark.relay,
    pytest.mark.xdist_group("families"),  # their models are shared by all tests here
]


@pytest.fixture(scope="module")
def folder(relay_here: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models of all families in `cases`."""
    folder = tmp_path_factory.mktemp("families")
    (folder / "cases").mkdir()
    make_models(families.__name__, folder / "cases")
    return folder


def test_relay_imports_every_family_or_names_what_it_lacks(folder: Path) -> None:
    """In one process without TensorFlow: with it, Keras's graphs end the importer by SIGSEGV."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, *(f"cases/{name}.pb" for name in families.FAMILIES)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = dict(json.loads(line) for line in done.stdout.splitlines())
    assert list(said) == list(families.FAMILIES)
    refused = {name: text for name, text in said.items() if text}
    assert refused.keys() == UNSUPPORTED.keys()
    assert all(op in refused[name] for name, op in UNSUPPORTED.items())


def test_the_compiler_gives_tensorflows_answer(folder: Path) -> None:
    write_image(folder / "cases" / "photo.png", size=(80, 70))
    for name in COMPARED:
        mean, scale = ("0", "1") if name in families.RAW else ("127.5", "0.00784313725490196")
        text = CASE.format(name=name, mean=mean, scale=scale)
        (folder / "cases" / f"{name}.toml").write_text(text)
    rows = run_cases(folder)
    assert sorted(rows.case) == [f"cases/{name}" for name in COMPARED]
    assert set(rows.status) <= {"match", "within_noise"}, "\n".join(rows.reason)
    assert rows.reference_score.between(0.11, 0.99).all()
    assert set(rows.classes) == {families.CLASSES}
