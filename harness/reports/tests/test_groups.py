"""Rows of different models are never taken for one another."""

from harness.reports.order import groups, siblings
from harness.results.identity import Identity
from harness.results.row import Row
from harness.testing.sample_rows import make_row


def check(model: str, scope: str = "graph") -> Row:
    """As `parity check` makes it: every case has the same name."""
    return make_row(case="check", model=f"{model}.pb", model_sha256=model * 64, scope=scope)


def test_rows_of_two_models_are_two_groups_that_name_them() -> None:
    found = groups([check("a"), check("b"), check("a")])
    assert [(group.model, group.rows) for group in found] == [("a.pb", 2), ("b.pb", 1)]


def test_a_group_does_not_name_the_only_model() -> None:
    assert [group.model for group in groups([check("a")])] == [""]


def test_only_rows_of_the_same_model_are_linked_as_other_scopes() -> None:
    ordered = [check("a"), check("b", "end_to_end"), check("a", "end_to_end")]
    assert siblings(ordered, 3) == [[2], [], [0]]


def test_an_identity_counts_files_by_their_digests() -> None:
    digests = {"model_sha256": "a" * 64, "image_sha256": "b" * 64}
    one = Identity.of(make_row(model="x.pb", image="x.jpg", **digests))
    assert one == Identity.of(make_row(model="y.pb", image="y.jpg", **digests))
    assert one != Identity.of(make_row(model="x.pb", image="x.jpg"))
    assert one != Identity.of(make_row(**digests, candidate_model_sha256="c" * 64))
    assert one == Identity.of(make_row(**digests, candidate_model_sha256="a" * 64))
