"""Options that the command line, pytest and the environment share, under the same names."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from harness.cases.case import Case
from harness.inputs.assets import Assets, cache_root, mirror_root
from harness.stacks.registry import DEFAULT_REFERENCE


@dataclass(frozen=True)
class Settings:
    """What is the same for every case of a run."""

    reference: str = DEFAULT_REFERENCE
    """Stack that gives the reference's answers."""
    cache: Path = field(default_factory=cache_root)
    """Folder of downloads and compiled modules."""
    mirror: Path | None = field(default_factory=mirror_root)
    """Offline mirror of what case files download."""
    explain: bool = True
    """Whether end-to-end rows are explained step by step: one more build a model."""
    offline: bool = False
    """Never use the network."""
    asset_roots: tuple[Path, ...] = ()
    """Folders outside a case file's own that its paths may lead into."""
    build_timeout_s: float | None = None
    """Over every case's own, where given; likewise the two below."""
    run_timeout_s: float | None = None
    memory_gib: float | None = None

    def assets(self, base: Path, *, unrestricted: bool = False) -> Assets:
        """Where the files of a case in folder `base` may come from."""
        return Assets(
            base=base,
            roots=self.asset_roots,
            mirror=self.mirror,
            cache=self.cache / "assets",
            offline=self.offline,
            unrestricted=unrestricted,
        )

    def bounded(self, case: Case) -> Case:
        """The case with the limits that were given here."""
        given = {
            name: value
            for name in ("build_timeout_s", "run_timeout_s", "memory_gib")
            if (value := getattr(self, name)) is not None
        }
        limits = case.limits.model_copy(update=given)
        return case.model_copy(update={"limits": limits})


def roots(folders: Iterable[str | os.PathLike[str]], base: Path) -> tuple[Path, ...]:
    """Asset roots as absolute paths; relative ones start at `base`."""
    return tuple((base / folder).resolve() for folder in folders)
