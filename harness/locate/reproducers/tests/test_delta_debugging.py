"""The reduction finds the items that matter, and stops where its budget ends."""

from collections.abc import Sequence

import pytest

from harness.locate.reproducers.delta_debugging import Budget, fewest

ITEMS = tuple(f"n{number}" for number in range(500))


class NeededItems:
    """Shows where all of some items are there; counts how often it is asked."""

    def __init__(self, *needed: str) -> None:
        self.needed, self.asked = set(needed), 0

    def shows(self, some: Sequence[str]) -> bool:
        self.asked += 1
        return self.needed <= set(some)


@pytest.mark.parametrize("needed", [("n0",), ("n311",), ("n250", "n251"), ("n3", "n77", "n499")])
def test_only_what_is_needed_stays(needed: tuple[str, ...]) -> None:
    assert fewest(ITEMS, NeededItems(*needed).shows, Budget()) == needed


def test_one_bad_item_of_500_takes_few_trials() -> None:
    fault = NeededItems("n311")
    fewest(ITEMS, fault.shows, Budget())
    assert fault.asked <= 20


def test_the_budget_of_trials_ends_it_with_what_was_found() -> None:
    fault = NeededItems("n311")
    found = fewest(ITEMS, fault.shows, Budget(trials=5))
    assert "n311" in found
    assert len(found) < len(ITEMS)
    assert fault.asked == 5


def test_the_budget_of_seconds_ends_it() -> None:
    clock = iter(range(0, 10_000, 100))
    fault = NeededItems("n311")
    fewest(ITEMS, fault.shows, Budget(seconds=450, clock=lambda: float(next(clock))))
    assert fault.asked == 4
