"""`Row`: the only table type. CSV header, HTML columns, payload and history derive from it."""

import math
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from harness.results.status import Status

NAN = float("nan")


def _as_json(value: float) -> float | str | None:
    """JSON has no NaN and no infinity: null and a string, which `float` reads back."""
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else str(value)


Number = Annotated[
    float,
    BeforeValidator(lambda value: NAN if value is None or value == "" else value),
    PlainSerializer(_as_json, when_used="json"),
]
"""A float in which NaN means "not measured"; JSON writes it as null, CSV as an empty field."""


class Table(BaseModel):
    """Base of everything that is a line of a table: frozen, exact columns, described columns."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @classmethod
    def columns(cls) -> list[str]:
        """Column names in the order in which every table writes them."""
        return list(cls.model_fields)

    @classmethod
    def meanings(cls) -> dict[str, str]:
        """Column name to its unit and meaning."""
        return {name: field.description or "" for name, field in cls.model_fields.items()}

    def payload(self) -> dict[str, Any]:
        """Plain JSON values: what crosses a process or xdist boundary."""
        return self.model_dump(mode="json")

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Self:
        """Rebuild from `payload()`; raises pydantic's ValidationError on anything foreign."""
        return cls.model_validate(payload)


class Row(Table):
    """What became of one (case, image, candidate, scope). Scores are unitless unless said."""

    case: str
    """Name of the case file without its suffix, or `check`."""
    image: str
    """Name of the image, unique within its case."""
    candidate: str
    """Id of the candidate, for example `relay-llvm-nchw`."""
    scope: str
    """`graph`: both programs got the same tensor. `end_to_end`: both got the same file."""
    status: Status
    """One of the statuses; passing, failing or skipped."""
    reason: str = ""
    """One sentence: why the status is what it is."""
    rule: str = ""
    """The rule that decided, with the numbers it used."""
    known_failure: str = ""
    """Reason given in the case file for a failure that is expected; empty where none is."""
    notes: str = ""
    """Remarks that did not decide, separated by `; `."""

    stack: str = ""
    """How the candidate was made: relay, relax-onnx, …"""
    target: str = ""
    """TVM target string; `host` is resolved to this machine's own."""
    layout: str = ""
    """Layout the importer was asked for: NCHW, NHWC, or empty for the graph's own."""
    opt_level: int | None = None
    """TVM optimisation level, 0 to 4."""
    stage: str = ""
    """Where the candidate's road ended: convert, import, optimize, build or run; empty where it did
    not, or was never begun."""
    pipeline: str = ""
    """The stack's own passes (`default`), or `packed`, the harness's for CPUs."""
    model_sha256: str = ""
    """SHA-256 of the reference's model file."""
    candidate_model_sha256: str = ""
    """SHA-256 of the model file the candidate was compiled from."""
    image_sha256: str = ""
    """SHA-256 of the image file."""
    input_shape: str = ""
    """Shape of the tensor the candidate was given, for example `299x299x3`."""

    classes: int | None = None
    """Length of the score vectors."""
    k: int | None = None
    """How many top classes were compared in order."""
    top1_class: int | None = None
    """The reference's top-1 class index."""
    top1_label: str = ""
    """Its name."""
    reference_score: Number = NAN
    """The reference's score of its own top-1 class."""
    candidate_score: Number = NAN
    """The candidate's score of that same class."""
    divergence: Number = NAN
    """candidate_score minus reference_score."""
    candidate_top1_class: int | None = None
    """The candidate's top-1 class index."""
    candidate_top1_label: str = ""
    """Its name."""
    top1_equal: bool | None = None
    """Whether both name the same class first."""
    topk_overlap: Number = NAN
    """Share of the reference's top-k classes that the candidate's top-k holds too, 0 to 1."""
    topk_order_equal: bool | None = None
    """Whether the two top-k lists are the same, rank by rank."""
    first_disagreement_rank: int | None = None
    """First rank, from 1, at which the lists differ; empty where none does."""
    near_ties: int | None = None
    """Neighbouring pairs in the reference's top k+1 whose scores differ by at most near_tie."""
    inversions: int | None = None
    """Class pairs touching a top-k list that the two programs order differently."""
    flips: int | None = None
    """Those inversions whose reference scores differ by more than near_tie."""

    order_agrees: bool | None = None
    """Whether the top-k order is the same once near-ties are set aside."""
    margin: Number = NAN
    """The reference's top-1 score minus its top-2: what a push must close to change the answer."""
    margin_over_noise: Number = NAN
    """margin over noise: a row of a few is close to flipping even where it passes."""

    max_abs: Number = NAN
    """Largest |candidate − reference| over all classes."""
    max_abs_class: int | None = None
    """The class it belongs to."""
    max_abs_scaled: Number = NAN
    """max_abs over the largest |reference|."""
    max_rel: Number = NAN
    """Largest |candidate − reference| / |reference| over classes with |reference| ≥ 1e-7."""
    topk_max_abs: Number = NAN
    """max_abs over the classes of either top-k list alone."""
    rmse: Number = NAN
    """Root of the mean squared difference."""
    kl: Number = NAN
    """Kullback–Leibler divergence of candidate from reference, in nats; only for distributions."""
    cosine: Number = NAN
    """Cosine of the angle between the two score vectors."""
    max_ulp: Number = NAN
    """Largest distance in units in the last place over classes with |reference| ≥ 1e-7."""
    atol: Number = NAN
    """Absolute tolerance that was applied."""
    rtol: Number = NAN
    """Relative tolerance that was applied."""
    near_tie: Number = NAN
    """Reference score gap up to which a swapped order is excused."""
    atol_needed: Number = NAN
    """Smallest atol with which the scores would have passed under the row's rtol."""
    rtol_needed: Number = NAN
    """Smallest rtol with which the scores would have passed under the row's atol."""
    reference_nonfinite: int | None = None
    """How many of the reference's scores are NaN or infinite."""
    candidate_nonfinite: int | None = None
    """How many of the candidate's scores are NaN or infinite."""

    noise: Number = NAN
    """Largest movement of the reference's scores when only rounding changes, on the same tensor."""
    reference_error: Number = NAN
    """RMSE of the reference's scores against float64 truth, on the candidate's tensor."""
    candidate_error: Number = NAN
    """RMSE of the candidate's scores against the same truth."""
    error_ratio: Number = NAN
    """candidate_error over the reference's own: its error, or its noise where that is larger."""
    reference_error_max: Number = NAN
    """Largest |reference − truth|."""
    candidate_error_max: Number = NAN
    """Largest |candidate − truth|."""

    decode_effect: Number = NAN
    """Part of divergence made by swapping TensorFlow's decoder for the deployed one; end to end."""
    resize_effect: Number = NAN
    """Part made by swapping the resize."""
    import_effect: Number = NAN
    """Part made by swapping TensorFlow for TVM at opt_level 0."""
    optimize_effect: Number = NAN
    """Part made by the candidate's own build. The four add up to divergence."""
    moved_class: int | None = None
    """The class whose score moved most; the four parts below are of it."""
    moved_label: str = ""
    """Its name."""
    moved_decode_effect: Number = NAN
    """As decode_effect."""
    moved_resize_effect: Number = NAN
    """As resize_effect."""
    moved_import_effect: Number = NAN
    """As import_effect."""
    moved_optimize_effect: Number = NAN
    """As optimize_effect."""
    explanation: str = ""
    """Which step made most of the divergence, in a sentence."""

    reference_ms: Number = NAN
    """Median time of one reference run after a warm-up, milliseconds."""
    candidate_ms: Number = NAN
    """Median time of one candidate run after a warm-up, milliseconds."""
    convert_s: Number = NAN
    """Seconds from GraphDef to ONNX or TFLite when it was made; kept with the cached build."""
    import_s: Number = NAN
    """Seconds of the import into TVM; kept likewise."""
    optimize_s: Number = NAN
    """Seconds of the passes, where they are a step of their own; kept likewise."""
    build_s: Number = NAN
    """Seconds of the build; kept likewise."""
    cache: str = ""
    """`built` or `hit`: whether this row's candidate was compiled by this run."""
    reference_version: str = ""
    """TensorFlow's version."""
    candidate_version: str = ""
    """TVM's version."""
    reference_program: str = ""
    """Name of the program that gave the reference's scores, for people: `TensorFlow`."""
    candidate_program: str = ""
    """Name of the program under test, for people: `TVM`."""
    log: str = ""
    """Where the run folder keeps what the worker process of a failing row printed; empty where
    nothing is kept."""


class TopkRow(Table):
    """One rank of one side's top-k list, in long form."""

    case: str
    """As in Row."""
    image: str
    """As in Row."""
    candidate: str
    """As in Row."""
    scope: str
    """As in Row."""
    side: str
    """`reference` or `candidate`."""
    rank: int
    """From 1."""
    class_index: int
    """Index into the score vector."""
    label: str
    """English name of the class."""
    score: Number
    """This side's score of the class."""
    other_score: Number = NAN
    """The other side's score of the same class."""


class ExpectedRow(Table):
    """One published answer held against what was measured."""

    case: str
    """As in Row."""
    image: str
    """As in Row."""
    candidate: str
    """As in Row."""
    side: str
    """`reference` or `candidate`."""
    rank: int
    """From 1, as published."""
    label: str
    """The published name."""
    score: Number
    """The published score."""
    measured_label: str = ""
    """The name measured at that rank."""
    measured_score: Number = NAN
    """The score measured at that rank."""
    difference: Number = NAN
    """measured_score minus score where the names agree."""


class Result(BaseModel):
    """A row with the long-form lines that belong to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: Row
    topk: tuple[TopkRow, ...] = ()
    expected: tuple[ExpectedRow, ...] = ()
    thumbnail: str = ""
    """A `data:` URI of the image, scaled to fit the report; empty where it can't be decoded."""
    log: str = ""
    """Text that the worker process of a failing row printed, on its way to the run folder."""
