"""The folder of a reproducer: files, script, settings, pins and the text of an issue."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import UsageError
from harness.execution.build_cache import MANIFEST
from harness.locate.reproducers import script_failure, script_values
from harness.locate.reproducers.issue_text import issue
from harness.locate.reproducers.reproducer import RUNS, ChosenForm, ReducedFault, Reproducer
from harness.locate.reproducers.script_text import script
from harness.locate.reproducers.trials import WrongOutput
from harness.stacks.protocol import installed_version

SCRIPT, SETTINGS, PINS, ISSUE = "reproduce.py", "settings.json", "requirements.txt", "ISSUE.md"
RUN_S = 600.0
"""Seconds of one run of a script."""
_CPUS = ("llvm", "c")


def require_free(folder: Path) -> None:
    """UsageError where there is something at the folder's place, or it can't be made."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise UsageError(f"{folder} is there already; name a new or empty folder with --into")
    if not folder.parent.is_dir():
        raise UsageError(f"there is no folder {folder.parent}; make it, or name another --into")


def first_that_shows(
    folder: Path, made: Iterable[tuple[ReducedFault, ChosenForm]], candidate: str
) -> Reproducer | None:
    """Write the forms in turn until one shows the fault by itself; the last one otherwise.

    None where there is no form. Raises UsageError.
    """
    found = None
    for fault, form in made:
        if found is not None:
            shutil.rmtree(folder)
        found = write_folder(folder, fault, form, candidate)
        if found.reproduces:
            break
    return found


def write_folder(folder: Path, fault: ReducedFault, form: ChosenForm, candidate: str) -> Reproducer:
    """Write everything, run the script, and put the folder in its place; raises UsageError."""
    try:
        staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise UsageError(f"{folder} can't be written: {error}") from error
    try:
        _write_files(staging, fault, form)
        codes = tuple(_run(staging) for _ in range(RUNS))
        text = issue(fault, form, pins(form), codes)
        (staging / ISSUE).write_text(text, encoding="utf-8")
        size = sum(path.stat().st_size for path in staging.iterdir())
        staging.chmod(0o755)
        staging.replace(folder)
    except OSError as error:
        raise UsageError(f"{folder} can't be written: {error}") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return Reproducer(
        candidate,
        "",
        folder,
        codes,
        operations=tuple(node.op for node in fault.operations),
        bytes=size,
        trials=fault.trials,
        cut=fault.parts.cut,
    )


def pins(form: ChosenForm) -> dict[str, str]:
    """Distribution → version of what the script needs."""
    wanted = ("numpy", *(one for each in form.stack.distributions[:2] for one in each))
    names = (*wanted, *form.form.requires)
    return {name: version for name in names if (version := installed_version(name))}


def settings(fault: ReducedFault, form: ChosenForm) -> dict[str, Any]:
    """What the script reads."""
    how, seen = fault.how, fault.fault
    kind = form.target.split()[0]
    found: dict[str, Any] = {
        "target": form.form.target(form.target),
        "device": "cpu" if kind in _CPUS else kind,
        "opt_level": how.opt_level,
        "pass_config": {**form.stack.pass_config, **how.pass_config},
        "layout": how.layout,
        "input": fault.parts.candidate.feed,
        "output": fault.parts.candidate.end,
        "lowered": form.form.lowered,
        "environment": dict(form.stack.environment),
        "shows": fault.shows,
    }
    if isinstance(seen, WrongOutput):
        return {**found, "limits": seen.expected.limit._asdict()}
    return {**found, "signature": signature_of(seen.reason), "seconds": RUN_S / 2}


def signature_of(reason: str) -> str:
    """The first line of a failure's reason, without what changes as a graph gets smaller."""
    return script_failure.signature(reason.partition("\n")[0])


def _write_files(folder: Path, fault: ReducedFault, form: ChosenForm) -> None:
    for path in [form.files] if form.files.is_file() else form.files.iterdir():
        if path.name != MANIFEST:
            shutil.copyfile(path, folder / path.name)
    np.save(folder / "input.npy", fault.parts.value, allow_pickle=False)
    if fault.expected is not None:
        np.save(folder / "expected.npy", fault.expected, allow_pickle=False)
    main = script_values if isinstance(fault.fault, WrongOutput) else script_failure
    text = json.dumps(settings(fault, form), indent=1)
    (folder / SETTINGS).write_text(text, encoding="utf-8")
    (folder / SCRIPT).write_text(script(form.form.answer, main), encoding="utf-8")
    lines = (f"{name}=={version}\n" for name, version in pins(form).items())
    (folder / PINS).write_text("".join(lines), encoding="utf-8")


def _run(folder: Path) -> int | None:
    """Exit code of the script in a process that does not find the harness by its path."""
    with suppress(subprocess.TimeoutExpired):
        return subprocess.run(  # noqa: S603  our own interpreter, no shell
            [sys.executable, "-I", str(folder / SCRIPT)],
            cwd=folder,
            env=_clean(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=RUN_S,
            check=False,
        ).returncode
    return None


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in environment.items() if not key.startswith("PYTHON")}
