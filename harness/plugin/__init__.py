"""The pytest plugin `harness.plugin`: options, items of case files, the summary.

The only room that imports pytest. Imports `run` and the rooms below; never the command line.

What stands in this file runs in every pytest session of every project that has the harness
installed, so it imports nothing but pytest and the options. The rest (`active`, `items`) is loaded
when a case file is collected or one of the options is given.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.plugin import options

if TYPE_CHECKING:
    from harness.plugin.active import ActiveRun
    from harness.plugin.items import CaseFile

NAME = "parity-run"
MARKER = "parity: a comparison made from a case file"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options under one prefix, each also an ini key and an environment variable."""
    options.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker; a wrong option on the command line is refused before anything runs."""
    config.addinivalue_line("markers", MARKER)
    if options.given(config):
        activate(config)


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> "CaseFile | None":
    """TOML files in a folder called `cases`, and any that is named on the command line.

    `defaults.toml` is no case, but what the others there share (`harness.cases.shared_defaults`).
    """
    if file_path.suffix != ".toml":
        return None
    named = parent.session.isinitpath(file_path)
    if not named and (file_path.parent.name != "cases" or file_path.name == "defaults.toml"):
        return None
    activate(parent.config)
    from harness.plugin.items import CaseFile

    return CaseFile.from_parent(parent, path=file_path)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: object, ids: list[str]) -> None:
    """The controller of xdist collects nothing itself: it learns here what its workers selected."""
    case_ids = [nodeid for nodeid in ids if nodeid.partition("::")[0].endswith(".toml")]
    if case_ids:
        config: pytest.Config = node.config  # type: ignore[attr-defined]
        activate(config).expect_selected(case_ids)


def activate(config: pytest.Config) -> "ActiveRun":
    """Register the hooks of a parity run, once; UsageError where an option is wrong."""
    from harness.plugin.active import ActiveRun

    found = config.pluginmanager.get_plugin(NAME)
    if isinstance(found, ActiveRun):
        return found
    active = ActiveRun(config)
    config.pluginmanager.register(active, NAME)
    return active
