"""An image file and what the deployed program makes of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import ImageError
from harness.execution.outcome import NoAnswer
from harness.execution.session import RunSession
from harness.execution.worker import CallLimits
from harness.graphdef.model_file import ModelFile
from harness.graphdef.serialise import digest
from harness.inputs import pixels
from harness.results.status import Status
from harness.run.attribution import bounds as bounds_of
from harness.run.plan import Task


@dataclass(frozen=True)
class PreparedImage:
    """A file read once; what the deployed decoder refuses has no tensor."""

    data: bytes
    sha256: str
    remarks: tuple[str, ...] = ()
    refusal: str = ""
    """Why the deployed decoder refused it."""
    too_large: bool = False
    decoded: NDArray[np.uint8] | None = None
    """`[H, W, C]` before the deployed resize."""
    tensor: NDArray[Any] | None = None
    """What the candidate is given."""
    accurate: NDArray[np.uint8] | None = None
    """`[H, W, C]` by INTEGER_ACCURATE, where TensorFlow's decoder differs in no more than that."""
    thumbnail: str = ""

    @property
    def shape(self) -> str:
        """Shape of the tensor, such as `299x299x3`."""
        return "x".join(map(str, self.tensor.shape)) if self.tensor is not None else ""


def bounds(task: Task) -> CallLimits:
    """Bounds on one run of a program."""
    return bounds_of(task.case)


def read(task: Task, session: RunSession, model: ModelFile) -> PreparedImage:
    """Read, decode and resize the image as the deployed program would; raises AssetError, Ended."""
    how, path = task.case.preprocess, task.assets.fetch(task.image)
    if path.stat().st_size > pixels.MAX_IMAGE_BYTES:
        raise NoAnswer(Status.NO_EVIDENCE, f"{path} is too large for an image")
    data = path.read_bytes()
    sha256 = digest(data)
    try:
        header = pixels.header(data, task.case.limits.max_pixels)
    except ImageError as error:
        return PreparedImage(data, sha256, refusal=str(error), too_large="limit" in str(error))
    remarks, channels = tuple(header.remarks(path.name)), model.entry.channels
    try:
        decoded = _decoded(task, session, data, model)
        size = how.size or model.entry.size
        sized = pixels.resize(decoded, size, how.resample) if size else decoded
        tensor = pixels.to_tensor(sized, model.entry, how)
    except ImageError as error:
        return PreparedImage(data, sha256, remarks, str(error))
    accurate = None
    if header.only_idct(channels):
        alike = (how.decoder, how.exif) == ("pillow", "ignore")
        accurate = decoded if alike else pixels.decode(data, channels)
    small = pixels.thumbnail(decoded)
    return PreparedImage(data, sha256, remarks, "", False, decoded, tensor, accurate, small)


def _decoded(task: Task, session: RunSession, data: bytes, model: ModelFile) -> NDArray[np.uint8]:
    how = task.case.preprocess
    if how.decoder == "tensorflow":
        question = session.reference.pixels(model, how, data, task.case.reference)
        found = session.reference.answer(question, bounds(task)).scores
        return found.reshape(found.shape[-3:]).astype(np.uint8)
    return pixels.decode(data, model.entry.channels, how.exif)
