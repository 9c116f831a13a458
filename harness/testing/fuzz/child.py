"""One fuzzing process: one target, for some seconds, within a limit of memory.

Before each input it writes the input to a file, so that whoever started it has the input that
ended it. `python -m harness.testing.fuzz.child TARGET SEED SECONDS STATE` with the options below.
"""

import argparse
import importlib
import os
import resource
import struct
import sys
import time
import warnings
from pathlib import Path
from random import Random

from harness.testing.fuzz import corpus
from harness.testing.fuzz.contract import MAX_INPUT_BYTES, Target, examine, limited_memory

BROKEN = 3
"""Exit status where an input of the corpus breaks the contract."""
COUNTS = struct.Struct("<QQQ")
"""The head of the state file: inputs, findings, bytes of the input that follows."""


class StateFile:
    """A file with the counts and the input that is being tried."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT)
        self.inputs = -1
        self.findings = 0
        self.write(b"")

    def write(self, data: bytes) -> None:
        """Note the next input."""
        self.inputs += 1
        os.pwrite(self._file, COUNTS.pack(self.inputs, self.findings, len(data)) + data, 0)


def read_state(path: Path) -> tuple[int, int, bytes]:
    """Inputs, findings, and the last input."""
    held = path.read_bytes()
    inputs, findings, size = COUNTS.unpack_from(held)
    return inputs, findings, held[COUNTS.size : COUNTS.size + size]


class Session:
    """Tries inputs on a target and keeps each finding once."""

    def __init__(self, name: str, target: Target, state: StateFile, folder: Path) -> None:
        self._name, self._target, self._state, self._folder = name, target, state, folder
        self._known: set[str] = set()
        self.kept = [path.read_bytes() for path in corpus.inputs(name, folder)]
        """The inputs of the corpus."""

    def replay(self) -> list[str]:
        """Try the corpus; what still breaks the contract is known from then on."""
        broken = []
        for path in corpus.inputs(self._name, self._folder):
            data = path.read_bytes()
            self._state.write(data)
            finding = examine(self._target, data)
            if finding:
                self._known.add(finding.signature)
                broken.append(f"{self._name}/{path.name}: {finding.text}")
        return broken

    def attempt(self, data: bytes) -> None:
        """Try one input, and keep it where it shows a defect that was not known."""
        self._state.write(data)
        finding = examine(self._target, data)
        if finding and finding.signature not in self._known:
            self._known.add(finding.signature)
            self._state.findings += 1
            path = corpus.store(self._name, data, finding, self._folder)
            print(f"{self._name}/{path.name}: {finding.text}", flush=True)


def _draw(random: Random, target: Target, kept: list[bytes]) -> bytes:
    """A shaped input, or one of the corpus with damage."""
    from harness.testing.fuzz.shapes.damage import damaged

    if kept and random.random() < 0.2:
        return damaged(random, random.choice(kept))
    return target.shaped(random)


def _plain(session: Session, target: Target, seed: int, seconds: float) -> None:
    random, end = Random(seed), time.process_time() + seconds
    while time.process_time() < end:
        session.attempt(_draw(random, target, session.kept))


def _guided(session: Session, target: Target, seed: int, seconds: float, found: Path) -> None:
    """libFuzzer chooses inputs by the lines that they reach; it ends the process itself."""
    import atheris

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < 0.3:
            return bytes(atheris.Mutate(data, most))
        if random.random() < 0.3:
            return target.shaped(random)[:most]
        return _draw(random, target, [data, *session.kept])[:most]

    end = time.process_time() + seconds

    def attempt(data: bytes) -> None:
        session.attempt(data)
        if time.process_time() > end:
            os._exit(0)

    options = [f"-seed={seed}", f"-max_len={MAX_INPUT_BYTES}", "-verbosity=0", "-timeout=86400"]
    options += ["-rss_limit_mb=0", "-detect_leaks=0"]
    options += [f"-artifact_prefix={found.parent}/"]  # not the folder that the command runs in
    atheris.Setup(["fuzz", *options, str(found)], attempt, custom_mutator=mutated)
    atheris.Fuzz()


def _targets(catalogue: str, guided: bool) -> dict[str, Target]:
    if not guided:
        return dict(importlib.import_module(catalogue).TARGETS)
    import atheris

    with atheris.instrument_imports(include=["harness"]):
        return dict(importlib.import_module(catalogue).TARGETS)


def main(words: list[str]) -> int:
    """Fuzz, or with 0 seconds try the corpus alone; returns BROKEN where one of that fails."""
    parser = argparse.ArgumentParser()
    parser.add_argument("target")
    parser.add_argument("seed", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("state", type=Path)
    parser.add_argument("--catalogue", default="harness.testing.fuzz.targets")
    parser.add_argument("--folder", type=Path, default=corpus.FOLDER)
    parser.add_argument("--guided", type=Path, help="where atheris keeps inputs that reach lines")
    given = parser.parse_args(words)
    target = _targets(given.catalogue, given.guided is not None)[given.target]
    session = Session(given.target, target, StateFile(given.state), given.folder)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    with limited_memory():
        broken = session.replay()
        print("\n".join(broken), end="\n" if broken else "", flush=True)
        if given.seconds and given.guided:
            _guided(session, target, given.seed, given.seconds, given.guided)
        elif given.seconds:
            _plain(session, target, given.seed, given.seconds)
    return BROKEN if broken and not given.seconds else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
