"""The tasks of one candidate, located: files read, the candidate built, every image measured."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from harness.errors import GraphError, UsageError
from harness.execution.graph_runs import plain_graph
from harness.execution.graphdef_reference import GraphDefReference
from harness.execution.outcome import NoAnswer
from harness.execution.reference import Question
from harness.execution.session import RunSession
from harness.graphdef.model_file import FORMAT_WORDS, ModelFile
from harness.locate.candidate_watch import CandidateWatch
from harness.locate.evidence import ImageEvidence
from harness.locate.locating import Located, locate_on
from harness.locate.node_facts import node_facts
from harness.locate.reference_tensors import ReferenceTensors
from harness.locate.verdict import Localisation, localisation, no_localisation
from harness.run.models import load_models
from harness.run.plan import Task
from harness.run.prepared_image import bounds, prepare_image
from harness.stacks.registry import all_stacks, stack_named


def located(tasks: Sequence[Task], session: RunSession) -> Localisation:
    """The verdict on the candidate of tasks that differ in their images alone.

    Raises UsageError where its stack or the reference can't be observed, and where the deployed
    decoder refuses an image; AssetError, GraphError for files that can't be used.
    """
    candidate = tasks[0].candidate
    require_observable(candidate.stack)
    reference = graph_reference(session)
    try:
        evidence = [_on_image(task, session, reference) for task in tasks]
    except NoAnswer as end:
        return no_localisation(candidate.id, end.reason)
    graph = plain_graph(graph_models(tasks[0], session)[0])
    return localisation(candidate.id, evidence, node_facts(graph))


def graph_reference(session: RunSession) -> GraphDefReference:
    """The session's reference; UsageError where its tensors can't be fetched by name."""
    reference = session.reference
    if not isinstance(reference, GraphDefReference):
        raise UsageError(
            f"the reference '{reference.stack.name}' does not run GraphDefs, so that its tensors "
            "can't be fetched by name; leave --reference out"
        )
    return reference


def graph_models(task: Task, session: RunSession) -> tuple[ModelFile, ModelFile]:
    """The reference's and the candidate's; UsageError where one of them is no GraphDef."""
    models = load_models(task, session)
    for model in models:
        if model.format != "graphdef":
            raise UsageError(
                f"{model.path} is {FORMAT_WORDS[model.format]}, whose nodes are not looked into; "
                "name a frozen GraphDef (.pb), a SavedModel's folder or a Keras file"
            )
    return models


def deployed_tensor(task: Task, session: RunSession, model: ModelFile) -> NDArray[Any]:
    """The pixel tensor of a task; UsageError where the deployed decoder refuses the image."""
    image = prepare_image(task, session, model)
    if image.tensor is None:
        raise UsageError(f"{task.image.name}: the deployed decoder refused it: {image.refusal}")
    return image.tensor


def require_observable(name: str) -> None:
    """UsageError where the kernels of a stack's programs can't be watched."""
    if not stack_named(name).observable:
        able = ", ".join(stack.name for stack in all_stacks().values() if stack.observable)
        raise UsageError(
            f"the programs of stack '{name}' can't be observed kernel by kernel; "
            f"name a candidate of one of: {able}"
        )


def programs_of(task: Task, session: RunSession, reference: GraphDefReference) -> Located:
    """Both programs of a task, the candidate built; raises as `located`, and NoAnswer."""
    models = graph_models(task, session)
    tensor = deployed_tensor(task, session, models[1])
    with session.observe(f"build {task.candidate.id}"):
        prepared = session.candidates.prepare(
            task.candidate, models[1], tensor.shape, task.case.limits
        )

    def tensors(model: ModelFile) -> ReferenceTensors:
        how = task.case.preprocess, task.case.reference
        question, precision = Question.on_tensor(model, *how, tensor), task.candidate.precision
        return ReferenceTensors(reference, question, bounds(task), precision)

    own = tensors(models[0])
    watch = CandidateWatch(session.candidates, prepared, models[1], tensor)
    compiled = own if models[1] is models[0] else tensors(models[1])
    return Located(task.image.name or "", watch, own, compiled)


def _on_image(task: Task, session: RunSession, reference: GraphDefReference) -> ImageEvidence:
    programs = programs_of(task, session, reference)
    with session.observe(f"locate {task.image.name}"):
        try:
            return locate_on(programs)
        except OSError as error:
            raise GraphError(f"{task.image.name}: tensors can't be kept: {error}") from error
