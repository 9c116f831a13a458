"""How a worker process opens and feeds what was built of a candidate."""

from harness.cases.candidate import Candidate
from harness.execution.candidate_build import BuiltCandidate
from harness.execution.program_calls import OpenRequest
from harness.graphdef.access import tensor_of
from harness.graphdef.model_file import ModelFile
from harness.stacks.protocol import (
    ArtefactOptions,
    GraphOptions,
    OpenFunction,
    Stack,
    function_path,
)


def input_name(stack: Stack, candidate: Candidate, model: ModelFile) -> str:
    """Name of the program's input."""
    name = candidate.input or model.entry.pixels
    return name if stack.steps else tensor_of(name)


def open_request(
    stack: Stack,
    built: BuiltCandidate,
    candidate: Candidate,
    model: ModelFile,
    function: OpenFunction | None = None,
) -> OpenRequest:
    """How the stack's `open`, or the function that is given, opens what was built."""
    options: GraphOptions | ArtefactOptions = {
        "artefacts": str(built.folder),
        "target": built.facts.target,
        "input": input_name(stack, candidate, model),
    }
    if not stack.steps:
        options = {"graph": str(built.folder), "intra_op": 0, "inter_op": 0}
    return {"key": built.key, "open": function_path(function or stack.open), "options": options}
