"""Proof that the harness tells right from wrong: planted faults and clean candidates, judged.

A fault is material on a photo where float64 truth itself moves, from the whole graph to the faulty
one, by more than ten times what rounding does to TensorFlow there. That is decided by TensorFlow in
float64 alone, never by the harness's verdict. Every material row must end as `mismatch`, and no
clean row may fail.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePath

from harness.errors import ReportError, UsageError
from harness.graphdef.model_file import read_model
from harness.graphdef.serialise import to_bytes
from harness.proof.faults.planting import faults
from harness.proof.material import Proof, judged_faults
from harness.proof.project import write_project
from harness.proof.small_net import small_net
from harness.proof.tables import proof_tables
from harness.reports.stored_run import read
from harness.results import files

SMALL_NET = "small-net"


def prove(
    models: Sequence[Path],
    photos: Sequence[Path],
    clean_photos: Sequence[Path],
    per_kind: int = 1,
    kinds: tuple[str, ...] = (),
) -> Proof:
    """Plant faults in every model, run them and the clean ones under pytest, ask truth.

    `per_kind` places a kind (of `kinds`, or of all) and model; twice as many in the small net,
    which builds quickly.
    """
    with tempfile.TemporaryDirectory(prefix="parity-proof-") as name:
        project = Path(name)
        counts = {path: per_kind * (2 if path.stem == SMALL_NET else 1) for path in models}
        suites = {
            path: faults(model.graph, model.output, per_kind=count, kinds=kinds)
            for path, count in counts.items()
            if (model := read_model(path))
        }
        write_project(project, suites, photos, clean_photos)
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--parity-no-explain", "cases"]
        subprocess.run(command, cwd=project, check=False)  # noqa: S603  our own interpreter
        _, results = read(project / "reports" / "latest")
        rows = [result.row for result in results]
        clean = tuple(row for row in rows if PurePath(row.case).name.startswith("clean-"))
        planted = {path.stem: suite.faults for path, suite in suites.items()}
        missing = {path.stem: suite.inapplicable for path, suite in suites.items()}
        return Proof(tuple(judged_faults(project, planted, rows)), clean, missing)


def prove_and_write(
    models: Sequence[Path],
    photos: Sequence[Path],
    clean_photos: Sequence[Path],
    per_kind: int,
    kinds: tuple[str, ...],
    into: Path,
) -> int:
    """Prove, write the tables; 0 where every material fault is found and no clean row fails."""
    if into.is_dir() or not into.absolute().parent.is_dir():
        raise UsageError(f"--into {into}: expected a file in a folder that exists")
    with tempfile.TemporaryDirectory(prefix="parity-models-") as name:
        small = Path(name) / f"{SMALL_NET}.pb"
        small.write_bytes(to_bytes(small_net()))
        found = prove([small, *models], photos, clean_photos, per_kind, kinds)
    try:
        files.write(into, proof_tables(found).encode())
    except OSError as error:
        raise ReportError(f"{into}: the tables can't be written: {error.strerror}") from error
    whole = all(one.detected for one in found.planted if one.material)
    return 0 if whole and found.clean and all(row.status.passing for row in found.clean) else 1
