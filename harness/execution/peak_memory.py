"""The largest resident memory that this process has had."""

from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_mib(status: Path = STATUS) -> float | None:
    """MiB of physical memory at the largest, `VmHWM` of Linux; None where the system says none.

    It counts what the process has in memory of everything: its own data, and the pages of programs,
    libraries and files that it maps. `ru_maxrss` would begin with the memory of the process that
    started this one.
    """
    try:
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        (kib,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
        return int(kib) / 1024
    except (OSError, ValueError, IndexError):
        return None
