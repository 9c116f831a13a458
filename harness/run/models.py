"""The two model files of a task."""

import contextlib

from harness.errors import CandidateModelError, GraphError
from harness.execution.session import RunSession
from harness.graphdef.model_file import ModelFile
from harness.run.plan import Task


def load_models(task: Task, session: RunSession) -> tuple[ModelFile, ModelFile]:
    """The reference's model and the candidate's, which is the same unless the case names another.

    In another file each of the case's tensor names is looked for first; one that it lacks is found
    as in any model. Raises AssetError where a file can't be obtained,
    GraphError for the reference's model and CandidateModelError for the candidate's.
    """
    named = task.case.model
    reference = session.model(task.assets.fetch(named), named.input, named.output)
    if task.candidate.model is None:
        return reference, reference
    path = task.assets.fetch(task.candidate.model)
    names = ((named.input, named.output), (None, named.output), (named.input, None))
    for entry, output in dict.fromkeys(names):
        with contextlib.suppress(GraphError):
            return reference, session.model(path, entry, output)
    try:
        return reference, session.model(path, None, None)
    except GraphError as error:
        raise CandidateModelError(f"candidate model: {error}") from error
