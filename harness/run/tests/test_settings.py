"""Options: one name in four spellings, and which of several values counts."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cases.asset_sections import Asset
from harness.errors import AssetError, StackError, UsageError
from harness.run.commands import ON_CACHE, ON_CASES, ON_RUNS, RUNNING
from harness.run.options import Option, OptionSource
from harness.run.settings import OPTIONS, Settings, settings_from
from harness.testing.fixtures import ROOT

NO_OPTIONS = {"parity_programs", "parity_results"}
"""Attributes of pytest's reports."""
BY_NAME = {option.name: option for option in OPTIONS}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for option in OPTIONS:
        monkeypatch.delenv(option.variable, raising=False)
    monkeypatch.chdir(tmp_path)


def typed(folder: Path = Path("/typed"), **values: object) -> OptionSource:
    return OptionSource(values, lambda option: option.flag, folder)


def ini(folder: Path = Path("/root"), **values: object) -> OptionSource:
    return OptionSource(values, lambda option: option.ini_key, folder)


def test_one_name_gives_every_spelling() -> None:
    option = BY_NAME["build-timeout"]
    assert option.flag == "--build-timeout"
    assert option.pytest_flag == "--parity-build-timeout"
    assert option.ini_key == "parity_build_timeout"
    assert option.variable == "PARITY_BUILD_TIMEOUT"


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_an_option_is_a_documented_phrase_for_known_commands(option: Option) -> None:
    assert option.help[0].islower()
    assert not option.help.endswith(".")
    assert set(option.commands) <= {*RUNNING, "doctor", *ON_CASES, *ON_CACHE, *ON_RUNS}


def test_the_command_line_comes_before_the_environment_before_the_ini_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert settings_from().run_timeout is None
    assert settings_from(None, ini(run_timeout="3")).run_timeout == 3
    monkeypatch.setenv("PARITY_RUN_TIMEOUT", "2")
    assert settings_from(None, ini(run_timeout="3")).run_timeout == 2
    assert settings_from(typed(run_timeout="1"), ini(run_timeout="3")).run_timeout == 1
    assert settings_from(typed(run_timeout=None), ini(run_timeout="3")).run_timeout == 2


def test_an_empty_value_is_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_MIRROR", "")
    found = settings_from(typed(asset_root=[]), ini(mirror="m"))
    assert found.mirror == Path("/root/m")
    assert found.asset_root == ()


def test_relative_folders_begin_where_they_were_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PARITY_REPORT_DIR", "r")
    found = settings_from(typed(cache="c"), ini(mirror="m"))
    assert found.cache == Path("/typed/c")
    assert found.report_dir == tmp_path / "r"
    assert found.mirror == Path("/root/m")


def test_asset_roots_may_be_several_everywhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert settings_from(typed(tmp_path, asset_root=["a", "b"])).asset_root == (
        tmp_path / "a",
        tmp_path / "b",
    )
    monkeypatch.setenv("PARITY_ASSET_ROOT", "a:/b")
    assert settings_from(None, ini(asset_root=["c"])).asset_root == (tmp_path / "a", Path("/b"))


@pytest.mark.parametrize(("word", "expected"), [("1", True), ("True", True), ("off", False)])
def test_a_flag_in_the_environment_is_a_word(
    monkeypatch: pytest.MonkeyPatch, word: str, expected: bool
) -> None:
    monkeypatch.setenv("PARITY_OFFLINE", word)
    assert settings_from(None, ini(offline=not expected)).offline is expected


def test_a_wrong_value_is_named_as_it_was_spelled(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="--memory-gib takes a number above 0; found 'much'"):
        settings_from(typed(memory_gib="much"))
    with pytest.raises(UsageError, match="parity_run_timeout takes a number above 0; found '-1'"):
        settings_from(None, ini(run_timeout="-1"))
    monkeypatch.setenv("PARITY_OFFLINE", "maybe")
    with pytest.raises(UsageError, match=r"PARITY_OFFLINE takes one of 1, true, .*'maybe'"):
        settings_from()


def test_an_unknown_reference_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(StackError, match="nearest: tensorflow"):
        settings_from(typed(reference="tensorflw"))


def test_a_session_attributes_unless_it_is_told_not_to(tmp_path: Path) -> None:
    for no_explain, explains, expected in ((0, True, True), (1, True, False), (0, False, False)):
        settings = Settings(cache=tmp_path, no_explain=bool(no_explain))
        with settings.session(explains=explains) as session:
            assert session.explains is expected


def test_declaring_options_imports_nothing_heavy() -> None:
    """The pytest plugin declares them in every project that has the harness installed."""
    heavy = (
        "numpy",
        "pydantic",
        "platformdirs",
        "PIL",
        "harness.inputs",
        "harness.stacks.protocol",
    )
    script = f"import sys, harness.run.settings; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_remedies_name_options_as_they_are_declared(tmp_path: Path) -> None:
    """A misspelt ini key in a remedy once sent people to a key that does not exist."""
    settings = Settings(cache=tmp_path, offline=True)
    assets = settings.assets(tmp_path)
    spellings = r"--asset-root \(pytest: --parity-asset-root\), the ini key parity_asset_root"
    outside = rf"{spellings} or .* PARITY_ASSET_ROOT$"
    with pytest.raises(AssetError, match=outside):
        assets.fetch(Asset(path="/etc/hostname"))
    mirror = r"--mirror \(pytest: --parity-mirror\), the ini key parity_mirror or .* PARITY_MIRROR$"
    with pytest.raises(AssetError, match=mirror):
        assets.fetch(Asset(url="https://x.example/y", sha256="0" * 64))


def test_every_spelling_of_an_option_in_the_source_is_a_declared_one() -> None:
    declared = {word for o in OPTIONS for word in (o.pytest_flag, o.ini_key, o.variable)}
    spelling = re.compile(r"--parity-[a-z-]*[a-z]|\bparity_[a-z_]*[a-z]\b|\bPARITY_[A-Z_]+\b")
    product = [p for p in (ROOT / "harness").rglob("*.py") if not {"tests", "testing"} & {*p.parts}]
    texts = [path.read_text("utf-8") for path in (*product, ROOT / "README.md")]
    found = {word for text in texts for word in spelling.findall(text)}
    assert found - declared == NO_OPTIONS
