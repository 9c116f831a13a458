"""What TVM 0.19 does once instead of many times leaves the module and the library as they are."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from harness.stacks.relay import RELAY

pytestmark = [pytest.mark.relay, pytest.mark.usefixtures("relay_here")]


def _came(how: str) -> dict[str, Any]:
    """What `repeated_work` prints."""
    command = [sys.executable, "-m", "harness.stacks.tests.repeated_work", how]
    environment = {**os.environ, **RELAY.environment}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_module_and_library_are_the_same_with_fewer_kernels_built() -> None:
    once, plain = _came("once"), _came("plain")
    assert (once["module"], once["library"]) == (plain["module"], plain["library"])
    assert once["kernels"] < plain["kernels"] / 2
    assert once["type"] == plain["type"]
    assert "tensor_float32_t" in once["type"]
