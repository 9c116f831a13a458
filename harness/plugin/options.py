"""pytest's options of a parity run, made from the declarations in `harness.run.settings`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.run.options import Option, OptionKind, OptionSource
from harness.run.settings import DEFAULT_REPORT_DIR, OPTIONS, Settings, settings_from

if TYPE_CHECKING:
    import pytest

    from harness.history.history import History

INI_TYPES = {OptionKind.FLAG: "bool", OptionKind.FOLDERS: "linelist"}
"""Type of the ini key by kind; of every other kind it is text."""


def add_options(parser: "pytest.Parser") -> None:
    """Declare every option and its ini key."""
    group = parser.getgroup("parity", "accuracy parity of a reference and its candidates")
    for option in OPTIONS:
        about = f"{option.help} (ini: {option.ini_key}, environment: {option.variable})"
        group.addoption(option.pytest_flag, default=None, help=about, **_action(option))
        ini_type: Any = INI_TYPES.get(option.kind, "string")
        parser.addini(option.ini_key, option.help, type=ini_type, default=None)


def _action(option: Option) -> dict[str, str]:
    if option.kind is OptionKind.FLAG:
        return {"action": "store_true"}
    repeatable = option.kind is OptionKind.FOLDERS
    return {"metavar": option.kind.value, "action": "append" if repeatable else "store"}


def settings(config: "pytest.Config") -> Settings:
    """The settings of a pytest run; raises UsageError, and StackError for an unknown reference.

    Relative folders begin where pytest was called, those of the ini file at its root folder.
    """
    return settings_from(
        OptionSource(
            {option.field: config.getoption(option.pytest_flag) for option in OPTIONS},
            lambda option: option.pytest_flag,
            config.invocation_params.dir,
        ),
        OptionSource(
            {option.field: config.getini(option.ini_key) for option in OPTIONS},
            lambda option: option.ini_key,
            config.rootpath,
        ),
    )


def report_dir(config: "pytest.Config") -> Path:
    """Where run folders are written."""
    return settings(config).report_dir or config.rootpath / DEFAULT_REPORT_DIR


def history(config: "pytest.Config") -> "History":
    """Where runs are kept beyond their folders."""
    from harness.history.history import history_in

    return history_in(report_dir(config), settings(config).history_dir)


def given(config: "pytest.Config") -> bool:
    """Whether any of the options stands on the command line."""
    return any(config.getoption(option.pytest_flag) is not None for option in OPTIONS)
