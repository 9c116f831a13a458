"""A lowered Relax module as one shared library, code for its kernels made on all cores.

LLVM takes two thirds of a build (stand-in, packed: 4.3 s of 6), a kernel at a time, and kernels
know nothing of each other: so they are dealt out to forked processes, each of which writes an
object file, and linked together. The code is the same as when it is made in one go.
"""

import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Shares = list[list[Any]]
FEW = 8
"""Kernels that are not worth a process."""
MOST = 8
"""Processes at most: each holds LLVM's memory."""


def export(module: Any, target: Any, path: Path, cores: int) -> None:
    """Write the library of a module after all Relax passes; `target` and code options as set."""
    from tvm import IRModule, relax
    from tvm.support import cc

    functions = sorted(module.functions_items(), key=lambda item: str(item[0].name_hint))
    kernels = [variable for variable, one in functions if not isinstance(one, relax.Function)]
    shares = _shares(kernels, min(cores, MOST)) if target.kind.name == "llvm" else []
    with _parts(module, target, path.parent, shares) as parts:
        others = {variable for share in shares for variable in share}
        rest = {variable: one for variable, one in functions if variable not in others}
        executable = relax.build(IRModule(rest, attrs=module.attrs), target, relax_pipeline=None)

        def link(output: str, objects: Sequence[str], **options: Any) -> None:
            cc.create_shared(output, [*objects, *map(str, parts())], **options)

        link.object_format = "o"  # type: ignore[attr-defined]
        executable.export_library(str(path), fcompile=link)


def _shares(kernels: Sequence[Any], processes: int) -> Shares:
    """What each further process makes; the first share, left out, is this process's own."""
    if processes == 1 or len(kernels) < FEW:
        return []
    return [list(kernels[number::processes]) for number in range(1, processes)]


@contextmanager
def _parts(
    module: Any, target: Any, folder: Path, shares: Sequence[Sequence[Any]]
) -> Iterator[Any]:
    """Start a process a share; gives a function that waits for their object files."""
    objects = [folder / f"part{number}.o" for number in range(len(shares))]
    started = [
        _fork(module, target, share, path) for share, path in zip(shares, objects, strict=True)
    ]

    def wait() -> list[Path]:
        while started:
            pid, path = started.pop()
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            if code:
                told = path.with_suffix(".err")
                text = told.read_text(encoding="utf-8") if told.exists() else ""
                raise RuntimeError(text or f"a process that made code ended with {code}")
        return objects

    try:
        yield wait
    finally:
        for pid, _ in started:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
        for path in objects:
            path.unlink(missing_ok=True)


def _fork(module: Any, target: Any, share: Sequence[Any], path: Path) -> tuple[int, Path]:
    """A child that writes the object file of its kernels and nothing else."""
    import tvm

    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid, path
    code = 1
    try:
        kernels = tvm.IRModule({variable: module[variable] for variable in share})
        tvm.tirx.build(kernels, target, pipeline="default").write_to_file(str(path))
        code = 0
    except BaseException:  # noqa: BLE001  the parent tells of it
        path.with_suffix(".err").write_text(traceback.format_exc(), encoding="utf-8")
    finally:
        os._exit(code)
