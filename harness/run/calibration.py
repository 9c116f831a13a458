"""The pictures that an int8 conversion takes its steps from, as one file of tensors."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.cases.asset_sections import Image
from harness.execution.build_cache import Facts, key_of
from harness.execution.outcome import NoAnswer
from harness.execution.session import RunSession
from harness.graphdef.model_file import ModelFile
from harness.graphdef.serialise import digest
from harness.results.status import Status
from harness.run.plan import Task
from harness.run.prepared_image import prepare_image
from harness.stacks.converters import CALIBRATION

MOST = 500
"""Pictures that are taken at most, in the order of their names; a hundred are usual."""


def with_calibration(task: Task, session: RunSession, model: ModelFile) -> Task:
    """The task with its candidate's calibration images as a file of tensors `[N, …]`, made once.

    They take the case's own preprocessing, for `model`'s input. Raises AssetError, and NoAnswer
    where an image can't be decoded or the tensors have several shapes.
    """
    patterns = task.candidate.calibration
    if not patterns or model.format != "graphdef":
        return task
    how = task.case.preprocess.model_dump_json()
    place = session.once(
        f"{task.assets.base}|{patterns}|{how}|{model.sha256}|{model.entry}",
        lambda: _file(task, session, model),
        lasting=True,
    )
    candidate = task.candidate.model_copy(update={"calibration": (str(place),)})
    return replace(task, candidate=candidate)


def _file(task: Task, session: RunSession, model: ModelFile) -> Path:
    """The tensors of the candidate's images, in the cache under the digests of these."""
    patterns = task.candidate.calibration
    images = [one for text in patterns for one in task.assets.expand(Image(path=text))][:MOST]
    files = [task.assets.fetch(one) for one in images]
    key = key_of(
        calibration=[digest(path.read_bytes()) for path in files],
        preprocess=task.case.preprocess.model_dump_json(),
        entry=repr(model.entry),
    )

    def write(folder: Path) -> Facts:
        np.save(folder / CALIBRATION, _tensors(task, session, model, images))
        return {}

    return session.kept.builds.obtain(key, write).path / CALIBRATION


def _tensors(
    task: Task, session: RunSession, model: ModelFile, images: Sequence[Image]
) -> NDArray[Any]:
    found = []
    for one in images:
        prepared = prepare_image(replace(task, image=one), session, model)
        if prepared.tensor is None:
            raise _refused(f"calibration image {one.path}: {prepared.refusal}")
        found.append(prepared.tensor)
    shapes = sorted({one.shape for one in found})
    if len(shapes) > 1:
        raise _refused(
            f"the calibration images become tensors of {len(shapes)} shapes, {shapes[0]} and "
            f"{shapes[1]} among them; give preprocess.size, or pictures of one size"
        )
    return np.stack(found)


def _refused(reason: str) -> NoAnswer:
    return NoAnswer(Status.CONVERT_FAILED, reason, "convert")
