"""Runs faults: a folder for each, and the server that forks."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from harness.results.stored_results import StoredResults
from harness.testing.campaign.fault import IMAGE, MODEL, CampaignFault, CampaignRun, Ended
from harness.testing.campaign.server import ForkReply
from harness.testing.campaign.surroundings import ForkRequest
from harness.testing.fixtures import FAKES, ROOT
from harness.testing.tiny import decoder_graph, write_graph, write_image

PYTHON_PATH = os.pathsep.join([str(FAKES), str(ROOT)])


class CampaignRunner:
    """The server, the files that every folder has, and a cache that all faults share."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self._folder, self._count = folder, 0
        self._model = write_graph(folder / MODEL, decoder_graph()).read_bytes()
        self._image = write_image(folder / IMAGE).read_bytes()
        (folder / "builds.log").touch()
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": PYTHON_PATH,
            "PARITY_REFERENCE": "fake-reference",
            "PARITY_CACHE": str(folder / "cache"),
            "PARITY_FAKE_LOG": str(folder / "builds.log"),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "COLUMNS": "100",
            "LANG": "C.UTF-8",
            **(environment or {}),
        }
        self._server = subprocess.Popen(
            [sys.executable, "-P", "-m", "harness.testing.campaign.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**self._environment, "HOME": str(folder)},
            cwd=folder,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the server."""
        assert self._server.stdin
        self._server.stdin.close()
        self._server.wait()

    def run(self, fault: CampaignFault) -> Ended:
        """Make the fault in a folder of its own, and run its command."""
        self._count += 1
        folder = self._folder / f"{self._count:04}"
        for name in ("home", "tmp", "work"):
            (folder / name).mkdir(parents=True)
        work = folder / "work"
        (work / MODEL).write_bytes(self._model)
        (work / IMAGE).write_bytes(self._image)
        (work / "pytest.ini").touch()
        fault.make(work)
        return self.execute(fault.run, work)

    def execute(self, run: CampaignRun, work: Path) -> Ended:
        """Run a command in a folder that is made."""
        out = work.parent / "printed"
        own = {"HOME": str(work.parent / "home"), "TMPDIR": str(work.parent / "tmp")}
        given = {k: v.replace("{work}", str(work)) for k, v in run.environment.items()}
        reply = self._ask(
            ForkRequest(
                how=run.how,
                words=[word.replace("{work}", str(work)) for word in run.words],
                folder=str(work / run.inside),
                environment={**self._environment, **own, **given},
                out=str(out),
                stdout=run.stdout,
                memory=run.memory,
                gone=run.gone,
                unprivileged=run.unprivileged,
                seconds=run.seconds,
            )
        )
        printed = out.with_suffix(".out").read_text("utf-8", errors="replace")
        return Ended(
            code=reply["code"],
            out=printed,
            err=out.with_suffix(".err").read_text("utf-8", errors="replace"),
            cpu_s=reply["cpu_s"],
            rss=reply["rss"],
            family_rss=reply["family_rss"],
            left=tuple(reply["left"]),
            hung=reply["hung"],
            times=_times(out.with_suffix(".times")),
            rows=() if "report" in run.words else tuple(_rows(work, printed, run)),
        )

    def _ask(self, request: ForkRequest) -> ForkReply:
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        reply: ForkReply = json.loads(self._server.stdout.readline())
        return reply


def _times(path: Path) -> dict[str, float]:
    """Seconds of processor time by node id, as the server noted them."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return dict(map(json.loads, lines))


def _rows(work: Path, printed: str, run: CampaignRun) -> list[dict[str, Any]]:
    """The rows that a comparison printed or wrote."""
    if "--json" in run.words:
        try:
            found: list[dict[str, Any]] = json.loads(printed)
        except ValueError:
            return []
        return found
    runs = sorted((work / "reports").glob("*/journal.jsonl"))
    results = StoredResults(runs[-1]) if runs else []
    return [result.row.model_dump(mode="json") for result in results]
