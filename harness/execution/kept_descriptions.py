"""What a reference says of itself, kept with its answers.

To be asked, it must load its framework, which takes TensorFlow two seconds; with its answers kept
that is all it would be started for.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import cast

import numpy as np

from harness.execution.build_cache import key_of
from harness.execution.kept_answers import machine
from harness.execution.kept_scores import KeptScores
from harness.stacks.protocol import Stack, StackDescription

BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Another text after each start of the system, which may bring other drivers and so devices."""


def kept_description(
    kept: KeptScores, stack: Stack, ask: Callable[[], StackDescription], boot: Path = BOOT
) -> StackDescription:
    """What `ask` gave last with these packages, switches and processor since the system started.

    Asked anew where that is not kept, and where the system has no text for its start.
    """
    try:
        key = key_of(started=boot.read_text(encoding="ascii"), stack=stack.name, **machine(stack))
    except OSError:
        return ask()
    text = kept.get(key)
    with suppress(ValueError):  # another version's, for example
        if text is not None:
            return cast("StackDescription", json.loads(text.tobytes()))
    found = ask()
    kept.put(key, np.frombuffer(json.dumps(found).encode(), np.uint8))
    return found
