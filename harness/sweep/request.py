"""What a sweep was asked for: job, images and folder, checked before any image is run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.cases.case import Case, ReferenceSettings
from harness.errors import UsageError
from harness.execution.build_cache import key_of
from harness.execution.decoder_prefix import require_size
from harness.execution.kept_answers import ASKED_AGAIN
from harness.execution.own_code import own_code_sha256
from harness.execution.session import RunSession
from harness.inputs.assets import Assets
from harness.inputs.labels import LabelMap
from harness.results.machine import versions
from harness.run.fitting import require_fit
from harness.run.models import load_models
from harness.run.own_candidates import with_own_code
from harness.run.plan import Task
from harness.run.settings import Settings
from harness.stacks.registry import stack_named
from harness.sweep.blocks import BlockImage, SweepJob
from harness.sweep.class_numbers import ClassNumbers, labels_of
from harness.sweep.columns import SWEEP_SCHEMA_VERSION
from harness.sweep.images import ImageSource, SweepImage
from harness.sweep.parts import PARTS
from harness.sweep.sources import FolderSource, chosen, shuffled
from harness.sweep.sweep_group import SweepGroup

MAKE_TENSORS = ("tensorflow", "numpy", "pillow", "libjpeg", "opencv")
"""Whose version can change what a program is given; names of `harness.results.machine.versions`."""
WORST, SAMPLE = 10, 30
"""Rows of each candidate and scope, and images, that are looked at closely at the end."""

KEPT = (
    "The reference's scores are those of earlier runs where such are kept (--keep-reference); "
    f"{ASKED_AGAIN:.0%} of them, drawn at random, were asked again."
)
"""A note."""


@dataclass(frozen=True)
class SweepWords:
    """What the command line says of a sweep."""

    source: ImageSource
    """The images."""
    words: str
    """How the command names them."""
    into: Path
    """The folder of the sweep."""
    limit: int | None = None
    """At most so many images; None: all."""
    sample: int | None = None
    """So many images drawn at random; None: all."""
    seed: int = 0
    """Of the sample and of the images that are looked at closely."""
    labels_of: Path | None = None
    """CSV file of true classes, in place of those that the source gives."""
    worst: int = WORST
    """Matches and ties of each candidate and scope that are looked at closely, the worst."""
    look_sample: int = SAMPLE
    """Images that are looked at closely whatever came of them."""
    stop_when_decided: bool = False
    """Whether the images come in random order, until they decide the gates of the case."""
    resume: bool = False
    """Whether the folder may hold a sweep already, whose finished images are not run again."""


class Selection:
    """The images of a sweep with their true classes; can be gone through again."""

    def __init__(self, words: SweepWords, labels: LabelMap) -> None:
        self._words, self._numbers = words, ClassNumbers(labels)
        self._other = labels_of(words.labels_of) if words.labels_of else None
        self.notes: list[str] = []
        """Sentences for a reader of the page."""
        self.count = 0
        """How many images there are."""
        self._labelled = True
        self._check()

    def __iter__(self) -> Iterator[BlockImage]:
        """The images in the order of the source, or at random where the sweep may stop."""
        for image in self._chosen():
            yield BlockImage(image, self._numbers.number(self._label(image)))

    def _chosen(self) -> Iterator[SweepImage]:
        words = self._words
        found = chosen(words.source, limit=words.limit, sample=words.sample, seed=words.seed)
        return shuffled(found, words.seed) if words.stop_when_decided else found

    def _label(self, image: SweepImage) -> str:
        if self._other is not None:
            return self._other.get(image.name, "")
        return image.label if self._labelled else ""

    def _check(self) -> None:
        """Go through the images once; raises UsageError where their labels are no classes."""
        texts: set[str] = set()
        for image in self._chosen():
            self.count += 1
            texts.add(self._label(image))
        if not self.count:
            raise UsageError(f"--images {self._words.words}: no image is there; name another")
        texts.discard("")
        folders = self._other is None and isinstance(self._words.source, FolderSource)
        if folders and texts and not any(map(self._numbers.number, texts)):
            self._labelled = False
            self.notes.append("The names of the folders are no classes, so that none is known.")
            return
        where = str(self._words.labels_of or f"--images {self._words.words}")
        self._numbers.require(texts, where)


@dataclass(frozen=True)
class SweepRequest:
    """A sweep that can begin."""

    job: SweepJob
    """What is the same for every block."""
    words: SweepWords
    """What was asked for."""
    images: Selection
    """The images."""
    labels: LabelMap
    """Names of the classes."""

    @property
    def groups(self) -> list[SweepGroup]:
        """Those that have to have rows."""
        job = self.job
        return [
            SweepGroup(job.name, candidate.id, scope)
            for candidate in job.case.candidates
            for scope in job.case.scopes
        ]


def checked(
    name: str, case: Case, assets: Assets, settings: Settings, words: SweepWords
) -> SweepRequest:
    """The request; raises UsageError, GraphError, StackError, AssetError or LabelError.

    A reference without settings of its own runs on one thread: two programs that take turns on the
    cores slow each other down.
    """
    _require_place(words)
    if words.stop_when_decided and not case.gates.bounds:
        raise UsageError(
            "--stop-when-decided needs something to decide; give the case file [gates] such as "
            "min_top1_agreement"
        )
    if case.reference == ReferenceSettings():
        alone = ReferenceSettings(intra_op_threads=1, inter_op_threads=1)
        case = case.model_copy(update={"reference": alone})
    assets = replace(assets, roots=(*assets.roots, words.source.root))
    job = SweepJob(name, case, settings, assets, {})
    keys, labels, steps = _keys(job)
    images = Selection(words, labels)
    images.notes += [f"The deployed program: {text}." for text in steps]
    if settings.keep_reference:
        images.notes.append(KEPT)
    return SweepRequest(replace(job, settings_keys=keys), words, images, labels)


def _require_place(words: SweepWords) -> None:
    holds = (words.into / PARTS).is_dir()
    if holds and not words.resume:
        raise UsageError(
            f"--into {words.into} holds a sweep already; add --resume to go on with it, or name "
            "another folder"
        )
    if words.into.exists() and not words.into.is_dir():
        raise UsageError(f"--into {words.into} is a file; name a folder")


def _keys(job: SweepJob) -> tuple[Mapping[str, str], LabelMap, Sequence[str]]:
    """The settings key of each candidate, the labels, and what is done to a picture."""
    found: dict[str, str] = {}
    steps: dict[str, None] = {}
    labels = LabelMap.empty()
    with job.settings.session(explains=False) as session:
        for candidate in job.case.candidates:
            task = Task(
                job.name,
                job.case,
                job.case.images[0],
                candidate,
                job.assets,
                job.settings.reference,
            )
            found[candidate.id], labels, text = _key(with_own_code(task), session)
            steps[text] = None
    return found, labels, list(steps)


def _key(task: Task, session: RunSession) -> tuple[str, LabelMap, str]:
    case, candidate = task.case, task.candidate
    models = load_models(task, session)
    labels = session.labels(case.labels, task.assets)
    require_fit(case, models, labels)
    if models[0].entry.kind == "pixels" and "end_to_end" in case.scopes:
        require_size(models[0].entry, case.preprocess)
    stacks = stack_named(task.reference), stack_named(candidate.stack)
    decides = {"preprocess", "k", "scopes", "tolerance", "reference"}
    key = key_of(
        schema=SWEEP_SCHEMA_VERSION,
        case=(task.name, case.model_dump(mode="json", include=decides)),
        models=[(m.sha256, m.entry.pixels, m.output) for m in models],
        candidate=candidate.model_dump(mode="json", exclude={"model", "build", "module"}),
        own_code=((candidate.build or "").rpartition(":")[2], own_code_sha256(candidate)),
        stacks=[(stack.name, stack.versions()) for stack in stacks],
        pictures={name: versions().get(name) for name in MAKE_TENSORS},
    )
    entry, how = models[1].entry, case.preprocess
    return key, labels, how.text(how.explicit(entry.size, floats=entry.dtype != "uint8"))
