"""Plants a fault of each kind in a model and makes a reproducer of each.

    python -m harness.testing.reproduce_faults MODEL.pb PHOTO CANDIDATE RESULTS.csv [--kind NAME …]

One line a fault: operations and bytes of the folder, exit codes of its script. What was written
before is not made again. docs/reproduce.md shows the figures.
"""

import argparse
import csv
import tempfile
import time
from pathlib import Path

from harness.execution.session import RunSession
from harness.graphdef.model_file import ModelFile, read_model
from harness.graphdef.serialise import to_bytes
from harness.locate.reproducers.reproducing import reproduced
from harness.proof.faults.planting import KINDS, faults
from harness.proof.truth import private_session
from harness.run.settings import settings_from
from harness.testing.locate_faults import tasks_of


def main() -> None:
    """Plant, reproduce, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("model", "photo", "candidate", "results"):
        parser.add_argument(name)
    parser.add_argument("--kind", action="append", default=[])
    given = parser.parse_args()
    file, results = read_model(Path(given.model)), Path(given.results)
    done = _kinds_in(results)
    suite = faults(file.graph, file.output, kinds=tuple(given.kind), per_kind=1)
    stack = given.candidate.split("-")[0]
    with private_session(settings_from()) as session:
        session.start_reference()
        session.cache.mkdir(exist_ok=True)
        for fault in suite.faults:
            single = not fault.where.startswith("all ")
            if single and fault.kind not in done and stack not in KINDS[fault.kind].ignored_by:
                path = session.cache / "faulty.pb"
                path.write_bytes(to_bytes(fault.graph))
                row = _reproduced(session, file, Path(given.photo), given.candidate, path)
                _append(results, {"kind": fault.kind, "where": fault.where, **row})


def _reproduced(
    session: RunSession, file: ModelFile, photo: Path, candidate: str, path: Path
) -> dict[str, object]:
    start = time.monotonic()
    (task,) = tasks_of(file, photo, candidate, path)
    with tempfile.TemporaryDirectory(prefix="parity-reproduce-") as folder:
        found = reproduced(task, session, Path(folder) / "made", None).payload()
    return {**found, "folder": "", "seconds": round(time.monotonic() - start, 1)}


def _kinds_in(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    with path.open(newline="", encoding="utf-8") as file:
        return {row["kind"] for row in csv.DictReader(file)}


def _append(path: Path, row: dict[str, object]) -> None:
    new = not path.is_file()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)
    print(row, flush=True)


if __name__ == "__main__":
    main()
