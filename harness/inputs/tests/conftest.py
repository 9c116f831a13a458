"""Fixtures: the folder of a case with a few photos, and its assets."""

from pathlib import Path

import pytest

from harness.inputs.assets import Assets
from harness.inputs.tests.photo_files import CONTENT


@pytest.fixture
def case_folder(tmp_path: Path) -> Path:
    """Make the folder of a case with a few photos, and a secret outside of it."""
    for name in ("owl.jpg", "cat.jpg", "more/owl.jpg", "photo[1].jpg", ".hidden.jpg", "note.txt"):
        path = tmp_path / "cases" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENT)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "secret.jpg").write_bytes(CONTENT)
    return tmp_path / "cases"


@pytest.fixture
def assets(case_folder: Path, tmp_path: Path) -> Assets:
    """Offline, with a mirror and a cache that don't exist yet."""
    return Assets(
        base=case_folder, mirror=tmp_path / "mirror", cache=tmp_path / "cache", offline=True
    )
