"""The stacks that are installed here, by name: the harness's own and those of entry points.

An entry point that can't be loaded leaves the other stacks as they are: asking for its own name
raises a StackError that says what is wrong with it.
"""

import sys
from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from harness.errors import StackError, nearest
from harness.stacks.protocol import Stack

GROUP = "parity.stacks"
"""The group of entry points, each of which names a `Stack` object."""

DEFAULT_REFERENCE = "tensorflow"

_OWN_MODULES = ("tensorflow", "relay", "relax.stack", "onnx_runtime", "litert")
"""Modules of this package that declare stacks, each in a tuple `STACKS`."""


def all_stacks() -> dict[str, Stack]:
    """Every registered stack that can be loaded, by name; where two have one name, the first."""
    return dict(_load_all()[0])


def broken_stacks() -> dict[str, str]:
    """Name → what is wrong, for the entry points whose stack can't be loaded."""
    return dict(_load_all()[1])


def stack_names() -> list[str]:
    """Every registered name, whether or not its stack can be loaded."""
    working, broken = _load_all()
    return [*working, *broken]


def stack_named(name: str) -> Stack:
    """The stack of that name; StackError lists the known ones, or says why it can't be loaded."""
    working, broken = _load_all()
    if name in broken:
        raise StackError(broken[name])
    if name not in working:
        raise StackError(f"unknown stack '{name}'; {nearest(name, working)}")
    return working[name]


def _load_all() -> tuple[dict[str, Stack], dict[str, str]]:
    return _loaded(tuple(sys.path))


@lru_cache(maxsize=1)
def _loaded(_: tuple[str, ...]) -> tuple[dict[str, Stack], dict[str, str]]:
    """The stacks that can be loaded, and what is wrong with the others.

    Looked for once a search path: reading what is installed takes 24 ms, and each row asks for its
    stacks several times.
    """
    modules = [import_module(f"harness.stacks.{module}") for module in _OWN_MODULES]
    working = {stack.name: stack for module in modules for stack in module.STACKS}
    broken: dict[str, str] = {}
    for entry in entry_points(group=GROUP):
        if entry.name in working:
            continue
        try:
            working[entry.name] = _load(entry)
        except StackError as error:
            broken.setdefault(entry.name, str(error))
    return working, {name: text for name, text in broken.items() if name not in working}


def _load(entry: EntryPoint) -> Stack:
    """The stack that an entry point names; StackError whatever is wrong with it."""
    try:
        stack = entry.load()
    except (Exception, SystemExit) as error:
        raise _broken(entry, f"raised {type(error).__name__}: {error}") from error
    if not isinstance(stack, Stack):
        raise _broken(entry, f"gave an object of type {type(stack).__name__}, not a Stack")
    if stack.name != entry.name:
        raise _broken(entry, f"gave a stack whose name is '{stack.name}'")
    return stack


def _broken(entry: EntryPoint, what: str) -> StackError:
    distribution = entry.dist.name if entry.dist else "an unknown distribution"
    return StackError(
        f"stack '{entry.name}' can't be loaded: distribution {distribution} registers it as "
        f"{entry.value}, and loading that {what}. Update {distribution}, or uninstall it"
    )
