"""The bisection names the first application that makes a program wrong, in few builds."""

import math

import pytest

from harness.locate.passes.bisecting import most_probes
from harness.run.bisection import Bisection, Probe


class Compiler:
    """Wrong from the n-th application on; does not build with some numbers of them."""

    def __init__(self, first_wrong: int, unbuilt: frozenset[int] = frozenset()) -> None:
        self.first_wrong, self.unbuilt = first_wrong, unbuilt
        self.asked: list[int] = []

    def probe(self, n: int) -> Probe:
        self.asked.append(n)
        if n in self.unbuilt:
            return Probe("unknown", f"no code with {n}")
        return Probe("wrong" if n >= self.first_wrong else "right")


def bisected(count: int, compiler: Compiler) -> Bisection:
    found = Bisection(compiler.probe, wrong=count, most=most_probes(count))
    found.run()
    return found


@pytest.mark.parametrize("count", [1, 2, 3, 79, 840])
@pytest.mark.parametrize("place", [0.0, 0.3, 0.999, 1.0])
def test_the_first_wrong_application_is_named_within_the_bound(count: int, place: float) -> None:
    first = max(1, round(count * place))
    compiler = Compiler(first)
    found = bisected(count, compiler)
    assert (found.found, found.wrong) == (True, first)
    assert len(set(compiler.asked)) == len(compiler.asked)
    assert found.probes + 1 <= math.log2(count) + 3


def test_a_program_that_is_wrong_without_any_application_names_none() -> None:
    found = bisected(50, Compiler(0))
    assert (found.found, found.right, found.wrong, found.probes) == (False, None, 0, 1)


def test_numbers_that_do_not_build_are_gone_around() -> None:
    found = bisected(64, Compiler(37, frozenset({32})))
    assert (found.found, found.wrong) == (True, 37)


def test_the_narrowest_interval_is_told_where_nothing_inside_it_builds() -> None:
    found = bisected(64, Compiler(33, frozenset({32, 33})))
    assert (found.found, found.right, found.wrong) == (False, 31, 34)
    assert found.between == {32: "no code with 32", 33: "no code with 33"}


def test_never_more_builds_than_the_bound() -> None:
    found = bisected(1000, Compiler(700, frozenset(range(300, 700))))
    assert not found.found
    assert found.probes + 1 <= math.log2(1000) + 3


def test_a_program_without_optional_applications_takes_no_further_build() -> None:
    compiler = Compiler(1)
    found = bisected(0, compiler)
    assert (found.found, compiler.asked) == (False, [])
