"""Cache and mirror reach the assets of a case from the settings, however they are given."""

from pathlib import Path

import pytest

from harness.cases.asset_sections import Asset
from harness.inputs.tests.photo_files import put
from harness.inputs.zoo import models
from harness.run.settings import Settings, settings_from


def test_the_environment_sets_cache_and_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARITY_CACHE", str(tmp_path / "c"))
    monkeypatch.setenv("PARITY_MIRROR", str(tmp_path / "m"))
    assets = settings_from().assets(tmp_path)
    assert (assets.cache, assets.mirror) == (tmp_path / "c", tmp_path / "m")
    monkeypatch.delenv("PARITY_CACHE")
    monkeypatch.delenv("PARITY_MIRROR")
    assets = settings_from().assets(tmp_path)
    assert assets.cache.name == "parity"
    assert assets.mirror is None


def test_the_cache_that_was_asked_for_also_keeps_the_models_of_the_zoo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARITY_CACHE", str(tmp_path / "environment"))
    monkeypatch.setattr(models, "make", lambda name, folder: put(folder / f"{name}.pb"))
    assets = Settings(cache=tmp_path / "option").assets(tmp_path)
    made = assets.fetch(Asset(zoo="efficientnet-lite0"))
    assert made.parent == tmp_path / "option" / "zoo"
