"""A `TruthMeter` of a case file's model, which starts TensorFlow at the first question."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from harness.errors import UsageError
from harness.execution.session import RunSession
from harness.graphdef.precisions import Precision
from harness.graphdef.wire import GraphDef
from harness.proof.grades import Measure, Times
from harness.proof.truth import AskedModel, TruthMeter, private_session
from harness.run.models import load_models
from harness.run.plan import plan_file
from harness.run.prepared_image import bounds, prepare_image
from harness.run.settings import Settings


@contextmanager
def opened_when_asked(
    case: Path, photos: int, settings: Settings, precision: Precision
) -> Iterator[Measure]:
    """How far a graph moves the truth of the case's model, on its first photos."""
    with ExitStack() as opened:
        meters: list[TruthMeter] = []

        def measure(graph: GraphDef) -> Times:
            if not meters:
                session = opened.enter_context(private_session(settings))
                model = _asked_model(case, photos, settings, session)
                meters.append(TruthMeter(session, replace(model, precision=precision)))
            return meters[0].times(graph)

        yield measure


def _asked_model(case: Path, photos: int, settings: Settings, session: RunSession) -> AskedModel:
    tasks = plan_file(case, settings)[:photos]
    file, _ = load_models(tasks[0], session)
    tensors = {}
    for task in tasks:
        image = prepare_image(task, session, file)
        if image.tensor is None:
            raise UsageError(f"photo {task.image.name}: {image.refusal}")
        tensors[str(task.image.name)] = image.tensor
    asked = tasks[0].case
    return AskedModel(file, tensors, asked.preprocess, asked.reference, bounds(tasks[0]))
