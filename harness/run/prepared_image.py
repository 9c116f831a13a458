"""An image file and what the deployed program makes of it before it runs the module."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.cases.preprocess import Preprocess
from harness.cases.preprocess_steps import Step
from harness.errors import ImageError, ImageTooLargeError
from harness.execution.outcome import NoAnswer
from harness.execution.reference import Question
from harness.execution.session import RunSession
from harness.execution.worker_call import CallLimits
from harness.graphdef.model_file import ModelFile
from harness.graphdef.serialise import digest
from harness.inputs import pixels
from harness.inputs.preprocessing import RESIZERS, preprocessed
from harness.results.status import Status
from harness.run.attribution import bounds as bounds_of
from harness.run.plan import Task
from harness.run.tensorflow_resize import tensorflow_resizer


@dataclass(frozen=True)
class PreparedImage:
    """A file that was read once; one that the deployed decoder refuses has no tensor."""

    data: bytes
    """The file."""
    sha256: str
    """Its SHA-256, in hexadecimal."""
    remarks: tuple[str, ...] = ()
    """What a reader of the report should know about the file."""
    refusal: str = ""
    """Why the deployed decoder refused it; empty where it did not."""
    too_large: bool = False
    """Whether it was refused for its size: then no program is given it."""
    decoded: NDArray[np.uint8] | None = None
    """`[H, W, C]` before the first step of `[preprocess]`."""
    tensor: NDArray[Any] | None = None
    """What the candidate is given, in the shape and dtype of the graph's input."""
    accurate: NDArray[np.uint8] | None = None
    """`[H, W, C]` decoded with the IDCT INTEGER_ACCURATE, where the reference's decoder differs in
    nothing else; None for other files."""
    thumbnail: str = ""
    """A `data:` URI; empty where the file can't be decoded."""
    preprocessing: str = ""
    """What the deployed program does to the file, step by step."""

    @property
    def shape(self) -> str:
        """Shape of the tensor, such as `299x299x3`; empty without one."""
        return "x".join(map(str, self.tensor.shape)) if self.tensor is not None else ""


def bounds(task: Task) -> CallLimits:
    """Limits on one run of a program."""
    return bounds_of(task.case)


def prepare_image(task: Task, session: RunSession, model: ModelFile) -> PreparedImage:
    """Read and decode the task's image and take the deployed program's steps, for `model`'s input.

    Once for all candidates whose tasks follow each other. Raises AssetError where the file can't be
    obtained, StackError where a library that resizes is not installed, and NoAnswer where the file
    is too large to be read or the reference, where it decodes or resizes, does not do it.
    """
    path = task.assets.fetch(task.image)
    data = _read(path)
    how, most = task.case.preprocess.model_dump_json(), task.case.limits.max_pixels
    key = f"{digest(data)}|{path.name}|{model.sha256}|{model.entry}|{how}|{most}"
    return session.once(
        f"{key}|{session.keeps_captures}", lambda: _prepared(task, session, model, path.name, data)
    )


def _prepared(
    task: Task, session: RunSession, model: ModelFile, name: str, data: bytes
) -> PreparedImage:
    sha256 = digest(data)
    try:
        header = pixels.header(data, task.case.limits.max_pixels)
    except ImageError as error:
        too_large = isinstance(error, ImageTooLargeError)
        return PreparedImage(data, sha256, refusal=str(error), too_large=too_large)
    remarks, how = tuple(header.remarks(name)), task.case.preprocess
    steps = how.explicit(model.entry.size, floats=model.entry.dtype != "uint8")
    text = how.text(steps)
    try:
        decoded = _decode(task, session, data, model)
        tensor = _tensor(task, session, decoded, steps, model)
    except ImageError as error:
        too_large = isinstance(error, ImageTooLargeError)
        return PreparedImage(
            data, sha256, remarks, str(error), too_large=too_large, preprocessing=text
        )
    return PreparedImage(
        data,
        sha256,
        remarks,
        decoded=decoded,
        tensor=tensor,
        accurate=_accurate(header, data, decoded, model, how),
        thumbnail=pixels.thumbnail(decoded) if session.keeps_captures else "",
        preprocessing=text,
    )


def _read(path: Path) -> bytes:
    size = path.stat().st_size
    if size > pixels.MAX_IMAGE_BYTES:
        reason = f"{path} has {size} bytes; expected 1 to {pixels.MAX_IMAGE_BYTES}"
        raise NoAnswer(Status.NO_EVIDENCE, f"nothing was compared: {reason}")
    return path.read_bytes()


def _decode(task: Task, session: RunSession, data: bytes, model: ModelFile) -> NDArray[np.uint8]:
    """`[H, W, C]` by the deployed program's decoder."""
    how = task.case.preprocess
    if how.decoder == "tensorflow":
        question = Question.pixels(model, how, task.case.reference, data)
        found = session.reference_for(model).answer(question, bounds(task)).scores
        return found.reshape(found.shape[-3:]).astype(np.uint8)
    return pixels.decode(data, model.entry.channels, how.exif)


def _tensor(
    task: Task,
    session: RunSession,
    decoded: NDArray[np.uint8],
    steps: Sequence[Step],
    model: ModelFile,
) -> NDArray[Any]:
    resizers = {**RESIZERS, "tensorflow": tensorflow_resizer(session, bounds(task))}
    picture = preprocessed(decoded, steps, task.case.limits.max_pixels, resizers)
    return pixels.to_tensor(picture, model.entry)


def _accurate(
    header: pixels.Header,
    data: bytes,
    decoded: NDArray[np.uint8],
    model: ModelFile,
    how: Preprocess,
) -> NDArray[np.uint8] | None:
    """Pillow's pixels, which for these files are those of INTEGER_ACCURATE bit for bit."""
    channels = model.entry.channels
    if not header.only_idct(channels):
        return None
    is_plain_pillow = (how.decoder, how.exif) == ("pillow", "ignore")
    return decoded if is_plain_pillow else pixels.decode(data, channels)
