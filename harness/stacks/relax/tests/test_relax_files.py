"""ONNX and TFLite files compiled by TVM 0.27 as they are."""

import json

import pytest

from harness.results.status import Status
from harness.testing.converted_network import ConvertedNetwork
from harness.testing.fixtures import RunCommand

pytestmark = [pytest.mark.relax, pytest.mark.slow, pytest.mark.usefixtures("relax_here")]


@pytest.mark.xdist_group("converted")
@pytest.mark.parametrize("form", ["onnx", "tflite"])
def test_a_file_is_compiled_as_it_is(
    parity: RunCommand, converted_network: ConvertedNetwork, form: str
) -> None:
    words = (f"model.{form}", "photo.png", "--scope", "graph", "--json")
    cache = {"PARITY_CACHE": str(converted_network.cache)}
    done = parity("check", *words, cwd=converted_network.folder, env=cache)
    assert done.returncode == 0, done.stdout + done.stderr
    (row,) = json.loads(done.stdout)
    assert row["candidate"] == f"relax-{form}-llvm"
    assert Status(row["status"]).passing, row["reason"]
    assert row["reference_program"] == {"onnx": "ONNX Runtime", "tflite": "LiteRT"}[form]
    assert row["convert_s"] is None
    assert 0 < row["max_abs"] < 1e-5
