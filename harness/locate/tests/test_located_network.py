"""Faults in the pretrained network, located on the harness's own kernels for TVM 0.27."""

import json
from pathlib import Path

import pytest

from harness.graphdef.model_file import read_model
from harness.graphdef.serialise import to_bytes
from harness.proof.faults.planting import faults
from harness.proof.planted_nodes import changed_nodes
from harness.testing.fixtures import RunCommand
from harness.testing.pretrained import NETWORK, network_file, photo

pytestmark = [
    pytest.mark.slow,  # a build and 20 s of locating for each
    pytest.mark.relax,
    pytest.mark.usefixtures("relax_here"),
    pytest.mark.xdist_group("located_network"),
]


@pytest.mark.parametrize("kind", ["weights_float16", "relu6_unbounded", "padding_shifted"])
def test_the_kernel_that_holds_the_faulty_node_is_named_and_no_other(
    parity: RunCommand, tmp_path: Path, kind: str
) -> None:
    path = network_file(NETWORK, tmp_path)
    file = read_model(path)
    (fault,) = faults(file.graph, file.output, kinds=(kind,), per_kind=1).faults
    (tmp_path / "faulty.pb").write_bytes(to_bytes(fault.graph))
    words = ("--candidate", "relax-host-packed", "--candidate-model", "faulty.pb", "--json")
    done = parity("locate", path, photo("astronaut.png"), *words)
    assert done.returncode == 1, done.stderr
    (found,) = json.loads(done.stdout)
    (one,) = found["findings"]
    assert changed_nodes(file.graph, fault.graph) <= {node["name"] for node in one["nodes"]}
    assert found["images"][0]["same_bits"]
