"""Part of a reproducer's script: whether an output is further from float64 than rounding explains.

Exit code 1: the fault shows; 0: it does not; 2: this environment can't run it.
"""

import json
import os
from pathlib import Path
from typing import Any


def main(answer: Any) -> int:
    """Compare and print; the exit code."""
    folder = Path(__file__).resolve().parent
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    os.environ.update(settings["environment"])
    try:
        import numpy as np

        found = np.asarray(answer(folder, settings, np.load(folder / "input.npy")), np.float64)
    except Exception as unusable:  # noqa: BLE001
        print(f"this environment can't run it: {unusable!r}")  # noqa: T201
        return 2
    truth = np.load(folder / "expected.npy").reshape(found.shape)
    known = np.isfinite(truth)
    size = np.sqrt(np.mean(truth[known] ** 2))
    error = np.where(known, np.abs(found - truth), 0)
    errors = {"largest": error / (size + np.abs(truth)), "rms": np.sqrt(np.mean(error**2)) / size}
    errors = {name: float(np.max(np.where(known, one, 0))) for name, one in errors.items()}
    errors["NaN or infinite in one alone"] = float((np.isfinite(found) != known).sum())
    for name, one in errors.items():
        print(f"{name}: {one:.4g}, at most {settings['limits'].get(name, 0):.4g} is expected")  # noqa: T201
    return int(any(not one <= settings["limits"].get(name, 0) for name, one in errors.items()))
