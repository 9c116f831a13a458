"""pytest options under one prefix, each also an ini key: `--parity-offline` is `parity_offline`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UsageError
from harness.run.settings import Settings, roots
from harness.stacks.registry import DEFAULT_REFERENCE, stack_named


@dataclass(frozen=True)
class Option:
    """One option; `kind` is path, paths, flag, text or number."""

    name: str
    kind: str
    help: str
    default: str = ""


OPTIONS = (
    Option("report-dir", "path", "folder that run folders are written to", "reports"),
    Option("reference", "text", "stack that gives the reference's answers", DEFAULT_REFERENCE),
    Option("cache", "path", "folder of downloads and compiled modules (env PARITY_CACHE)"),
    Option("mirror", "path", "offline mirror of what cases download (env PARITY_MIRROR)"),
    Option("no-explain", "flag", "don't explain end-to-end rows step by step (one build a model)"),
    Option("offline", "flag", "never use the network"),
    Option("asset-root", "paths", "folder outside a case's own that its paths may lead into"),
    Option("build-timeout", "number", "seconds for each of import and build"),
    Option("run-timeout", "number", "seconds for each run"),
    Option("memory-gib", "number", "memory of one worker process, GiB"),
)


def add_options(parser: pytest.Parser) -> None:
    """Declare every option and its ini key."""
    group = parser.getgroup("parity", "accuracy parity of TensorFlow and TVM")
    for option in OPTIONS:
        flag, key = f"--parity-{option.name}", _key(option)
        about = f"{option.help} (ini: {key})"
        if option.kind == "flag":
            group.addoption(flag, action="store_true", default=None, help=about)
            parser.addini(key, option.help, type="bool", default=False)
        elif option.kind == "paths":
            group.addoption(flag, action="append", default=None, metavar="DIR", help=about)
            parser.addini(key, option.help, type="linelist", default=[])
        else:
            metavar = {"path": "DIR", "text": "NAME"}.get(option.kind, "N")
            group.addoption(flag, default=None, metavar=metavar, help=about)
            parser.addini(key, option.help, type="string", default=option.default)


def _key(option: Option) -> str:
    return "parity_" + option.name.replace("-", "_")


def _value(config: pytest.Config, name: str) -> Any:
    given = config.getoption(f"--parity-{name}")
    return config.getini(f"parity_{name.replace('-', '_')}") if given is None else given


def _folder(config: pytest.Config, name: str) -> Path | None:
    """A folder; on the command line it starts where pytest was called, in the ini at the root."""
    given = config.getoption(f"--parity-{name}")
    if given:
        return Path(config.invocation_params.dir, str(given))
    found: str = config.getini(f"parity_{name.replace('-', '_')}")
    return config.rootpath / found if found else None


def _number(config: pytest.Config, name: str) -> float | None:
    text = str(_value(config, name) or "")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not number > 0:
        raise UsageError(f"--parity-{name} takes a number above 0; found '{text}'")
    return number


def settings(config: pytest.Config) -> Settings:
    """The settings of a pytest run; raises UsageError."""
    bases = config.invocation_params.dir if config.getoption("--parity-asset-root") else None
    given: dict[str, Any] = {
        "reference": stack_named(_value(config, "reference")).name,
        "explain": not _value(config, "no-explain"),
        "offline": bool(_value(config, "offline")),
        "asset_roots": roots(_value(config, "asset-root"), Path(bases or config.rootpath)),
        "build_timeout_s": _number(config, "build-timeout"),
        "run_timeout_s": _number(config, "run-timeout"),
        "memory_gib": _number(config, "memory-gib"),
    }
    for name in ("cache", "mirror"):
        if folder := _folder(config, name):
            given[name] = folder
    return Settings(**given)


def report_dir(config: pytest.Config) -> Path:
    """Where run folders are written."""
    return _folder(config, "report-dir") or config.rootpath / "reports"


def given(config: pytest.Config) -> bool:
    """Whether any of the options stands on the command line."""
    return any(config.getoption(f"--parity-{option.name}") is not None for option in OPTIONS)
