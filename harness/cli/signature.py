"""A command's signature made of groups of options: no option is declared a second time for typer.

    @expanded
    def check(model: ModelOptions, settings: Settings) -> None: ...

is, for typer, a function with one parameter for each field of both dataclasses.
"""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from harness.run.options import Option, OptionKind, OptionSource
from harness.run.settings import OPTIONS, Settings, settings_from

_TYPES: dict[OptionKind, Any] = {OptionKind.FLAG: bool | None, OptionKind.FOLDERS: list[str] | None}
"""What typer reads by kind; every other kind is text, which `harness.run.options` reads."""


def expanded(command: Callable[..., None]) -> Callable[..., None]:
    """The command with each parameter that is a dataclass replaced by one a field.

    Of `Settings` it takes the options that are declared for the subcommand of the command's name.
    """
    hints = get_type_hints(command, include_extras=True)
    groups = {name: _group(command.__name__, hints[name]) for name in _names(command)}
    own = inspect.signature(command).parameters

    @wraps(command)
    def wrapped(**typed: Any) -> None:
        arguments = {name: typed.pop(name) for name in own if name not in groups}
        for name, parameters in groups.items():
            given = {one.name: typed.pop(one.name) for one in parameters}
            arguments[name] = _value(hints[name], given)
        command(**arguments)

    parameters = [
        one
        for name in own
        for one in groups.get(name, [own[name].replace(kind=Parameter.KEYWORD_ONLY)])
    ]
    vars(wrapped)["__signature__"] = inspect.Signature(parameters)
    wrapped.__annotations__ = {one.name: one.annotation for one in parameters}
    return wrapped


def _names(command: Callable[..., None]) -> list[str]:
    """The parameters that are groups of options."""
    hints = get_type_hints(command)
    return [name for name in inspect.signature(command).parameters if is_dataclass(hints[name])]


def _group(command: str, group: type[Any]) -> list[Parameter]:
    if group is Settings:
        return [_setting(option) for option in OPTIONS if command in option.commands]
    hints = get_type_hints(group, include_extras=True)
    defaults = {one.name: one.default for one in fields(group)}
    return [
        _parameter(name, hints[name], Parameter.empty if default is MISSING else default)
        for name, default in defaults.items()
    ]


def _setting(option: Option) -> Parameter:
    about = typer.Option(
        option.flag,
        help=f"{option.help[0].upper()}{option.help[1:]} (environment: {option.variable}).",
        metavar=option.kind.value or None,
        show_default=False,
        rich_help_panel="Settings",
    )
    return _parameter(option.field, Annotated[_TYPES.get(option.kind, str | None), about], None)


def _parameter(name: str, annotation: Any, default: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _value(group: type[Any], given: dict[str, Any]) -> Any:
    """The group's object; raises UsageError where a setting is not of its kind."""
    if group is not Settings:
        return group(**given)
    return settings_from(OptionSource(given, lambda option: option.flag, Path.cwd()))
