"""What the harness knows of a stack before any framework is imported, and the Program protocol.

A `Stack` is a declaration that the harness's own process may read freely; the functions it names
run in worker processes, which alone import TensorFlow or TVM. Other packages add stacks through
entry points of the group `parity.stacks`, each naming a `Stack` object.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from harness.errors import StackError
from harness.results.status import Status

Feeds = Mapping[str, "NDArray[Any] | bytes"]


class Program(Protocol):
    """Tensors → scores. Lives in a worker; made by the function that `Stack.open` names."""

    def run(self, feeds: Feeds, outputs: Sequence[str]) -> dict[str, NDArray[Any]]:
        """Outputs by name for the feeds by name; raises whatever the framework raises."""
        ...


@dataclass(frozen=True)
class BuildStep:
    """One step from a GraphDef to something that runs, in a fresh process of its own."""

    name: str
    """One of STAGES."""
    function: str
    """`module:function`, called with (payload, arrays): the payload holds `source` and `folder`.
    What it answers under `remarks`, a list of sentences, stands in the notes of the rows.
    """
    failure: Status
    """What a row becomes where the function raises."""
    options: tuple[str, ...] = ()
    """Which of the candidate's options the step's result depends on."""
    modules: tuple[str, ...] = ()
    """What its process may load before its turn comes."""
    code: tuple[str, ...] = ()
    """What decides, beside the function's own module, what the step makes: packages and modules.
    Another source is another build.
    """

    @property
    def code_digest(self) -> str:
        """SHA-256 over the source of all of it; nothing is imported for that."""
        return "".join(map(_source_digest, (self.function.partition(":")[0], *self.code)))


@dataclass(frozen=True)
class Stack:
    """How a kind of program is made and run."""

    name: str
    """As case files say it."""
    program: str
    """Name of the program for people, such as `TensorFlow` or `TVM`."""
    distributions: tuple[tuple[str, ...], ...]
    """Packages that must be installed; of each inner tuple one is enough."""
    remedy: str
    """What to install where they are not."""
    open: str
    """`module:function` → Program; called with a dict of options."""
    describe: str
    """`module:function` → versions, devices and this machine's own target, as plain JSON."""
    steps: tuple[BuildStep, ...] = ()
    """From the cut GraphDef to the artefacts that `open` loads; none where it runs GraphDefs."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of its workers."""
    layouts: tuple[str, ...] = ("NCHW", "NHWC")
    """Layouts its importer can be asked for; none where it keeps the graph's own."""
    pipelines: tuple[str, ...] = ("default",)
    """What a candidate's `pipeline` may be."""
    pass_config: Mapping[str, bool | int | str] = field(default_factory=dict)
    """Compiler configuration that every candidate has unless it says otherwise."""

    def versions(self) -> dict[str, str]:
        """Version by installed distribution; StackError with the remedy where one is missing."""
        found = {}
        for alternatives in self.distributions:
            installed = {name: v for name in alternatives if (v := _version(name))}
            if not installed:
                raise StackError(
                    f"stack '{self.name}' is not installed here: no distribution "
                    f"{' or '.join(alternatives)}. {self.remedy}"
                )
            found.update(installed)
        return found


@cache
def _source_digest(module: str) -> str:
    found = find_spec(module)
    if found is None or found.origin is None:
        raise StackError(f"the source of {module} can't be found; install the package again")
    folders = [Path(folder) for folder in found.submodule_search_locations or ()]
    files = sorted(p for folder in folders for p in folder.rglob("*.py")) or [Path(found.origin)]
    total = hashlib.sha256()
    for path in files:
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


Arrays = Mapping[str, NDArray[Any]]
