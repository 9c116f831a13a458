"""Which releases are searched, and in which order."""

from typing import Any

import pytest

from harness.errors import UsageError
from harness.run.environments.releases import between, installable, version_in, versions_in


def _file(name: str, **fields: Any) -> dict[str, Any]:
    return {"filename": name, "yanked": False, "requires-python": ">=3.8", **fields}


def test_only_final_releases_that_can_be_installed_here_are_listed() -> None:
    files = [
        _file("a_b-1.10-py3-none-any.whl"),
        _file("a_b-1.9-py3-none-any.whl"),
        _file("a_b-1.9.post1.tar.gz"),
        _file("a_b-2.0rc1-py3-none-any.whl"),
        _file("a_b-1.11-py3-none-any.whl", yanked="broken"),
        _file("a_b-1.12-py3-none-any.whl", **{"requires-python": "<3.8"}),
        _file("a_b-1.13-cp39-cp39-win_amd64.whl"),
        _file("a_b_c-1.14-py3-none-any.whl"),
        _file("a_b-1.15.exe"),
        _file("not a file name.whl"),
    ]
    assert [str(one) for one in installable("A.B", files)] == ["1.9", "1.9.post1", "1.10"]


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [
        ("0.25", "0.27", ["0.25.0", "0.25.0.post1", "0.26.0", "0.27.0"]),
        ("0.25.0.post1", "0.26", ["0.25.0.post1", "0.26.0"]),
        ("0.27", "0.25.0.post1", ["0.27.0", "0.26.0", "0.25.0.post1"]),
    ],
)
def test_releases_from_good_to_bad(good: str, bad: str, expected: list[str]) -> None:
    known = versions_in("0.27.0,0.25.0.post1,0.26.0,0.25.0,0.27.0.post1")
    found = between(known, version_in(good), version_in(bad))
    assert [str(one) for one in found] == expected


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("0.24", "0.27", "--good 0.24 is no release that can be had; there are 0.25, 0.27"),
        ("0.25", "0.28", "--bad 0.28 is no release"),
        ("0.25", "0.25.0", "--good and --bad are the same version"),
        ("new", "0.27", "'new' is no version"),
    ],
)
def test_versions_that_can_t_be_searched(good: str, bad: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        between(versions_in("0.25,0.27"), version_in(good), version_in(bad))
