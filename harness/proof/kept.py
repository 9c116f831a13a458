"""Results of a proof: one row for each graph, route and photo, and the folder that keeps them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.errors import ReportError
from harness.inputs.image_names import slug
from harness.proof.planted_nodes import Naming
from harness.proof.variants import What
from harness.results import files
from harness.results.status import Status
from harness.results.table import NAN, Number

SATURATED = 0.99
"""A row whose top score is above it is called saturated."""


class ProofRow(BaseModel):
    """What the harness made of one graph in the place of a whole model, on one photo."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    model: str
    """Name of the whole model."""
    route: str
    """The candidate that every graph was compiled as, such as `relax-host-packed`."""
    photo: str
    """Name of the photo."""
    what: What
    """`fault`, `rewrite` or `whole`."""
    kind: str = ""
    """Kind of the fault, or name of the rewrite."""
    where: str = ""
    """Where the fault is."""
    amount: float = 0.0
    """Part of the fault that was made, 1 for the whole."""
    in_reference: bool = False
    """Whether the faulty graph was the reference's, since the route's importer drops the fault."""
    times: Number = NAN
    """How many times the noise the graph moves float64 truth; NaN where that was not asked."""
    top: Number = NAN
    """The reference's largest score."""
    status: Status
    """How the row ended."""
    reason: str = ""
    """Why; kept for rows that did not end as they should have."""
    error_ratio: Number = NAN
    """The row's `error_ratio`."""
    naming: Naming = ""
    """Whether `parity locate` named the nodes of the fault; it is asked on one photo."""
    named: str = ""
    """The nodes that it named, or why it named none; kept unless they are right."""

    @property
    def found(self) -> bool:
        """Whether the row says that scores differ."""
        return self.status is Status.MISMATCH

    @property
    def as_it_should(self) -> bool:
        """Whether a fault was found, or a healthy graph passed."""
        return self.found if self.what == "fault" else self.status.passing

    @property
    def not_shown(self) -> set[str]:
        """Fields that say why, where nothing is to be explained."""
        return {
            *(["reason"] if self.as_it_should else []),
            *(["named"] if self.naming == "right" else []),
        }

    @property
    def compared(self) -> bool:
        """Whether scores were compared at all."""
        return self.status.passing or self.found

    @property
    def saturated(self) -> bool:
        """Whether one class takes nearly everything."""
        return self.top > SATURATED


class KeptJob(BaseModel):
    """One model on one route."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    command: tuple[str, ...]
    """The command that made it."""
    model: str
    """Name of the model."""
    route: str
    """The candidate."""
    inapplicable: tuple[str, ...]
    """Kinds and rewrites for which the model has no place."""
    rows: tuple[ProofRow, ...]
    """What was tried."""


def _text(job: KeptJob) -> str:
    """JSON with a line a row, without what no table shows: such files are kept under git."""
    head = job.model_dump_json(exclude={"rows"}).removesuffix("}")
    rows = ",\n".join(
        row.model_dump_json(exclude_defaults=True, exclude=row.not_shown) for row in job.rows
    )
    return f'{head},"rows":[\n{rows}\n]}}\n'


@dataclass(frozen=True)
class KeptResults:
    """A folder of jobs, a JSON file each."""

    folder: Path
    """The folder; other files in it are not read."""

    def has(self, key: str, model: str, route: str) -> bool:
        """Whether the job of that key is there."""
        return self._path(key, model, route).is_file()

    def put(self, key: str, job: KeptJob) -> None:
        """Keep a job; raises ReportError."""
        path = self._path(key, job.model, job.route)
        try:
            files.write(path, _text(job).encode())
        except OSError as error:
            raise ReportError(f"{path} can't be written: {error.strerror}") from error

    def jobs(self) -> Iterator[KeptJob]:
        """Every job, by name; raises ReportError for a file that is none."""
        for path in sorted(self.folder.glob("job-*.json")):
            try:
                yield KeptJob.model_validate_json(path.read_bytes())
            except (OSError, ValidationError) as error:
                raise ReportError(
                    f"{path} is no kept result of `parity prove`; remove it, and its comparisons "
                    f"are made again ({type(error).__name__})"
                ) from error

    def _path(self, key: str, model: str, route: str) -> Path:
        return self.folder / f"job-{slug(Path(model).stem)}-{slug(route)}-{key[:12]}.json"
