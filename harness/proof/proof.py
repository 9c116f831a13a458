"""Proof that the harness tells right from wrong: planted faults and clean candidates, judged.

A fault is material on a photo where float64 truth itself moves, from the whole graph to the faulty
one, by more than ten times what rounding does to TensorFlow there. That is decided by TensorFlow in
float64 alone, never by the harness's verdict. Every material row must end as `mismatch`, and no
clean row may fail.
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
from harness.proof.material import Proof, judged_faults
from harness.proof.project import PlantedModel, write_project
from harness.proof.request import SMALL_NET, ProofRequest
from harness.proof.small_net import small_net
from harness.proof.tables import proof_tables
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
        clean = {
            model: tuple(row for row in rows if row.case == case)
            for case, model in project.clean.items()
        }
        missing = {model.name: model.suite.inapplicable for model in planted}
        return Proof(tuple(judged_faults(project, rows)), clean, missing)


def _planted(name: str, file: ModelFile, request: ProofRequest) -> PlantedModel:
    count = request.per_kind * (2 if name == SMALL_NET else 1)
    suite = faults(file.graph, file.output, per_kind=count, kinds=request.kinds)
    return PlantedModel(name, file, suite)


def run_pytest(folder: Path) -> Path:
    """Run the case files of a folder under pytest; the run's folder.

    Raises UsageError where pytest did not come to its end. Options of the user's own (-x, -k) would
    leave rows out.
    """
    reports = folder / "reports"
    options = ["-q", "-n", "2", "-p", "no:cacheprovider", "--parity-no-explain"]
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
    """Prove, write the tables; 0 where every material fault is found and no clean row fails."""
    found = prove(request)
    try:
        files.write(request.into, proof_tables(found).encode())
    except OSError as error:
        raise ReportError(f"{request.into} can't be written: {error.strerror}") from error
    whole = all(one.detected for one in found.planted if one.material)
    clean = [row for rows in found.clean.values() for row in rows]
    return 0 if whole and clean and all(row.status.passing for row in clean) else 1
