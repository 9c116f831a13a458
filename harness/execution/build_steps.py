"""What a build step is known by, and what its cache entry says of it."""

import math
import os
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.execution.build_cache import CachedBuild, key_of
from harness.stacks.protocol import BuildStep, Stack


class StepFacts(BaseModel):
    """What the manifest of a build step's cache entry says of it."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    seconds: float = math.nan
    """How long the step took when it was made; NaN: not known."""
    remarks: tuple[str, ...] = ()
    """Sentences for the notes of the row."""


def step_key(
    source: str,
    stack: Stack,
    step: BuildStep,
    options: Mapping[str, object],
    versions: Mapping[str, str],
) -> str:
    """Key of what a step makes: of its source, its code, its options, and its variables if set.

    `versions` are those of the stack. A step that several stacks share has one key for all of them.
    """
    variables = {name: os.environ[name] for name in step.variables if name in os.environ}
    parts: dict[str, Any] = {"variables": variables} if variables else {}
    if step.shared:
        names = {name for alternatives in step.shared for name in alternatives}
        parts["versions"] = {name: one for name, one in versions.items() if name in names}
    else:
        parts |= {"stack": stack.name, "versions": dict(versions)}
    return key_of(source=source, step=step.name, code=step.code_digest, options=options, **parts)


def recorded_facts(entry: CachedBuild) -> StepFacts:
    """The facts of a step's cache entry."""
    try:
        return StepFacts.model_validate(entry.facts)
    except ValidationError:  # the files are whole, so only this is not known
        return StepFacts()
