"""Whether what a case says of pixels and labels fits its models, before any program runs."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from harness.cases.case import Case
from harness.cases.preprocess import Preprocess, fixed_size
from harness.cases.preprocess_steps import Arithmetic, Size, sized
from harness.errors import AssetError, CaseError, GraphError, LabelError, UsageError
from harness.graphdef.classes import classes_of
from harness.graphdef.model_file import ModelFile, read_model
from harness.inputs import labels as label_files
from harness.inputs.assets import Assets
from harness.inputs.labels import LabelMap


@dataclass(frozen=True)
class ModelFacts:
    """What of a model preprocessing and labels have to fit."""

    pixels: str
    """Node that gives the pixel tensor."""
    dtype: str
    """numpy name of the pixel tensor's type."""
    size: Size | None
    """[height, width] of the pixel tensor; None where any will do."""
    classes: int | None
    """How many classes it scores; None where the graph does not tell."""

    @classmethod
    def of(cls, model: ModelFile) -> "ModelFacts":
        """The facts of a model that was read."""
        return cls(model.entry.pixels, model.entry.dtype, model.entry.size, classes_of(model))


def require_fit(case: Case, models: tuple[ModelFile, ModelFile], labels: LabelMap) -> None:
    """Raise UsageError for preprocessing that would do nothing, LabelError for other labels.

    `models` are the reference's and the candidate's. Where a graph does not tell how many classes
    it scores, its first scores do.
    """
    _require_used(case.preprocess, ModelFacts.of(models[1]))
    _require_labels(labels, ModelFacts.of(models[0]))


def check_fit(name: str, case: Case, assets: Assets) -> None:
    """As `require_fit`, of those files of a case file that lie here, while it is planned.

    Raises CaseError. A file that can't be had or read becomes the status of the rows that need it.
    """
    try:
        labels = _local_labels(case, assets)
        if not labels.count and case.preprocess == Preprocess():
            return
        facts = _local_facts(case, assets)
        if facts:
            _require_labels(labels, facts)
            if any(candidate.model is None for candidate in case.candidates):
                _require_used(case.preprocess, facts)
    except (UsageError, LabelError) as error:
        raise CaseError(f"{name}: {error}") from error
    except (AssetError, OSError):
        return


def _require_used(how: Preprocess, facts: ModelFacts) -> None:
    """Raise UsageError for arithmetic on bytes, and for steps that end at another size."""
    if facts.dtype == "uint8" and (given := _arithmetic(how, facts)):
        raise UsageError(
            f"{' and '.join(given)} would do nothing: the pixels that the program takes, "
            f"'{facts.pixels}', are uint8, and the graph itself converts them; leave "
            f"{'them' if len(given) > 1 else 'it'} out"
        )
    if how.is_short:
        return
    steps = how.explicit(facts.size)
    if facts.size and fixed_size(steps) != facts.size:
        ends = f"end at {sized(found)}" if (found := fixed_size(steps)) else "leave the size open"
        raise UsageError(
            f"preprocess: the steps {ends}, but '{facts.pixels}' takes {sized(facts.size)}; the "
            f"last step that moves pixels should be a resize, a resize_with_pad or a crop_or_pad "
            f"to {list(facts.size)}"
        )


def _arithmetic(how: Preprocess, facts: ModelFacts) -> list[str]:
    """The keys, or the names of the steps, that compute with levels."""
    if how.is_short:
        plain = Preprocess()
        return [key for key in ("mean", "scale") if getattr(how, key) != getattr(plain, key)]
    steps = how.explicit(facts.size or (1, 1))
    return list(dict.fromkeys(one.step for one in steps if isinstance(one, Arithmetic)))


def _require_labels(labels: LabelMap, facts: ModelFacts) -> None:
    if facts.classes is not None:
        labels.check(facts.classes)


def _local_labels(case: Case, assets: Assets) -> LabelMap:
    """The case's labels; none where they would have to be downloaded."""
    asked = case.labels
    files = (asked.names, asked.label_map, asked.synsets) if asked else ()
    if any(one.url for one in files if one):
        return LabelMap.empty()
    return label_files.load(asked, assets.fetch)


def _local_facts(case: Case, assets: Assets) -> ModelFacts | None:
    """Facts of the reference's model; None where it would have to be downloaded or made."""
    if case.model.url or case.model.zoo:
        return None
    path = assets.fetch(case.model)
    return _facts(path, path.stat().st_mtime_ns, case.model.input, case.model.output)


@lru_cache(maxsize=64)
def _facts(path: Path, _modified: int, entry: str | None, output: str | None) -> ModelFacts | None:
    try:
        return ModelFacts.of(read_model(path, entry, output))
    except GraphError:
        return None
