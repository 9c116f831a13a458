"""Fuzz for some minutes, or try the corpus again: `python -m harness.testing.fuzz --help`."""

import argparse
import importlib
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from random import Random

from harness.testing.fuzz import corpus
from harness.testing.fuzz.child import BROKEN, read_state
from harness.testing.fuzz.contract import Finding

CHUNK_S = 20.0
"""Processor seconds of one process: each target has its turn, then all again."""


@dataclass
class Campaign:
    """One call of the command."""

    catalogue: str
    """Module whose TARGETS are fuzzed."""
    folder: Path
    """The corpus."""
    guided: bool
    """Whether atheris chooses inputs."""
    work: Path
    """A folder for what the processes leave."""
    tried: dict[str, int] = field(default_factory=dict)
    """Target → how many inputs were tried."""
    findings: int = 0
    """Inputs that were added to the corpus."""

    def turn(self, name: str, seed: int, seconds: float) -> int:
        """Fuzz one target in a process of its own; returns the process's exit status."""
        state, reached = self.work / "state", self.work / name
        state.unlink(missing_ok=True)
        reached.mkdir(exist_ok=True)
        words = [name, str(seed), str(seconds), str(state), f"--catalogue={self.catalogue}"]
        words += [f"--folder={self.folder}", *([f"--guided={reached}"] if self.guided else [])]
        command = [sys.executable, "-m", "harness.testing.fuzz.child", *words]
        # What image libraries and libFuzzer write to stderr says nothing about the harness.
        done = subprocess.run(command, stderr=subprocess.DEVNULL, check=False)
        if not state.exists():
            raise SystemExit(f"{' '.join(command)}\nended with status {done.returncode} at once")
        tried, findings, last = read_state(state)
        self.tried[name] = self.tried.get(name, 0) + tried
        self.findings += findings
        if done.returncode not in (0, BROKEN):
            self._keep_fatal(name, last, done.returncode)
        return done.returncode

    def _keep_fatal(self, name: str, data: bytes, status: int) -> None:
        """Keep the input that ended a process."""
        text = f"the process ended with status {status} (negative: by that signal)"
        path = corpus.store(name, data, Finding(f"ended {status}", text), self.folder)
        self.findings += 1
        print(f"{name}/{path.name}: {text}", flush=True)

    def fuzz(self, names: list[str], seconds: float, seed: int) -> None:
        """Give each target its turns, of `seconds` in all; prints a line for each turn."""
        left, seeds = seconds, Random(seed)
        while left > 0:
            chunk = min(CHUNK_S, left / len(names))
            for name in names:
                self.turn(name, seeds.randrange(1 << 31), chunk)
                left -= chunk
                print(
                    f"{name:12} {self.tried[name]:9} inputs, {self.findings} findings in all, "
                    f"{max(0.0, left) / 60:.1f} min left",
                    flush=True,
                )


def main(words: list[str]) -> int:
    """The command; exit status 1 where anything broke the contract, 2 for a wrong argument."""
    given, names = _arguments(words)
    with tempfile.TemporaryDirectory(prefix="parity-fuzz-") as work:
        campaign = Campaign(given.catalogue, given.folder, given.guided, Path(work))
        if given.replay:
            broken = [name for name in names if campaign.turn(name, 0, 0)]
            print(f"{sum(campaign.tried.values())} inputs of the corpus tried again")
            return 1 if broken else 0
        try:
            campaign.fuzz(names, given.minutes * 60, given.seed)
        except KeyboardInterrupt:
            print("stopped")
    tried = ", ".join(f"{name} {count}" for name, count in campaign.tried.items())
    print(f"seed {given.seed}; inputs: {tried}; {campaign.findings} findings in {given.folder}")
    return 1 if campaign.findings else 0


def _arguments(words: list[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(prog="python -m harness.testing.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="by default all")
    parser.add_argument(
        "--minutes", type=float, default=10.0, help="of processor time; Ctrl-C ends it"
    )
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000_000)
    parser.add_argument("--replay", action="store_true", help="only try the corpus again")
    parser.add_argument("--guided", action="store_true", help="choose inputs by coverage (atheris)")
    parser.add_argument("--folder", type=Path, default=corpus.FOLDER, help="the corpus")
    parser.add_argument("--catalogue", default="harness.testing.fuzz.targets", help="for tests")
    given = parser.parse_args(words)
    known = list(importlib.import_module(given.catalogue).TARGETS)
    if unknown := [name for name in given.targets if name not in known]:
        parser.error(f"no target {', '.join(unknown)}; known: {', '.join(known)}")
    if given.guided and find_spec("atheris") is None:
        parser.error("--guided needs atheris: pip install atheris")
    return given, given.targets or known


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
