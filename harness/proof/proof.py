"""Proof that the harness tells right from wrong: planted faults and clean candidates, judged.

Each fault is sized by float64 truth alone, never by the harness's verdict: how far it moves the
truth, in the domain of the verdict, over how far rounding may move the reference. Every row of a
fault beyond ten times the noise must end as `mismatch`, and no row in which nothing is wrong may
fail.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness.errors import ReportError, UsageError
from harness.graphdef.model_file import ModelFile, read_model
from harness.graphdef.serialise import to_bytes
from harness.proof.faults.planting import faults
from harness.proof.material import clean_rows, planted_rows
from harness.proof.project import PlantedModel, is_planted_in_reference, write_project
from harness.proof.proof_row import as_csv
from harness.proof.request import SMALL_NET, ProofRequest, rows_file
from harness.proof.rewrites.equal import NAMES
from harness.proof.small_net import small_net
from harness.proof.tables import Proof, proof_tables
from harness.reports.stored_run import read
from harness.results import files
from harness.results.row import Row

ENDS = (0, 1, 5)
"""Exit codes of a pytest that came to its end: all passed, some failed, nothing was compared."""


def prove(request: ProofRequest) -> Proof:
    """Plant faults in every model, run them and the clean ones under pytest, ask truth.

    Raises UsageError where the comparisons were not made.
    """
    with tempfile.TemporaryDirectory(prefix="parity-proof-") as name:
        small = Path(name) / f"{SMALL_NET}.pb"
        small.write_bytes(to_bytes(small_net()))
        models = {SMALL_NET: read_model(small), **request.models}
        planted = [_planted(model, file, request) for model, file in models.items()]
        project = write_project(
            Path(name), planted, request.photos, request.clean_photos, request.candidates
        )
        _, results = read(run_pytest(project.folder))
        rows = compared([result.row for result in results])
        found = [*planted_rows(project, rows), *clean_rows(project, rows)]
        missing = {model.name: model.suite.inapplicable for model in planted}
        dropped = [
            (candidate.stack, fault.kind)
            for model in planted
            for fault in model.suite.faults
            for candidate in request.candidates
            if is_planted_in_reference(fault, candidate.stack)
        ]
        return Proof([*request.earlier, *found], missing, dropped)


def _planted(name: str, file: ModelFile, request: ProofRequest) -> PlantedModel:
    count = request.per_kind * (2 if name == SMALL_NET else 1)
    suite = faults(file.graph, file.output, per_kind=count, kinds=request.kinds)
    return PlantedModel(name, file, suite, request.rewrites or NAMES)


def run_pytest(folder: Path) -> Path:
    """Run the case files of a folder under pytest; the run's folder.

    Raises UsageError where pytest did not come to its end. Options of the user's own (-x, -k) would
    leave rows out.
    """
    reports = folder / "reports"
    options = [
        "-q",
        "-n",
        "2",
        "-p",
        "no:cacheprovider",
        "--parity-no-explain",
        "--parity-full-evidence",
    ]
    command = [sys.executable, "-m", "pytest", *options, f"--parity-report-dir={reports}"]
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"}
    running = subprocess.Popen(  # noqa: S603  our own interpreter
        [*command, f"--rootdir={folder}", "cases"], cwd=folder, env=environment
    )
    try:
        code = running.wait()
    except BaseException:  # whoever stops the proof stops its workers too
        running.terminate()
        running.wait()
        raise
    if code not in ENDS or not (reports / "latest").exists():
        raise UsageError(
            f"nothing was proved: pytest ended with exit code {code}; what it said is above"
        )
    return reports / "latest"


def compared(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows; raises UsageError where one was skipped, since it proves nothing."""
    skipped = [row for row in rows if row.status.kind == "skipped"]
    if skipped:
        first = skipped[0]
        raise UsageError(
            f"nothing was proved: {len(skipped)} of {len(rows)} rows were not compared; "
            f"{first.candidate}: {first.status}: {first.reason}"
        )
    return rows


def prove_and_write(request: ProofRequest) -> int:
    """Prove, write the tables and their rows; 0 where enough is found and nothing sound fails."""
    found = prove(request)
    contents = {request.into: proof_tables(found), rows_file(request.into): as_csv(found.rows)}
    for path, text in contents.items():
        try:
            files.write(path, text.encode())
        except OSError as error:
            raise ReportError(f"{path} can't be written: {error.strerror}") from error
    return 0 if found.holds else 1
