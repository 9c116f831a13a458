"""What can't be doubled: named, run between casts; and the table against TensorFlow's registry."""

import pickle
import re
from typing import Any

import numpy as np
import pytest

from harness.errors import GraphError
from harness.graphdef.build import add_const, add_node
from harness.graphdef.float64 import convert as module
from harness.graphdef.float64.convert import convert_to_float64
from harness.graphdef.float64.float32_only import FLOAT32_ONLY
from harness.graphdef.float64.rewrites import REWRITES
from harness.graphdef.tensors import DT_FLOAT, DT_INT32
from harness.graphdef.tests.float64_runs import Job, apart, fed, one_op, run_all
from harness.graphdef.wire import GraphDef
from harness.testing.tiny import F

RNG = np.random.default_rng(2)
IMAGE = RNG.uniform(0, 5, (2, 6, 7, 4)).astype(np.float32)
COLOURS = RNG.uniform(0, 1, (1, 6, 7, 3)).astype(np.float32)
VIDEO = RNG.random((1, 4, 4, 4, 2), np.float32)
NORM = RNG.uniform(1, 2, (4, 4)).astype(np.float32)
QUINT8 = ("type", 12)
KERNEL = "TensorFlow has no float64 kernel for it"
QUANTIZES = "it quantizes, and TensorFlow does that in float32 alone"


def quantized() -> Any:
    """QuantizeV2 → QuantizedRelu (its type unwritten) → Dequantize, with scores behind."""
    graph = GraphDef()
    add_node(graph, "input", "Placeholder", [], dtype=F)
    low = add_const(graph, "low", np.float32(0))
    high = add_const(graph, "high", np.float32(6))
    add_node(graph, "q", "QuantizeV2", ["input", low, high], T=QUINT8)
    add_node(graph, "relu", "QuantizedRelu", ["q", "q:1", "q:2"], Tinput=QUINT8)
    add_node(graph, "back", "Dequantize", ["relu", "relu:1", "relu:2"], T=QUINT8)
    add_node(graph, "out", "Mul", ["back", "relu:2"], T=F)
    return Job(graph, {"input:0": IMAGE}, entry=fed(IMAGE))


def training() -> Any:
    options = {"T": F, "U": F, "epsilon": 0.001, "data_format": "NHWC"}
    return one_op("FusedBatchNormV3", IMAGE, [*NORM[:2], NORM[0, :0], NORM[0, :0]], **options)


def statistics() -> Any:
    """A second output is used, though outside training it is only the mean that was given."""
    job = one_op("FusedBatchNormV3", IMAGE, NORM, T=F, U=F, epsilon=0.001, is_training=False)
    add_node(job.graph, "product", "Mul", ["out", "out:1"], T=F)
    return Job(job.graph, job.feeds, "product", job.entry)


def with_range(op: str, weights: Any, **attrs: Any) -> Any:
    return one_op(op, IMAGE, [np.float32(w) for w in weights], **attrs)


BOXES = [
    np.array([[0.1, 0.1, 0.8, 0.9]], np.float32),
    np.array([0], np.int32),
    np.array([3, 3], np.int32),
]
POOL = {"T": F, "ksize": [1, 2, 2, 2, 1], "strides": [1, 1, 1, 1, 1], "padding": "SAME"}
JOBS: dict[str, tuple[Any, Any]] = {
    "fake quant": (with_range("FakeQuantWithMinMaxVars", (0, 6)), QUANTIZES),
    "crop": (one_op("CropAndResize", IMAGE, BOXES, T=F), KERNEL),
    "bicubic": (one_op("ResizeBicubic", IMAGE, [np.array([3, 3], np.int32)], T=F), KERNEL),
    "area": (one_op("ResizeArea", IMAGE, [np.array([3, 3], np.int32)], T=F), KERNEL),
    "contrast": (one_op("AdjustContrastv2", COLOURS, [np.float32(0.5)], T=F), KERNEL),
    "average of a video": (one_op("AvgPool3D", VIDEO, **POOL), KERNEL),
    "bits": (one_op("Bitcast", IMAGE, T=F, type=("type", DT_INT32)), "it reads the bits"),
}
SEVERAL: dict[str, tuple[Any, Any]] = {
    "quantized": (
        quantized(),
        tuple(
            f"{n}: {QUANTIZES}" for n in ("QuantizeV2 q", "QuantizedRelu relu", "Dequantize back")
        ),
    ),
    "training": (training(), (f"FusedBatchNormV3 out: {KERNEL}",)),
    "statistics": (statistics(), (f"FusedBatchNormV3 out: {KERNEL}",)),
}

REGISTRY = """
import pickle, sys
from tensorflow.core.framework import types_pb2
from tensorflow.python.framework import dtypes, kernels, op_def_registry
FLOAT, DOUBLE = types_pb2.DT_FLOAT, types_pb2.DT_DOUBLE
allowed = {}
for kernel in kernels.get_all_registered_kernels().kernel:
    if kernel.device_type == "CPU":
        held = {c.name: set(c.allowed_values.list.type) for c in kernel.constraint}
        allowed.setdefault(kernel.op, []).append(held)

def word(arg, attrs, gives):
    if arg.type_list_attr:
        return arg.type_list_attr
    if arg.type:
        fixed = dtypes.as_dtype(arg.type).name if gives else "-"
        made = "f" if arg.type == FLOAT else fixed
    else:
        attr = attrs[arg.type_attr]
        default = attr.default_value.type if attr.HasField("default_value") else FLOAT
        made = arg.type_attr if gives or floats(attr) else "-"
        made += f"={dtypes.as_dtype(default).name}" if gives and default != FLOAT else ""
    return f"{arg.number_attr}*{made}" if arg.number_attr else made

def floats(attr):
    return not attr.HasField("allowed_values") or FLOAT in attr.allowed_values.list.type

def lacks(op, name):
    has = {t for t in (FLOAT, DOUBLE) for held in allowed[op] if t in held.get(name, {t})}
    return has == {FLOAT}

found = {}
for op in allowed:
    made = op_def_registry.get(op)
    if made is None:
        continue
    attrs = {attr.name: attr for attr in made.attr}
    types = [attr for attr in made.attr if attr.type == "type" and floats(attr)]
    fixed = any(arg.type == FLOAT for arg in (*made.input_arg, *made.output_arg))
    found[op] = {
        "takes": tuple(word(arg, attrs, False) for arg in made.input_arg),
        "gives": tuple(word(arg, attrs, True) for arg in made.output_arg),
        "single": fixed or any(lacks(op, attr.name) for attr in types),
        "unwritten": [a.name for a in types if a.default_value.type == FLOAT],
        "calls": any(attr.type == "func" for attr in made.attr),
    }
pickle.dump(found, open(sys.argv[2], "wb"))
"""
# What no classifier has between an image and its scores: training, sampling of candidates, sound,
# recurrent cells, files, summaries, TensorFlow's own rewritten operations, data sets.
FOREIGN = re.compile(
    "^_|Grad|Sampler|Sdca|^Uniform|Dataset|LSTM|GRU|Audio|Wav|Mfcc|Summary|KMC|Kmeans|NegTrain|InTopK"
    "|LoadAnd|NearestNeighbors|^Test|Accidental|EditDist|SampleDistorted|^AdjustContrast$"
    "|CTC|Complex|Iterator|MapDefun|^Xla|RpcServer|SymbolicGradient"
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The answers of the jobs and the registry, from one process."""
    folder = tmp_path_factory.mktemp("kept")
    jobs = {name: job for name, (job, _) in (JOBS | SEVERAL).items()}
    answers = run_all(folder, jobs, REGISTRY)
    return answers, pickle.loads((folder / "extra.pickle").read_bytes())


@pytest.fixture(scope="module")
def answers(told: Any) -> Any:
    return told[0]


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", JOBS | SEVERAL)
def test_what_is_kept_is_named_and_runs_as_in_the_original(
    tensorflow_here: None, answers: Any, name: str
) -> None:
    found = answers[name]
    assert not isinstance(found, str), found
    job, why = (JOBS | SEVERAL)[name]
    if name in JOBS:
        why = (f"{job.graph.node[-1].op} out: {why}",)
        assert found.kept[0].startswith(why[0])
        assert len(found.kept) == 1
    else:
        assert found.kept == why
    whole = found.original.dtype == np.int32
    assert found.in_float64.dtype == (np.int32 if whole else np.float64)
    assert apart(found.original, found.in_float64) < 1e-6


def test_a_function_s_body_is_out_of_reach_and_named() -> None:
    graph = GraphDef()
    add_node(graph, "input", "Placeholder", [], dtype=F)
    add_node(graph, "call", "PartitionedCall", ["input"])
    for name in ("Tin", "Tout"):
        graph.node[-1].attr[name].list.type.append(DT_FLOAT)
    add_node(graph, "out", "Relu", ["call"], T=F)
    converted = convert_to_float64(graph, fed(IMAGE), "out")
    assert converted.kept == (
        "PartitionedCall call: it calls a function, whose body stays float32",
    )
    inner = next(node for node in converted.graph.node if node.op == "PartitionedCall")
    assert list(inner.attr["Tin"].list.type) == list(inner.attr["Tout"].list.type) == [DT_FLOAT]


@pytest.mark.parametrize(
    ("op", "weights", "message"),
    [
        ("FakeQuantWithMinMaxVars", [], "'out' takes 3 tensors; found 1. The file is damaged"),
        ("RandomGamma", [np.float32(1)], "has no type 'T'; the file is damaged"),
    ],
)
def test_a_damaged_node_is_told(op: str, weights: Any, message: Any) -> None:
    job = one_op(op, IMAGE, weights)
    job.graph.node[-1].attr["T"].b = True
    with pytest.raises(GraphError, match=message):
        convert_to_float64(job.graph, job.entry, "out")


@pytest.fixture(scope="module")
def registry(told: Any) -> Any:
    """What the installed TensorFlow says of every operation that has a kernel for a CPU."""
    return told[1]


@pytest.mark.tensorflow
def test_the_signatures_are_tensorflow_s(tensorflow_here: None, registry: Any) -> None:
    held = {op: (s.takes, s.gives) for op, s in FLOAT32_ONLY.items()}
    assert held == {op: (registry[op]["takes"], registry[op]["gives"]) for op in held}


@pytest.mark.tensorflow
def test_nothing_that_lacks_float64_is_missing(tensorflow_here: None, registry: Any) -> None:
    lacking = {op for op, facts in registry.items() if facts["single"] or facts["calls"]}
    lacking = {op for op in lacking if not FOREIGN.search(op)}
    assert len(lacking) > 100
    assert lacking - set(FLOAT32_ONLY) - set(REWRITES) == set()


@pytest.mark.tensorflow
def test_unwritten_types_are_known(tensorflow_here: None, registry: Any) -> None:
    known = {op for op, facts in registry.items() if facts["unwritten"] == ["T"]}
    known = {op for op in known if not FOREIGN.search(op)} - set(FLOAT32_ONLY) - set(REWRITES)
    assert known <= set(module._UNWRITTEN)
