"""The stacks that are installed here, by name: the harness's own and those of entry points."""

from importlib import import_module
from importlib.metadata import entry_points

from harness.errors import StackError, nearest
from harness.stacks.protocol import Stack

GROUP = "parity.stacks"

DEFAULT_REFERENCE = "tensorflow"

_OWN = ("tensorflow", "relay", "relax.stack")


def all_stacks() -> dict[str, Stack]:
    """Every registered stack by name."""
    modules = [import_module(f"harness.stacks.{name}") for name in _OWN]
    found = {one.name: one for module in modules for one in module.STACKS}
    for entry in entry_points(group=GROUP):
        if entry.name not in found:
            found[entry.name] = entry.load()
    return found


def stack_named(name: str) -> Stack:
    """The stack of that name; StackError lists the known ones."""
    known = all_stacks()
    if name not in known:
        raise StackError(f"unknown stack '{name}'; {nearest(name, known)}")
    return known[name]
