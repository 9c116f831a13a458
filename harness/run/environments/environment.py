"""An environment: the Python of a virtual environment, and what is pinned there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from harness.errors import StackError
from harness.stacks.registry import stack_named


@dataclass(frozen=True)
class Environment:
    """An environment that is there."""

    python: Path
    """Its Python."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of every process in it, beside those of this process."""


class EnvironmentMaker(Protocol):
    """Makes one environment, or finds it."""

    @property
    def name(self) -> str:
        """What people call it; also the name of a folder."""
        ...

    @property
    def pins(self) -> Mapping[str, str]:
        """Distribution, in its canonical spelling, to the version that is pinned, where known."""
        ...

    def make(self) -> Environment:
        """The environment; UnusableEnvironmentError with the reason where it can't be made."""
        ...


def pins_of(requirements: str) -> dict[str, str]:
    r"""The versions that lines of requirements pin; what pins nothing is left out.

    >>> pins_of("apache_tvm==0.25.0\nnumpy>=2\ntensorflow-cpu==2.20.*")
    {'apache-tvm': '0.25.0', 'tensorflow-cpu': '2.20.*'}
    """
    found: dict[str, str] = {}
    for line in requirements.splitlines():
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        exact = [one.version for one in requirement.specifier if one.operator == "=="]
        if exact:
            found[canonicalize_name(requirement.name)] = exact[0]
    return found


def pinned_version(stack: str, pins: Mapping[str, str]) -> str:
    """The version of a stack's own program that an environment pins; empty where it pins none.

    The program is the first of the stack's distributions, not what it needs beside.

    >>> pinned_version("onnxruntime", {"tensorflow-cpu": "2.21.*"})
    ''
    """
    try:
        program = stack_named(stack).distributions[0]
    except StackError:
        return ""
    return next((pins[one] for name in program if (one := canonicalize_name(name)) in pins), "")
