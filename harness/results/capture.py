"""`Capture`: what a row was made of, kept so that it can be judged again, or run again."""

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, JsonValue

from harness.errors import ReportError
from harness.results.table import NAN, Number

DTYPES = ("float16", "float32", "float64", "int8", "uint8", "int16", "int32", "int64")
"""What score vectors may be of."""
MAX_CLASSES = 1 << 15
"""Longer score vectors are not kept: ImageNet-21k has 21 841 classes."""


class CapturedScores(BaseModel):
    """Both programs' scores, and what was measured beside them; text as `encoded` writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    reference: str
    """The reference's score vector."""
    candidate: str
    """The candidate's."""
    evidence: dict[str, bool | Number | str] | None = None
    """Fields of `harness.judge.auto_rule.Evidence`; None where nothing was measured."""
    noise: Number = NAN
    """How far rounding may move a score; NaN where it was not measured."""
    decoder_noise: Number = NAN
    """How far the reference's own decoder may; NaN where it was not measured."""


class Capture(BaseModel):
    """What is needed to judge a row again, and to run its task again."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    case: dict[str, JsonValue]
    """The case file's content, with this image and this candidate alone."""
    folder: str
    """Where the case's relative paths begin."""
    reference_stack: str
    """Stack that gave the reference's scores."""
    scores: CapturedScores | None = None
    """None where nothing was compared."""


def encoded(scores: NDArray[Any]) -> str:
    """A score vector as text: its dtype, a colon, and its little-endian bytes in base64.

    >>> encoded(np.array([1.0, 0.5], np.float32))
    'float32:AACAPwAAAD8='
    """
    data = np.ascontiguousarray(scores, scores.dtype.newbyteorder("<"))
    return f"{scores.dtype.name}:{base64.b64encode(data.tobytes()).decode()}"


def decoded(text: str) -> NDArray[Any]:
    """The score vector `[N]` of which `encoded` made this; raises ReportError for anything else.

    >>> decoded("float32:AACAPwAAAD8=")
    array([1. , 0.5], dtype=float32)
    """
    name, _, data = text.partition(":")
    if name not in DTYPES:
        raise foreign(f"scores are of type '{name:.40}'; expected one of {', '.join(DTYPES)}")
    try:
        content = base64.b64decode(data, validate=True)
        found = np.frombuffer(content, np.dtype(name).newbyteorder("<"))
    except ValueError as error:
        raise foreign(f"scores are no base64 of {name}: {error}") from error
    return found.astype(np.dtype(name))


def foreign(why: str) -> ReportError:
    """The error of a capture that no version like this one wrote."""
    return ReportError(
        f"what was kept of a row can't be read: {why:.300}; it was written by another version, or "
        "edited; run the case again"
    )
