"""A network of each of Keras's families through Relay: it agrees, or what it lacks is named."""

import os
import subprocess
import sys

import pandas as pd
import pytest

from harness.testing import keras_families as families
from harness.testing.fixtures import ROOT
from harness.testing.tiny import write_image

CASE = """
scopes = ["graph"]
repeats = 1
[model]
path = "{name}.pb"
[preprocess]
mean = [{mean}]
scale = [{scale}]
[[images]]
path = "photo.png"
"""

UNSUPPORTED = {"ConvNeXt": "Erfc"}
"""Family → the operation that TVM 0.19's importer lacks: there it is the exact GELU's."""

pytestmark = [
    pytest.mark.relay,
    pytest.mark.xdist_group("families"),  # their one run is shared by all tests here
]


@pytest.fixture(scope="module")
def rows(relay_here: None, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Every family, in one run with -n 2."""
    folder = tmp_path_factory.mktemp("families")
    cases = folder / "cases"
    cases.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "2"}
    command = [sys.executable, "-m", "harness.testing.keras_families", str(cases)]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    write_image(cases / "photo.png", size=(80, 70))
    for name in families.FAMILIES:
        mean, scale = ("0", "1") if name in families.RAW else ("127.5", "0.00784313725490196")
        (cases / f"{name}.toml").write_text(CASE.format(name=name, mean=mean, scale=scale))
    (folder / "conftest.py").write_text("pytest_plugins = ['harness.plugin']\n")
    command = [sys.executable, "-m", "pytest", "-n", "2", "cases"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    table = folder / "reports" / "latest" / "rows.csv"
    assert table.is_file(), done.stdout
    return pd.read_csv(table, keep_default_na=False).set_index("case")


@pytest.mark.parametrize("name", families.FAMILIES)
def test_relay_gives_tensorflows_answer(rows: pd.DataFrame, name: str) -> None:
    row = rows.loc[f"cases/{name}"].to_dict()
    if name in UNSUPPORTED:
        assert row["status"] == "import_failed"
        assert UNSUPPORTED[name] in row["reason"]
        return
    assert row["status"] in ("match", "within_noise"), row["reason"]
    assert 0.11 < row["reference_score"] < 0.99
    assert row["classes"] == families.CLASSES
