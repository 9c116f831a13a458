"""The reference as a protocol: questions about a model, and who answers them.

The pipeline knows a reference by `Reference` and `RoundingReference` alone. The class that
implements them is named by the stack (`Stack.reference`), so another one is a module in this room
beside its stack.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from harness.cases.case import ReferenceSettings
from harness.cases.preprocess import Preprocess
from harness.execution.build_cache import key_of
from harness.execution.kept_scores import ReferenceCache
from harness.execution.outcome import Answer, Outcome, RunCosts
from harness.execution.worker_call import CallLimits
from harness.execution.worker_pool import WorkerPool
from harness.graphdef.model_file import ModelFile
from harness.graphdef.precisions import SINGLE, Precision
from harness.graphdef.serialise import digest
from harness.stacks.protocol import Stack, StackDescription
from harness.stacks.registry import stack_named


@dataclass(frozen=True)
class Question:
    """What a reference is asked: what it gives for one image, in one of its three forms."""

    model: ModelFile
    """The model to run."""
    preprocess: Preprocess
    """How a model that starts at a tensor gets it from an image file."""
    settings: ReferenceSettings
    """Threads and kernels to run with."""
    form: Literal["file", "decoded", "tensor"]
    """Which form of the image `value` is. `file`: the bytes of an image file, as `[N]` uint8.
    `decoded`: pixels `[H, W, C]` uint8 of any size, as a decoder gives them. `tensor`: the pixel
    tensor of the model, of its own dtype and shape."""
    value: NDArray[Any]
    """The image."""
    wanted: Literal["scores", "pixels"] = "scores"
    """`scores` of the model, or the `pixels` `[H, W, C]` uint8 that the reference's own decoder
    makes of a file."""
    repeats: int = 0
    """Timed runs after the first."""

    @classmethod
    def on_file(
        cls, model: ModelFile, preprocess: Preprocess, settings: ReferenceSettings, data: bytes
    ) -> Self:
        """Scores for an image file, which the reference decodes and resizes itself."""
        return cls(model, preprocess, settings, "file", np.frombuffer(data, np.uint8))

    @classmethod
    def on_decoded(
        cls,
        model: ModelFile,
        preprocess: Preprocess,
        settings: ReferenceSettings,
        pixels: NDArray[np.uint8],
    ) -> Self:
        """Scores for decoded pixels `[H, W, C]`, which the reference resizes itself."""
        return cls(model, preprocess, settings, "decoded", pixels)

    @classmethod
    def on_tensor(
        cls,
        model: ModelFile,
        preprocess: Preprocess,
        settings: ReferenceSettings,
        tensor: NDArray[Any],
    ) -> Self:
        """Scores for the model's pixel tensor."""
        return cls(model, preprocess, settings, "tensor", tensor)

    @classmethod
    def pixels(
        cls, model: ModelFile, preprocess: Preprocess, settings: ReferenceSettings, data: bytes
    ) -> Self:
        """The pixels that the reference's own decoder makes of an image file."""
        value = np.frombuffer(data, np.uint8)
        return cls(model, preprocess, settings, "file", value, "pixels")

    @property
    def key(self) -> str:
        """The same for questions with the same answer, whatever their repeats."""
        model = self.model
        return key_of(
            model=(model.sha256, model.entry.feed, model.entry.pixels, model.output),
            preprocess=self.preprocess.model_dump(),
            settings=self.settings.model_dump(),
            asked=(self.form, self.wanted),
            value=digest(self.value),
        )


@dataclass(frozen=True)
class Float64Scores:
    """The scores of a model evaluated in float64: the truth that rounding errors are taken from."""

    scores: NDArray[np.float64]
    """`[N]`."""
    kept: tuple[str, ...] = ()
    """What was evaluated in float32 all the same, and why; empty means float64 all the way."""
    spread: float = math.nan
    """Largest difference of a repeat's scores from those; NaN where the question has no repeats."""


class Reference(Protocol):
    """A program whose scores candidates are judged against."""

    @property
    def stack(self) -> Stack:
        """Its stack; `stack.program` is its name in messages and reports."""
        ...

    @property
    def description(self) -> StackDescription | None:
        """What `describe` found; None before it was called."""
        ...

    def describe(self, limits: CallLimits) -> StackDescription:
        """Versions and devices; starts the program where it is not running. Raises WorkerError."""
        ...

    def answer(self, question: Question, limits: CallLimits) -> Answer:
        """The answer to a question, which runs once a session; raises NoAnswer."""
        ...

    def time(self, question: Question, limits: CallLimits) -> RunCosts:
        """What the question's repeats take, measured anew; raises NoAnswer."""
        ...


@runtime_checkable
class RoundingReference(Reference, Protocol):
    """A reference that can also show what rounding alone does to its scores.

    Without these methods nothing passes as `within_noise`.
    """

    def float64_scores(self, question: Question, limits: CallLimits) -> Float64Scores:
        """The scores in float64 for a question of form `tensor`, made anew where it has repeats.

        Raises GraphError where the model has no float64 form, NoAnswer where it can't be run.
        """
        ...

    def rounding_samples(
        self, question: Question, limits: CallLimits, precision: Precision = SINGLE
    ) -> NDArray[np.float64]:
        """Scores `[K, N]` for a question of form `tensor`, with rounding errors drawn at random.

        They have the size that they have in a program which computes in that format.

        Raises GraphError where the model can't be run so, NoAnswer, OSError.
        """
        ...


@runtime_checkable
class BlockReference(Reference, Protocol):
    """A reference that answers several questions at once; another is asked one by one."""

    def answers(self, questions: Sequence[Question], limits: CallLimits) -> list[Outcome]:
        """The outcomes of questions about one model in one form, each run once at most.

        Raises GraphError.
        """
        ...


ReferenceFactory = Callable[[Stack, WorkerPool, ReferenceCache], Reference]
"""What `Stack.reference` names: a class or function that makes a Reference."""


def open_reference(name: str, workers: WorkerPool, cache: ReferenceCache) -> Reference:
    """The reference of a stack; raises StackError for an unknown stack."""
    stack = stack_named(name)
    module, _, attribute = stack.reference.partition(":")
    factory: ReferenceFactory = getattr(import_module(module), attribute)
    return factory(stack, workers, cache)
