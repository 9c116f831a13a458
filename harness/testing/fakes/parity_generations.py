"""Two fake stacks of distributions that no environment has at once, and whose versions differ.

A test puts `fake_compiler.py`, with how much brighter its pixels are, and the metadata of
`fake-compiler-old` or `fake-compiler` into a folder, and the folder on the path of an environment.
"""

from importlib.metadata import version
from typing import Any

from parity_fakes import CANDIDATE, FakeCandidate

from harness.stacks.protocol import Stack


def describe_old() -> Any:
    return {"version": version("fake-compiler-old"), "host_target": "fake-host"}


def describe_new() -> Any:
    import fake_compiler  # fails where a version can't be imported

    return {"version": version(fake_compiler.NAME), "host_target": "fake-host"}


def open_version(options: Any) -> Any:
    import fake_compiler

    return FakeCandidate(options["target"], brighter=fake_compiler.BRIGHTER)


def _stack(name: str, distribution: str, describe: Any) -> Stack:
    return Stack(
        name=name,
        program=name,
        distributions=((distribution,),),
        remedy=f"Install it: pip install {distribution}",
        open=open_version,
        describe=describe,
        steps=CANDIDATE.steps,
    )


OLD = _stack("fake-old", "fake-compiler-old", describe_old)
NEW = _stack("fake-new", "fake-compiler", describe_new)
