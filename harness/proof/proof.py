"""Proof that the harness tells right from wrong: faults, equal rewrites and whole models, judged.

How far a graph moves float64 truth is asked of TensorFlow alone, never of the harness's verdict
(`harness.proof.truth`). Faults that move it by more than ten times the noise must all end as
`mismatch`, nearly all of those beyond five times too, and no row of a whole model or of a rewrite
may fail (`harness.proof.tally`).
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.cases.candidate import Candidate
from harness.errors import ReportError
from harness.execution.build_cache import key_of
from harness.graphdef.model_file import ModelFile, read_model
from harness.graphdef.precisions import SINGLE
from harness.graphdef.serialise import digest, to_bytes
from harness.proof.comparisons import compared, run_pytest
from harness.proof.kept import KeptJob, KeptResults, ProofRow
from harness.proof.locating import NamedNodes, named_nodes, with_cache
from harness.proof.measurements import Measurements
from harness.proof.meter import opened_when_asked
from harness.proof.project import ProofProject, is_planted_in_reference
from harness.proof.request import SMALL_NET, ProofRequest
from harness.proof.small_net import small_net
from harness.proof.tables import proof_tables
from harness.proof.tally import Proof
from harness.proof.variants import Variant, Variants, variants_of
from harness.reports.stored_run import read
from harness.results import files
from harness.results.row import Row
from harness.run.settings import settings_from


@dataclass(frozen=True)
class _Job:
    """One model on one route."""

    name: str
    file: ModelFile
    route: Candidate
    request: ProofRequest

    @property
    def photos(self) -> str:
        """A digest of the photos."""
        sets = self.request.photos, self.request.clean_photos
        return key_of(photos=[[digest(path.read_bytes()) for path in paths] for paths in sets])

    @property
    def key(self) -> str:
        """The same for the same comparisons."""
        return key_of(
            model=self.file.sha256,
            route=self.route.model_dump(mode="json", exclude_defaults=True),
            photos=self.photos,
            wanted=repr(self.request.wanted),
        )

    def run(self, folder: Path) -> KeptJob:
        """Make the comparisons; `folder` has what was asked of truth, and the builds meanwhile."""
        request, name = self.request, self.route.id
        builds = folder / "builds" / self.key[:12] if request.keep else None
        with tempfile.TemporaryDirectory(prefix="parity-proof-") as place:
            clean, count = request.clean_photos, len(request.photos)
            project = ProofProject(Path(place), self.file, self.route, clean, count)
            variants = self._variants(project.write_whole(), folder)
            by_row = project.write_variants(variants.tried)
            _, results = read(run_pytest(project.folder, builds))
            rows = compared([result.row for result in results])
            nodes = self._nodes(project, rows, by_row, builds)
            found = tuple(_proof_row(self, row, by_row, nodes) for row in rows)
        if builds is not None:
            shutil.rmtree(builds, ignore_errors=True)
        return KeptJob(
            command=("parity", *sys.argv[1:]),
            model=self.name,
            route=name,
            inapplicable=variants.inapplicable,
            rows=found,
        )

    def _nodes(
        self,
        project: ProofProject,
        rows: Sequence[Row],
        by_row: Mapping[tuple[str, str], Variant],
        builds: Path | None,
    ) -> Mapping[tuple[str, str, str], NamedNodes]:
        if not self.request.wanted.locate:
            return {}
        return named_nodes(project, rows, by_row, with_cache(settings_from(), builds))

    def _variants(self, whole: Path, folder: Path) -> Variants:
        count, precision = len(self.request.photos), self.route.precision
        narrow = "" if precision == SINGLE else f"-{precision}"
        path = folder / f"truth-{self.file.sha256[:12]}-{self.photos[:12]}{narrow}.json"
        with opened_when_asked(whole, count, settings_from(), precision) as measure:
            return variants_of(self.file, self.request.wanted, Measurements(path), measure)


def _proof_row(
    job: _Job,
    row: Row,
    by_row: Mapping[tuple[str, str], Variant],
    nodes: Mapping[tuple[str, str, str], NamedNodes],
) -> ProofRow:
    place = row.case, row.candidate
    variant, found = by_row[place], nodes.get((*place, row.image), NamedNodes("", ""))
    return ProofRow(
        model=job.name,
        route=job.route.id,
        photo=row.image,
        what=variant.what,
        kind=variant.kind,
        where=variant.where,
        amount=variant.amount,
        in_reference=is_planted_in_reference(variant, job.route.stack),
        times=variant.times.get(row.image, float("nan")),
        top=row.reference_score,
        status=row.status,
        reason=row.reason,
        error_ratio=row.error_ratio,
        naming=found.naming,
        named=found.nodes,
    )


def prove(request: ProofRequest) -> Proof:
    """Make the comparisons that are not kept yet; everything that is kept then.

    Raises UsageError where the comparisons can't be made, ReportError where they can't be kept.
    """
    with _kept(request) as kept:
        for job in _jobs(request, kept.folder):
            if not kept.has(job.key, job.name, job.route.id):
                kept.put(job.key, job.run(kept.folder))
        return Proof(tuple(kept.jobs()))


@contextmanager
def _kept(request: ProofRequest) -> Iterator[KeptResults]:
    """The folder that was asked for, or one that goes."""
    if request.keep is not None:
        request.keep.mkdir(exist_ok=True)
        yield KeptResults(request.keep.resolve())
        return
    with tempfile.TemporaryDirectory(prefix="parity-proof-kept-") as name:
        yield KeptResults(Path(name))


def _jobs(request: ProofRequest, folder: Path) -> Iterator[_Job]:
    if not request.photos:
        return
    small = folder / f"{SMALL_NET}.pb"
    files.write(small, to_bytes(small_net()))
    models: Mapping[str, ModelFile] = {SMALL_NET: read_model(small), **request.models}
    for name, file in models.items():
        for route in request.candidates:
            yield _Job(name, file, route, request)


def prove_and_write(request: ProofRequest) -> int:
    """Prove, write the tables; 0 where the bars of `Proof.holds` are reached, 1 otherwise."""
    found = prove(request)
    try:
        files.write(request.into, proof_tables(found).encode())
    except OSError as error:
        raise ReportError(f"{request.into} can't be written: {error.strerror}") from error
    return 0 if found.holds else 1
