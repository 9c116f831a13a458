"""What the cases of a folder share stands in its defaults.toml."""

from pathlib import Path

import pytest

from harness.cases.case import Case
from harness.cases.case_file import load
from harness.cases.tests.base_case import BASE
from harness.errors import CaseError


def read(folder: Path, case: str, defaults: str) -> Case:
    (folder / "defaults.toml").write_text(defaults)
    (folder / "case.toml").write_text(case)
    return load(folder / "case.toml")


def test_a_case_takes_what_it_does_not_say(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        BASE + "[limits]\nmemory_gib = 2.0\n",
        "k = 3\n[limits]\nmemory_gib = 9.0\nrun_timeout_s = 7.0\n[[candidates]]\nstack = 'relax'\n",
    )
    assert found.k == 3
    assert (found.limits.memory_gib, found.limits.run_timeout_s) == (2.0, 7.0)
    assert [candidate.stack for candidate in found.candidates] == ["relax"]


def test_a_list_of_the_case_replaces_that_of_the_defaults(tmp_path: Path) -> None:
    found = read(
        tmp_path, BASE + "[[candidates]]\nstack = 'relay'\n", "[[candidates]]\nstack='x'\n"
    )
    assert [candidate.stack for candidate in found.candidates] == ["relay"]


def test_without_the_file_nothing_is_shared(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text(BASE)
    assert load(tmp_path / "case.toml").k == 5


@pytest.mark.parametrize(
    ("case", "defaults", "place"),
    [
        (BASE, "\nk = -1\n", "defaults.toml:2: k"),
        ("k = -1\n" + BASE, "k = 3\n", "case.toml:1: k"),
        (BASE + "[limits]\nmemory_gib = -1.0\n", "[limits]\nrun_timeout_s = 7.0\n", "case.toml:6:"),
        (BASE, "[limits]\n\nrun_timeout_s = -7.0\n", "defaults.toml:3: limits.run_timeout_s"),
        (BASE, "[limits]\nrun_time = 7.0\n", "defaults.toml:2: unknown key 'run_time'"),
        ("k = 3\n", "[model]\npath = 'm.pb'\n", "case.toml:1: missing key 'images'"),
        (BASE, "k = \n", "defaults.toml:1: not valid TOML"),
    ],
)
def test_a_mistake_is_reported_where_it_stands(
    tmp_path: Path, case: str, defaults: str, place: str
) -> None:
    with pytest.raises(CaseError) as refusal:
        read(tmp_path, case, defaults)
    assert f"/{place}" in str(refusal.value)
