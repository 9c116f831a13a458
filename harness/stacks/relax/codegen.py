"""Code generation: a lowered Relax module as one shared library, its kernels on all cores.

LLVM takes two thirds of a build (4.3 s of 6 for the Inception model with the packed pipeline), one
kernel after another. Kernels are independent, so forked processes compile a share of them each into
an object file, and the objects are linked. The code is the same as when one process makes it.
"""

import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Shares = list[list[Any]]
MIN_KERNELS = 8
"""With fewer kernels no process is started."""
MAX_PROCESSES = 8
"""Each process needs LLVM's memory."""


def export(module: Any, target: Any, path: Path, cores: int) -> None:
    """Write the library of a module after all Relax passes; pass options are the current context's.

    RuntimeError with the traceback where a process fails.
    """
    from tvm import IRModule, relax
    from tvm.support import cc

    functions = sorted(module.functions_items(), key=lambda item: str(item[0].name_hint))
    kernels = [variable for variable, one in functions if not isinstance(one, relax.Function)]
    shares = (
        _shares_of_others(kernels, min(cores, MAX_PROCESSES)) if target.kind.name == "llvm" else []
    )
    with _compiled_elsewhere(module, target, path.parent, shares) as wait_for_objects:
        others = {variable for share in shares for variable in share}
        rest = {variable: one for variable, one in functions if variable not in others}
        executable = relax.build(IRModule(rest, attrs=module.attrs), target, relax_pipeline=None)

        def link(output: str, objects: Sequence[str], **options: Any) -> None:
            cc.create_shared(output, [*objects, *map(str, wait_for_objects())], **options)

        link.object_format = "o"  # type: ignore[attr-defined]
        executable.export_library(str(path), fcompile=link)


def _shares_of_others(kernels: Sequence[Any], processes: int) -> Shares:
    """The kernels that each other process compiles; this process compiles the first share."""
    if processes == 1 or len(kernels) < MIN_KERNELS:
        return []
    return [list(kernels[number::processes]) for number in range(1, processes)]


@contextmanager
def _compiled_elsewhere(
    module: Any, target: Any, folder: Path, shares: Sequence[Sequence[Any]]
) -> Iterator[Any]:
    """Start one process per share; gives a function that waits for their object files."""
    objects = [folder / f"part{number}.o" for number in range(len(shares))]
    started = [
        _fork(module, target, share, path) for share, path in zip(shares, objects, strict=True)
    ]

    def wait() -> list[Path]:
        while started:
            pid, path = started.pop()
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            if code:
                errors = path.with_suffix(".err")
                text = errors.read_text(encoding="utf-8") if errors.exists() else ""
                raise RuntimeError(
                    text or f"a process that generates code ended with exit code {code}"
                )
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
    """Start a child process that writes the object file of its kernels and ends."""
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
    except BaseException:  # noqa: BLE001  the parent raises it
        path.with_suffix(".err").write_text(traceback.format_exc(), encoding="utf-8")
    finally:
        os._exit(code)
