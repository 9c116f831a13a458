"""Options of a subcommand made of groups, and the tables that people read."""

import inspect
import io
from pathlib import Path

import pytest
from rich.console import Console

from harness.cli.case_options import PreprocessOptions
from harness.cli.main import app
from harness.cli.signature import expanded
from harness.cli.topk_table import show
from harness.errors import UsageError
from harness.results.result import Result
from harness.run.settings import OPTIONS, Settings
from harness.testing.sample_rows import make_row

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


def test_text_from_outside_is_never_markup() -> None:
    console = Console(width=100, record=True, file=io.StringIO())
    text = "[bold]x[/] [/nothing]"
    row = make_row(image=text, reason=text, notes=text, top1_label=text)
    show([Result(row=row)], console)
    assert console.export_text().count(text) >= 3
