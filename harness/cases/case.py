"""What a case file may say. `load` makes a `Case` of a TOML file, or a `CaseError` with lines."""

import re
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    PositiveInt,
    StringConstraints,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)

from harness.results.status import Status

DEFAULT_OPT_LEVEL = 3
Scope = Literal["graph", "end_to_end"]
SCOPES: tuple[Scope, ...] = ("graph", "end_to_end")
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$")]
Hex40 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
Hex64 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Side = Annotated[int, Field(gt=0, le=1 << 14)]
Bound = Annotated[FiniteFloat, Field(ge=0)]  # an infinite tolerance would let anything pass


class Section(BaseModel):
    """Base of every table of a case file: unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Asset(Section):
    """A file: give exactly one of `path`, `url`, `package` or (for models) `zoo`."""

    path: str | None = None
    """File, or glob for images, relative to the case file's folder."""
    url: str | None = Field(default=None, pattern=r"^https?://")
    """Address; needs `sha256` or `git_blob`."""
    package: str | None = None
    """Installed distribution that ships the file; needs `file`."""
    file: str | None = None
    """Path (or glob, for images) inside the package, as its RECORD lists it."""
    zoo: Literal["efficientnet-lite0"] | None = None
    """A model that the harness makes from an installed package."""
    sha256: Hex64 | None = None
    """SHA-256 of the content."""
    git_blob: Hex40 | None = None
    """Git blob id of the content, where that is what the publisher gives."""

    @model_validator(mode="after")
    def _one_source(self) -> "Asset":
        given = [k for k in ("path", "url", "package", "zoo") if getattr(self, k) is not None]
        if len(given) != 1:
            found = ", ".join(given) or "none"
            raise ValueError(f"give exactly one of path, url, package, zoo; found {found}")
        if self.url and not (self.sha256 or self.git_blob):
            raise ValueError("a url needs a digest: add sha256 or git_blob")
        if (self.package is None) != (self.file is None):
            raise ValueError("package and file belong together; one of them is missing")
        return self


class Image(Asset):
    """An image file; a glob stands for several."""

    name: Name | None = None
    """Name in node ids and tables; by default the file's own."""

    @model_validator(mode="after")
    def _no_zoo(self) -> "Image":
        if self.zoo:
            raise ValueError("zoo makes models, not images")
        return self


class ModelSource(Asset):
    """The frozen GraphDef that the reference runs."""

    input: str | None = None
    """Input tensor, for example `DecodeJpeg/contents`; found by itself where unambiguous."""
    output: str | None = None
    """Output tensor, for example `softmax`; found by itself where unambiguous."""


class Labels(Section):
    """Class index → English name."""

    names: Asset | None = None
    """One name a line, a JSON list, or a JSON object from index to name."""
    label_map: Asset | None = None
    """TensorFlow's `*_label_map_proto.pbtxt`: node id → synset; needs `synsets`."""
    synsets: Asset | None = None
    """TensorFlow's `*_synset_to_human_label_map.txt`: synset → English."""

    @model_validator(mode="after")
    def _one_form(self) -> "Labels":
        if (self.label_map is None) != (self.synsets is None):
            raise ValueError("label_map and synsets belong together; one of them is missing")
        if (self.names is None) == (self.label_map is None):
            raise ValueError("give either names, or label_map with synsets")
        return self


class Preprocess(Section):
    """What the deployed program does to the file before it calls the module."""

    decoder: Literal["pillow", "tensorflow"] = "pillow"
    """Which decoder makes pixels of the file."""
    exif: Literal["ignore", "apply"] = "ignore"
    """Whether the EXIF orientation turns the picture; TensorFlow never applies it."""
    size: tuple[Side, Side] | None = None
    """[height, width] the picture is resized to; by default the graph's own, else no resize."""
    resample: Literal["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"] = "bicubic"
    """Pillow's resampling filter; bicubic is the default of Image.resize."""
    mean: tuple[FiniteFloat, ...] = (0.0,)
    """Subtracted per channel (one or three numbers), for graphs that start at a float tensor."""
    scale: tuple[FiniteFloat, ...] = (1.0,)
    """Multiplied afterwards, per channel."""

    @model_validator(mode="after")
    def _channels(self) -> "Preprocess":
        for key in ("mean", "scale"):
            if len(getattr(self, key)) not in (1, 3):
                raise ValueError(f"{key} takes one number or three (R, G, B)")
        return self


class ReferenceSettings(Section):
    """How TensorFlow runs; each of these can change the last bits of its scores."""

    intra_op_threads: int = Field(default=0, ge=0)
    """Threads inside one op; 0 means one a core."""
    inter_op_threads: int = Field(default=0, ge=0)
    """Ops at the same time; 0 means one a core."""
    onednn: bool | None = None
    """oneDNN kernels on or off; by default TensorFlow's own choice."""


def _auto_or(value: Any, bound: ValidatorFunctionWrapHandler) -> Any:
    return value if value == "auto" else bound(value)


AutoBound = Annotated[
    Bound,
    WrapValidator(_auto_or),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"const": "auto"}]}),
]
"""A bound, or the word `auto`."""


class Tolerance(Section):
    """|candidate − reference| ≤ atol + rtol·|reference| for every class, as in numpy.allclose."""

    atol: AutoBound | None = None
    """Absolute part, in score units; `auto`, the default of scope graph, measures it."""
    rtol: Bound | None = None
    """Relative part."""
    near_tie: Bound | None = None
    """Reference score gap up to which two classes may change places."""


class Tolerances(Section):
    """One tolerance a scope; what is not given has the defaults of `harness.judge.verdict`."""

    graph: Tolerance = Tolerance()
    """Same tensor into both programs."""
    end_to_end: Tolerance = Tolerance()
    """Same file into both programs."""


class Candidate(Section):
    """A way to ship the model: stack, target, layout, opt_level."""

    name: Name | None = None
    """Id in node ids and tables; by default made from the other keys."""
    stack: str = "relay"
    """Which importer and compiler: relay, relax, relax-onnx, relax-tflite, or a plugin's."""
    target: str = Field(default="llvm", max_length=500)
    """TVM target string; `host` is llvm with this machine's own CPU."""
    layout: Literal["NCHW", "NHWC"] | None = None
    """Layout the importer is asked for; by default the graph's own."""
    opt_level: int = Field(default=DEFAULT_OPT_LEVEL, ge=0, le=4)
    """TVM PassContext optimisation level."""
    pipeline: Literal["default", "packed"] = "default"
    """The passes: what tvm.compile does by itself, or the harness's fast ones for CPUs (relax)."""
    pass_config: dict[str, bool | int | str] = {}
    """TVM PassContext config entries, over the stack's own defaults."""
    model: Asset | None = None
    """The file to compile, where it is another than the reference runs."""

    @property
    def id(self) -> str:
        """Stable id such as `relay-llvm-nchw` or `relay-host-o0`."""
        if self.name:
            return self.name
        target = self.target.replace("-mcpu=", "")
        parts = [self.stack, target, (self.layout or "").lower()]
        if self.opt_level != DEFAULT_OPT_LEVEL:
            parts.append(f"o{self.opt_level}")
        if self.pipeline != "default":
            parts.append(self.pipeline)
        parts += [f"{k.rsplit('.', 1)[-1]}={v}" for k, v in sorted(self.pass_config.items())]
        plain = (re.sub(r"[^A-Za-z0-9._+=]+", "-", part).strip("-") for part in parts)
        return "-".join(part for part in plain if part)


class KnownFailure(Section):
    """A failure that is expected: reported, never hidden, and not counted as failing."""

    image: str = "*"
    """Glob over image names."""
    candidate: str = "*"
    """Glob over candidate ids."""
    scope: Scope | Literal["*"] = "*"
    """Scope, or `*` for both."""
    status: Status | None = None
    """Only this status is expected; by default any failing one."""
    reason: str = Field(min_length=1)
    """Why, for the people who read the report."""

    @model_validator(mode="after")
    def _failing(self) -> "KnownFailure":
        if self.status and self.status.kind != "failing":
            failing = ", ".join(status for status in Status if status.kind == "failing")
            raise ValueError(f"{self.status} is no failure; expected one of {failing}")
        return self

    def covers(self, image: str, candidate: str, scope: str, status: Status) -> bool:
        """Whether this entry expects that row to end so."""
        return (
            fnmatchcase(image, self.image)
            and fnmatchcase(candidate, self.candidate)
            and self.scope in ("*", scope)
            and self.status in (None, status)
        )


class Published(Section):
    """Answers printed elsewhere, reported against what is measured; they decide nothing."""

    image: str
    """Image name."""
    side: Literal["reference", "candidate"]
    """Which program is said to have given them."""
    top: tuple[tuple[str, float], ...] = Field(min_length=1)
    """[label, score] pairs from rank 1 on."""
    source: str = ""
    """Where they were printed."""


class ResourceLimits(Section):
    """Bounds on what a program under test may take."""

    build_timeout_s: Annotated[float, Field(gt=0)] = 1800.0
    """Seconds for each of import and build."""
    run_timeout_s: Annotated[float, Field(gt=0)] = 300.0
    """Seconds for starting a program and for each run."""
    memory_gib: Annotated[float, Field(gt=0)] = 16.0
    """Resident memory of one worker process, GiB."""
    max_pixels: PositiveInt = 100_000_000
    """Largest image that is decoded at all."""


class Case(Section):
    """One case file."""

    description: str = ""
    """For the report."""
    model: ModelSource
    """The reference's model."""
    images: tuple[Image, ...] = Field(min_length=1)
    """What is shown to both programs."""
    labels: Labels | None = None
    """Names of the classes."""
    reference: ReferenceSettings = ReferenceSettings()
    """How TensorFlow runs."""
    preprocess: Preprocess = Preprocess()
    """What the deployed program does before the module."""
    k: PositiveInt = 5
    """How many top classes are compared in order."""
    scopes: tuple[Scope, ...] = Field(default=SCOPES, min_length=1)
    """Which scopes are judged."""
    tolerance: Tolerances = Tolerances()
    """When two scores count as equal."""
    candidates: tuple[Candidate, ...] = Field(default=(Candidate(layout="NCHW"),), min_length=1)
    """The ways to ship it."""
    known_failures: tuple[KnownFailure, ...] = ()
    """Failures that are expected."""
    published: tuple[Published, ...] = ()
    """Answers printed elsewhere."""
    repeats: PositiveInt = 3
    """Timed runs of each program after one warm-up."""
    limits: ResourceLimits = ResourceLimits()
    """Bounds on the programs under test."""

    @model_validator(mode="after")
    def _distinct(self) -> "Case":
        ids = [candidate.id for candidate in self.candidates]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"candidates share the id {', '.join(twice)}; give one a name")
        return self


def json_schema() -> dict[str, Any]:
    """JSON Schema of a case file, for editors."""
    return Case.model_json_schema()
