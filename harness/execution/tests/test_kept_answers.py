"""Answers that outlive a session: from the disk, some asked again, none trusted when damaged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
import pytest

from harness.execution.kept_answers import KeptAnswers
from harness.execution.kept_scores import KeptScores
from harness.execution.outcome import Answer, NoAnswer, Outcome, ReferenceFacts, untimed
from harness.results.status import Status

FACTS = ReferenceFacts(reference_version="7")
KEYS = ("aa1", "aa2", "bb1")


@dataclass
class Asked:
    """A reference: the scores of each place, and which places it was asked."""

    scores: list[Outcome] = field(
        default_factory=lambda: [
            untimed(np.full(3, place, np.float32), FACTS) for place in range(3)
        ]
    )
    places: list[int] = field(default_factory=list)

    def __call__(self, places: Sequence[int]) -> list[Outcome]:
        self.places += places
        return [self.scores[place] for place in places]


class Drawn(Random):
    """Draws that are known beforehand; the last again and again."""

    def __init__(self, *values: float) -> None:
        super().__init__()
        self._values = list(values)

    def random(self) -> float:
        """The next of them."""
        return self._values.pop(0) if len(self._values) > 1 else self._values[0]


def kept(folder: Path, *draws: float) -> KeptAnswers:
    return KeptAnswers(KeptScores(folder), "Program", Drawn(*(draws or (1.0,))))


def scores(outcomes: Sequence[Outcome]) -> list[list[float]]:
    return [one.scores.tolist() for one in outcomes if isinstance(one, Answer)]


def test_a_later_session_asks_only_what_is_not_kept(tmp_path: Path) -> None:
    first, second = Asked(), Asked()
    kept(tmp_path).through(KEYS[:2], first, FACTS)
    found = kept(tmp_path).through(KEYS, second, FACTS)
    assert (first.places, second.places) == ([0, 1], [2])
    assert scores(found) == [[0.0] * 3, [1.0] * 3, [2.0] * 3]
    assert [one.remarks for one in found if isinstance(one, Answer)] == [
        ("Program's scores are kept from an earlier run",),
        ("Program's scores are kept from an earlier run",),
        (),
    ]


def test_a_kept_answer_that_is_asked_again_and_the_same_is_a_plain_answer(tmp_path: Path) -> None:
    kept(tmp_path).through(KEYS, Asked(), FACTS)
    again = Asked()
    found = kept(tmp_path, 1.0, 0.0, 1.0).through(KEYS, again, FACTS)
    assert again.places == [1]
    assert isinstance(found[1], Answer)
    assert found[1].remarks == ()


def test_another_answer_than_the_kept_one_is_said_and_counts_as_spread(tmp_path: Path) -> None:
    kept(tmp_path).through(KEYS, Asked(), FACTS)
    moved = Asked([untimed(np.array([0, 0, 0.5], np.float32), FACTS)] * 3)
    found = kept(tmp_path, 0.0).through(KEYS[:1], moved, FACTS)[0]
    assert isinstance(found, Answer)
    assert found.spread == 0.5
    assert "not those kept from an earlier run: the largest difference is 0.5" in found.remarks[0]
    assert scores(kept(tmp_path).through(KEYS[:1], Asked(), FACTS)) == [[0.0, 0.0, 0.5]]


@pytest.mark.parametrize("other", [np.zeros(4, np.float32), np.zeros(3, np.float64)])
def test_an_answer_of_another_form_differs_without_bound(
    tmp_path: Path, other: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> None:
    kept(tmp_path).through(KEYS[:1], Asked(), FACTS)
    found = kept(tmp_path, 0.0).through(KEYS[:1], Asked([untimed(other, FACTS)]), FACTS)[0]
    assert isinstance(found, Answer)
    assert found.spread == np.inf


def test_nan_where_nan_was_is_the_same_answer(tmp_path: Path) -> None:
    nan = Asked([untimed(np.array([np.nan, 1], np.float32), FACTS)])
    kept(tmp_path).through(KEYS[:1], nan, FACTS)
    found = kept(tmp_path, 0.0).through(KEYS[:1], nan, FACTS)[0]
    assert isinstance(found, Answer)
    assert found.remarks == ()


def test_no_answer_is_never_kept_and_never_hidden(tmp_path: Path) -> None:
    failed = Asked([NoAnswer(Status.REFERENCE_FAILED, "it died")])
    assert kept(tmp_path).through(KEYS[:1], failed, FACTS) == failed.scores
    kept(tmp_path).through(KEYS[:1], Asked(), FACTS)
    assert kept(tmp_path, 0.0).through(KEYS[:1], failed, FACTS) == failed.scores


@pytest.mark.parametrize("cut", [0, 10, 40, -1])
def test_a_damaged_file_is_asked_again(tmp_path: Path, cut: int) -> None:
    kept(tmp_path).through(KEYS[:1], Asked(), FACTS)
    path = tmp_path / KEYS[0][:2] / KEYS[0]
    path.write_bytes(path.read_bytes()[:cut])
    again = Asked()
    assert scores(kept(tmp_path).through(KEYS[:1], again, FACTS)) == [[0.0] * 3]
    assert again.places == [0]


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    objects = np.array([{}], object)
    store = KeptScores(tmp_path)
    with pytest.raises(ValueError, match="Object arrays"):
        store.put("aa1", objects)
    assert store.get("aa1") is None


def test_a_folder_that_takes_no_file_costs_nothing_but_the_keeping(tmp_path: Path) -> None:
    (tmp_path / "aa").write_text("in the way")
    assert scores(kept(tmp_path).through(KEYS[:1], Asked(), FACTS)) == [[0.0] * 3]
