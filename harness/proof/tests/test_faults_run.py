"""Faults in TensorFlow and in TVM 0.19: they run, and they move scores."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.graphdef.serialise import to_bytes
from harness.proof.faults.kinds import KINDS
from harness.proof.tests.fault_expectations import WHOLE
from harness.testing.pretrained import FOLDED, NETWORK, PHOTOS, network_file, photo
from harness.testing.tiny import write_image

# Runs the whole graph and each of its faults on each photo; the clean run is made twice, so that
# what TensorFlow itself moves by is known.
RUNNER = """
import json, sys
from pathlib import Path

import numpy as np
import tensorflow as tf
from harness.proof.faults.planting import faults
from harness.graphdef.parse import parse
from harness.graphdef.endpoints import find_output
from harness.graphdef.serialise import to_bytes

v1 = tf.compat.v1

def run(graph, output, photos):
    definition = v1.GraphDef.FromString(to_bytes(graph))
    with tf.Graph().as_default() as native:
        tf.import_graph_def(definition, name="")
    with v1.Session(graph=native) as session:
        return [session.run(output, {"DecodeJpeg/contents:0": p.read_bytes()})[0] for p in photos]

model, per_kind, *photos = sys.argv[1:]
photos = [Path(p) for p in photos]
whole = parse(Path(model).read_bytes())
output = find_output(whole)
clean = run(whole, output, photos)
classes = tuple(int(i) for i in np.argsort(-clean[0])[:2])
suite = faults(whole, output, per_kind=int(per_kind), classes=classes)
rows = []
for fault in suite.faults:
    scores = run(fault.graph, output, photos)
    moved = [float(np.abs(s - c).max()) for s, c in zip(scores, clean)]
    rows.append([fault.kind, fault.where, bool(np.isfinite(scores).all()), moved])
tops = [float(c.max()) for c in clean]
print(json.dumps({"rows": rows, "tops": tops, "inapplicable": suite.inapplicable}))
"""


def _effects(model: Any, photos: Any, per_kind: Any) -> Any:
    command = [sys.executable, "-c", RUNNER, str(model), str(per_kind), *map(str, photos)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    for kind, where, finite, moved in found["rows"]:
        print(f"{kind:28} {max(moved):9.2e} {'' if finite else 'NOT FINITE '}{where}")
        assert finite, (kind, where)
    return found


@pytest.mark.tensorflow
def test_every_fault_of_the_small_net_runs_and_moves_the_scores(
    tmp_path: Path, tensorflow_here: None
) -> None:
    model = tmp_path / "small.pb"
    model.write_bytes(to_bytes(WHOLE))
    photos = [write_image(tmp_path / f"{i}.jpg", size=(90, 80), seed=i) for i in range(4)]
    found = _effects(model, photos, 2)
    for kind, where, _, moved in found["rows"]:
        assert max(moved) > 1e-5, (kind, where)


@pytest.mark.tensorflow
def test_photographs_have_a_clear_first_in_the_small_net(
    tmp_path: Path, tensorflow_here: None
) -> None:
    model = tmp_path / "small.pb"
    model.write_bytes(to_bytes(WHOLE))
    found = _effects(model, [photo(name) for name in PHOTOS], 1)
    assert all(0.2 < top < 0.95 for top in found["tops"]), found["tops"]


NO_BATCH_NORM = ["bn_epsilon", "bn_epsilon_everywhere", "bn_statistics_dropped"]
# Kinds that in their seeded places may move no score of the photo by 1e-5: one element of a
# channel that is dead for this photo, a ReLU6 that never saturates, float16 where few bits are
# needed.
QUIET = {"weight_element_scaled", "weights_float16", "relu6_unbounded"}


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("name", "inapplicable"),
    [(NETWORK, []), pytest.param(FOLDED, NO_BATCH_NORM, marks=pytest.mark.slow)],
)
def test_faults_of_pretrained_networks_run(
    name: str, inapplicable: Any, tmp_path: Path, tensorflow_here: None
) -> None:
    found = _effects(network_file(name, tmp_path), [photo("chelsea.png")], 1)
    assert sorted(found["inapplicable"]) == sorted(inapplicable)
    assert {row[0] for row in found["rows"]} == set(KINDS) - set(inapplicable)
    for kind, where, _, moved in found["rows"]:
        assert kind in QUIET or max(moved) > 1e-5, (kind, where)


# Imports the whole graph and one fault of each kind, and says which the importer can't tell apart.
IMPORTER = """
import json, sys
from pathlib import Path
import numpy as np
from tvm import ir, relay
from harness.proof.faults.planting import faults
from harness.graphdef.cut import cut
from harness.graphdef.endpoints import find_input
from harness.graphdef.serialise import to_bytes
from harness.stacks.relay import MODULE, PARAMS, import_graph
from harness.proof.small_net import small_net

folder, shape = Path(sys.argv[1]), (90, 80, 3)

def imported(graph):
    entry = find_input(graph)
    source = folder / "graph.pb"
    source.write_bytes(to_bytes(cut(graph, entry, "softmax:0", shape)))
    import_graph({"source": source, "layout": "NCHW", "input": entry.pixels, "shape": shape,
                  "output": "softmax:0", "folder": folder}, {})
    params = relay.load_param_dict((folder / PARAMS).read_bytes())
    return ir.load_json((folder / MODULE).read_text()), {n: v.numpy() for n, v in params.items()}

def equal(one, other):
    names = sorted(one[1]) == sorted(other[1])
    return names and ir.structural_equal(one[0], other[0], map_free_vars=True) and all(
        np.array_equal(value, other[1][name]) for name, value in one[1].items())

whole = small_net()
clean = imported(whole)
suite = faults(whole, "softmax", per_kind=1).faults
same = [fault.kind for fault in suite if equal(imported(fault.graph), clean)]
print(json.dumps([equal(imported(whole), clean), same]), flush=True)
"""


@pytest.mark.relay
def test_relay_imports_every_fault_and_sees_all_but_the_one_it_ignores(
    tmp_path: Path, relay_here: None
) -> None:
    """TVM 0.19 drops half_pixel_centers: a graph that sets it gets the legacy resize, unsaid."""
    command = [sys.executable, "-c", IMPORTER, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    repeats, same = json.loads(done.stdout.splitlines()[-1])
    assert repeats
    assert same == [name for name, kind in KINDS.items() if "relay" in kind.ignored_by]
