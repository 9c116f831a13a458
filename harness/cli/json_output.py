"""The one form of `--json`: an array of objects whose keys are the row's column names."""

from collections.abc import Iterable, Mapping
from typing import Any

from harness.results.json_array import as_json


def print_json(objects: Iterable[Mapping[str, Any]]) -> None:
    """Print one JSON document on stdout."""
    print(as_json(objects))  # noqa: T201
