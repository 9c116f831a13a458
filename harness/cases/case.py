"""The schema of a whole case file, and its JSON Schema. `case_file.load` reads one."""

from collections import Counter
from typing import Annotated, Any

from pydantic import Field, WrapValidator, model_validator

from harness.cases.asset_sections import Image, Labels, ModelSource
from harness.cases.candidate import Candidate
from harness.cases.candidate_lists import expanded, with_lists
from harness.cases.expectation import KnownFailure, Published
from harness.cases.gates import Gates
from harness.cases.preprocess import Preprocess
from harness.cases.scope import SCOPES, Scope
from harness.cases.section import Boolean, Finite, Integer, Section
from harness.cases.tolerance import Tolerances

MAX_REPEATS = 1000
"""Timed runs of a program that a case file may ask for."""
Count = Annotated[Integer, Field(gt=0)]
"""An integer above 0."""


class ReferenceSettings(Section):
    """How the reference runs; each of these can change the last bits of TensorFlow's scores."""

    intra_op_threads: Integer = Field(default=0, ge=0)
    """Threads inside one op; 0 means one a core."""
    inter_op_threads: Integer = Field(default=0, ge=0)
    """Ops at the same time; 0 means one a core."""
    onednn: Boolean | None = None
    """oneDNN kernels on or off; by default TensorFlow's own choice."""


class ResourceLimits(Section):
    """Bounds on what a program under test may take."""

    build_timeout_s: Annotated[Finite, Field(gt=0)] = 1800.0
    """Seconds for each build step, such as import and build."""
    run_timeout_s: Annotated[Finite, Field(gt=0)] = 300.0
    """Seconds for starting a program and for each run."""
    memory_gib: Annotated[Finite, Field(gt=0)] = 16.0
    """Resident memory of one worker process, GiB."""
    max_pixels: Count = 100_000_000
    """Largest image that is decoded at all."""


class Case(Section):
    """One case file: a model, images, and the candidates that are compared with the reference."""

    description: str = ""
    """Text that the report shows."""
    model: ModelSource
    """The model that the reference runs."""
    images: tuple[Image, ...] = Field(min_length=1)
    """Images that both programs classify."""
    labels: Labels | None = None
    """Names of the classes."""
    reference: ReferenceSettings = ReferenceSettings()
    """How the reference runs."""
    preprocess: Preprocess = Preprocess()
    """What the deployed program does to an image file before it calls the compiled module."""
    k: Count = 5
    """How many top classes are compared in order."""
    scopes: tuple[Scope, ...] = Field(default=SCOPES, min_length=1)
    """Which scopes are judged."""
    tolerance: Tolerances = Tolerances()
    """When two scores count as equal."""
    candidates: Annotated[tuple[Candidate, ...], WrapValidator(expanded)] = Field(
        default=(Candidate(layout="NCHW"),), min_length=1
    )
    """The programs under test: ways to compile and ship the model. A key of a table may hold a
    list, for one candidate with each."""
    known_failures: tuple[KnownFailure, ...] = ()
    """Failures that are expected."""
    published: tuple[Published, ...] = ()
    """Scores printed elsewhere."""
    repeats: Annotated[Integer, Field(gt=0, le=MAX_REPEATS)] = 1
    """Timed runs of each program after one warm-up, each as costly as that."""
    limits: ResourceLimits = ResourceLimits()
    """Bounds on the programs under test."""
    gates: Gates = Gates()
    """What a sweep over a dataset must show to pass."""

    @model_validator(mode="after")
    def _distinct(self) -> "Case":
        ids = Counter(candidate.id for candidate in self.candidates)
        twice = sorted(name for name, times in ids.items() if times > 1)
        if twice:
            raise ValueError(f"candidates share the id {', '.join(twice)}; give one a name")
        if len(set(self.scopes)) < len(self.scopes):
            raise ValueError(f"scopes names one twice; found {', '.join(self.scopes)}")
        return self


def json_schema() -> dict[str, Any]:
    """JSON Schema of a case file, for editors."""
    found = Case.model_json_schema()
    definitions = found["$defs"]
    definitions["Candidate"] = with_lists(definitions["Candidate"])
    return found
