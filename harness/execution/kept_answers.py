"""Answers of the reference that outlive a session, a random few of them asked again.

A kept answer stands for a run of the reference as long as graph, image, framework, processor and
switches are the same (`GraphDefReference`). That this holds is not taken on trust: of every fifty
kept answers one, drawn at random, is asked again and compared bit for bit. Where a bit differs the
row says so, and the difference counts as the reference's own spread.
"""

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random, SystemRandom
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.execution.build_cache import key_of
from harness.execution.kept_scores import KeptScores
from harness.execution.outcome import Answer, NoAnswer, Outcome, ReferenceFacts, untimed
from harness.execution.rounding_switches import switches
from harness.judge.noise import distances
from harness.results.machine import cpu
from harness.stacks.protocol import Stack, StackDescription

ASKED_AGAIN = 0.02
"""Share of the kept answers that are asked again."""


def machine_key(run: str, stack: Stack, description: StackDescription) -> str:
    """Key of the scores of a run, whose own key is given: the same where every bit of them is.

    That is so as long as the stack's versions, the processor, its usable cores and the switches of
    `rounding_switches` are: how a sum is split and which kernels are chosen depends on them.
    """
    return key_of(question=run, program=description, **machine(stack))


def machine(stack: Stack) -> dict[str, object]:
    """What a stack's scores depend on beside the question, as far as it is known unasked."""
    return {
        "versions": stack.versions(),
        "cpu": cpu().model_dump(mode="json"),
        "switches": switches({**os.environ, **stack.environment}),
    }


@dataclass(frozen=True)
class KeptAnswers:
    """The answers of one reference."""

    scores: KeptScores
    """Where they are kept."""
    program: str
    """The reference's name in remarks."""
    random: Random = field(default_factory=SystemRandom)
    """Draws those that are asked again."""

    def through(
        self,
        keys: Sequence[str],
        ask: Callable[[Sequence[int]], Sequence[Outcome]],
        facts: ReferenceFacts,
    ) -> list[Outcome]:
        """An outcome for each key: the kept one, or what `ask` gives for the keys' places."""
        kept = [self.scores.get(key) for key in keys]
        places = [
            place
            for place, scores in enumerate(kept)
            if scores is None or self.random.random() < ASKED_AGAIN
        ]
        asked = dict(zip(places, ask(places) if places else (), strict=True))
        remark = f"{self.program}'s scores are kept from an earlier run"
        return [
            self._settled(key, scores, asked[place])
            if scores is None or place in asked
            else untimed(scores, facts, (remark,))
            for place, (key, scores) in enumerate(zip(keys, kept, strict=True))
        ]

    def _settled(self, key: str, before: NDArray[Any] | None, new: Outcome) -> Outcome:
        """The new outcome, kept; it says so where it is another than the kept one."""
        if isinstance(new, NoAnswer):
            return new
        self.scores.put(key, new.scores)
        return new if before is None else self._compared(before, new)

    def _compared(self, before: NDArray[Any], new: Answer) -> Answer:
        now = new.scores
        same_form = before.shape == now.shape and before.dtype == now.dtype
        if same_form and before.tobytes() == now.tobytes():
            return new
        moved = distances(now, before)[0] if same_form else math.inf
        remark = (
            f"{self.program} was asked again, and its scores are not those kept from an earlier "
            f"run: the largest difference is {moved:.3g}"
        )
        spread = float(np.fmax(new.spread, moved))
        return replace(new, spread=spread, remarks=(*new.remarks, remark))
