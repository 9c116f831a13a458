"""The words of the command line → a Case."""

import glob
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.cases.asset_sections import Asset
from harness.cases.candidate_words import installed, parse
from harness.cases.case import Case
from harness.cli.case_options import JudgeOptions, LabelOptions, ModelOptions, PreprocessOptions
from harness.errors import UsageError
from harness.results.validation_words import problems
from harness.stacks.file_formats import format_of
from harness.stacks.tensorflow_freezing import SAVED_MODEL

DEFAULT_CANDIDATES = ("relay-llvm-nchw", "relax-llvm")
"""Of these the first whose stack is installed."""
OF_FORMATS = {"onnx": "relax-onnx-llvm", "tflite": "relax-tflite-llvm"}
"""The candidate of a model that is no GraphDef."""
NO_IMAGE = {"path": "-"}
"""Stands for the images of a sweep, which are not those of its case."""


def case_from(
    model: ModelOptions,
    images: Sequence[Path],
    preprocess: PreprocessOptions,
    labels: LabelOptions | None = None,
    judged: JudgeOptions | None = None,
) -> Case:
    """The case that the words describe; raises UsageError."""
    judged = judged or JudgeOptions()
    other = Asset(path=str(model.candidate_model)) if model.candidate_model else None
    words = model.candidate or _default_candidates(model.candidate_model or model.model)
    keys: dict[str, Any] = {
        "model": {**_model(model.model), "input": model.input, "output": model.output},
        "images": [{"path": _literal(path)} for path in images] or [NO_IMAGE],
        "labels": _labels(labels or LabelOptions()),
        "preprocess": _preprocess(preprocess),
        "k": judged.k,
        "tolerance": {
            "graph": {"atol": judged.atol, "rtol": judged.rtol},
            "end_to_end": {"atol": judged.end_to_end_atol},
        },
        "candidates": [parse(word, other) for word in words],
    }
    if judged.scope:
        keys["scopes"] = judged.scope
    try:
        return Case.model_validate(keys)
    except ValidationError as error:
        raise UsageError(problems(error)) from error


def _default_candidates(model: Path | str) -> list[str]:
    """The usual candidate of the file that is compiled."""
    if found := format_of(str(model)):
        return [OF_FORMATS[found.name]]
    return (installed(DEFAULT_CANDIDATES) or list(DEFAULT_CANDIDATES))[:1]


def _preprocess(options: PreprocessOptions) -> dict[str, Any]:
    return {
        "decoder": options.decoder,
        "exif": options.exif,
        "preset": options.preset,
        "size": size_from(options.size),
        "resizer": options.resizer,
        "resample": options.resample,
        "mean": _numbers("--mean", options.mean),
        "scale": _numbers("--scale", options.scale),
    }


def _literal(path: Path) -> str:
    """A path in which no character is a wildcard; raises UsageError where there is no such file."""
    if not _is_file(path):
        raise UsageError(f"no image file {path}; name files that exist")
    return glob.escape(str(path.resolve()))


def _is_file(path: Path) -> bool:
    """Whether there is such a file; a name that the system refuses, as too long, names none."""
    try:
        return path.is_file()
    except OSError:
        return False


def _model(text: str) -> dict[str, Any]:
    if text.startswith("zoo:"):
        return {"zoo": text.removeprefix("zoo:")}
    if not _is_file(Path(text)) and not _is_file(Path(text, SAVED_MODEL)):
        raise UsageError(
            f"no model file {text}; expected a frozen GraphDef (.pb), a SavedModel's folder, a "
            "Keras file (.keras, .h5), an ONNX file (.onnx) or a TFLite file (.tflite)"
        )
    return {"path": glob.escape(str(Path(text).resolve()))}


def _labels(options: LabelOptions) -> dict[str, Any] | None:
    if options.labels is None:
        if options.synsets:
            raise UsageError("--synsets goes with --labels LABEL_MAP.pbtxt, which is missing")
        return None
    for path in filter(None, (options.labels, options.synsets)):
        if not _is_file(path):
            raise UsageError(f"no label file {path}; name a file that exists")
    names = {"path": str(options.labels.resolve())}
    if options.synsets:
        return {"label_map": names, "synsets": {"path": str(options.synsets.resolve())}}
    if options.labels.suffix == ".pbtxt":
        raise UsageError(
            f"{options.labels} maps classes to synsets only; add --synsets with the file that "
            "maps synsets to English (imagenet_synset_to_human_label_map.txt)"
        )
    return {"names": names}


def size_from(text: str | None) -> list[int] | None:
    """[height, width] in pixels from 299 or 224x320; raises UsageError.

    >>> size_from("299"), size_from("224x320")
    ([299, 299], [224, 320])
    """
    if text is None:
        return None
    height, _, width = text.lower().partition("x")
    parts = [height, width or height]
    if not all(re.fullmatch("[1-9][0-9]{0,8}", part) for part in parts):
        raise UsageError(f"--size takes 299 or 224x320 (height×width); found '{text}'")
    return [int(part) for part in parts]


def _numbers(option: str, text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise UsageError(f"{option} takes one number or three, R,G,B; found '{text}'") from error
