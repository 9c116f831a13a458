"""Part of a reproducer's script: whether building or running ends as it did when it was found.

Exit code 1: the fault shows; 0: it does not; 2: this environment can't run it.
"""

import contextlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any


def signature(line: str) -> str:
    """A line of a message without the kinds of errors before it, and without its numbers."""
    return re.sub(r"0x[0-9a-fA-F]+|\d+", "#", re.sub(r"^\s*(\w+: )*", "", line).strip())[:200]


def main(answer: Any) -> int:
    """Build and run in another process, and print how it ended; the exit code."""
    folder = Path(__file__).resolve().parent
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    env, shows = {**os.environ, **settings["environment"]}, settings["shows"]
    if sys.argv[1:] == ["inside"]:
        try:
            import numpy as np

            answer(folder, settings, np.load(folder / "input.npy"))
            os._exit(10)
        except Exception as error:  # noqa: BLE001
            print(error, flush=True)  # noqa: T201
            os._exit(11 if settings["signature"] in map(signature, str(error).splitlines()) else 12)
    command, code = [sys.executable, "-I", __file__, "inside"], 13
    with contextlib.suppress(subprocess.TimeoutExpired):
        code = subprocess.run(command, timeout=settings["seconds"], env=env, check=False).returncode  # noqa: S603
    ends = {10: "no failure", 11: "error", 12: "another error", 13: "timed_out"}
    print(f"{ends.get(code, 'crashed')} (exit code {code}), looked for: {shows}")  # noqa: T201
    return 1 if ends.get(code, "crashed") == shows else 2 if code == 12 else 0  # noqa: PLR2004
