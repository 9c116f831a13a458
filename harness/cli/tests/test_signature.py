"""Options of a subcommand made of groups."""

import inspect
from pathlib import Path

import pytest

from harness.cli.case_options import PreprocessOptions
from harness.cli.main import app
from harness.cli.signature import expanded
from harness.errors import UsageError
from harness.run.settings import OPTIONS, Settings

COMMANDS = {
    command.callback.__name__: command.callback
    for command in app.registered_commands
    if command.callback
}


@pytest.mark.parametrize("name", ["check", "explain", "bench", "doctor"])
def test_a_subcommand_takes_the_settings_declared_for_it(name: str) -> None:
    taken = set(inspect.signature(COMMANDS[name]).parameters)
    for option in OPTIONS:
        assert (option.field in taken) == (name in option.commands)


def test_groups_come_back_as_their_objects(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    found: list[object] = []

    def check(preprocess: PreprocessOptions, settings: Settings, rounds: int = 3) -> None:
        found.extend((preprocess, settings, rounds))

    command = expanded(check)
    defaults = {
        name: None if parameter.default is inspect.Parameter.empty else parameter.default
        for name, parameter in inspect.signature(command).parameters.items()
    }
    command(**{**defaults, "size": "299", "cache": "c", "rounds": 7})
    preprocess, settings, rounds = found
    assert preprocess == PreprocessOptions(size="299")
    assert isinstance(settings, Settings)
    assert settings.cache == tmp_path / "c"
    assert rounds == 7
    with pytest.raises(UsageError, match="--run-timeout takes a number above 0; found 'soon'"):
        command(**{**defaults, "run_timeout": "soon"})
