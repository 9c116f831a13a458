"""What a candidate's first build step reads, and which steps several stacks share."""

from pathlib import Path

import pytest

from harness.execution.build_steps import step_key
from harness.execution.candidate_source import candidate_source
from harness.execution.outcome import NoAnswer
from harness.graphdef.endpoints import ImageInput
from harness.graphdef.model_file import ModelFile, ModelFormat, read_model
from harness.graphdef.serialise import digest
from harness.graphdef.wire import GraphDef
from harness.results.status import Status
from harness.stacks.registry import stack_named
from harness.testing.tiny import decoder_graph, write_graph

SHAPE = (1, 8, 8, 3)


def _file(folder: Path, name: str, form: ModelFormat) -> ModelFile:
    path = folder / name
    path.write_bytes(b"as it is")
    entry = ImageInput("x", "x", "pixels", "float32", SHAPE, 3)
    return ModelFile(path, digest(b"as it is"), GraphDef(), entry, "scores", form)


@pytest.mark.parametrize("stack", ["relax-onnx", "onnxruntime"])
def test_a_stack_that_takes_the_file_leaves_the_conversion_out(tmp_path: Path, stack: str) -> None:
    source, steps = candidate_source(stack_named(stack), _file(tmp_path, "net.onnx", "onnx"), SHAPE)
    assert "convert" not in [step.name for step in steps]
    folder = tmp_path / "entry"
    folder.mkdir()
    source.write(folder)
    assert (source.place(folder) / "model.onnx").read_bytes() == b"as it is"


@pytest.mark.parametrize("stack", ["relay", "relax", "tensorflow", "relax-onnx"])
def test_other_stacks_say_which_ones_take_it(tmp_path: Path, stack: str) -> None:
    with pytest.raises(NoAnswer) as failure:
        candidate_source(stack_named(stack), _file(tmp_path, "net.tflite", "tflite"), SHAPE)
    assert failure.value.status is Status.IMPORT_FAILED
    assert f"stack '{stack}' takes GraphDefs, and the model is a TFLite file" in str(failure.value)
    assert str(failure.value).endswith("stacks that take such a file: relax-tflite, tflite")


def test_a_file_that_changes_while_it_is_used_is_not_compared(tmp_path: Path) -> None:
    model = _file(tmp_path, "net.onnx", "onnx")
    source, _ = candidate_source(stack_named("onnxruntime"), model, SHAPE)
    model.path.write_bytes(b"another one")
    with pytest.raises(NoAnswer, match="has changed since it was read"):
        source.write(tmp_path)


@pytest.mark.parametrize("pair", [("onnxruntime", "relax-onnx"), ("tflite", "relax-tflite")])
def test_a_conversion_is_made_once_for_the_stacks_that_share_it(
    tmp_path: Path, pair: tuple[str, str]
) -> None:
    model = read_model(write_graph(tmp_path / "model.pb", decoder_graph()))
    keys = []
    for name in pair:
        stack = stack_named(name)
        source, steps = candidate_source(stack, model, (12, 10, 3))
        versions = {one: "1" for several in stack.distributions for one in several}
        keys.append(step_key(source.key, stack, steps[0], {}, versions))
    assert keys[0] == keys[1]


def test_what_a_stack_does_by_itself_is_its_own() -> None:
    one, other = stack_named("relax"), stack_named("relax-onnx")
    versions = {"apache-tvm": "1"}
    keys = {step_key("source", stack, stack.steps[-1], {}, versions) for stack in (one, other)}
    assert len(keys) == 2
