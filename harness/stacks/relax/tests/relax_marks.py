"""What the tests that compile with TVM 0.27 have in common; importing it needs neither TVM."""

from importlib.metadata import PackageNotFoundError, version

import pytest
from hypothesis import settings


def absent(*distributions: str) -> list[str]:
    """Those of the distributions that are not installed here."""
    return [name for name in distributions if not _installed(name)]


def _installed(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


def marks(*distributions: str) -> list[pytest.MarkDecorator]:
    """Marks of a module whose tests need those distributions; skipped where one is absent."""
    missing = absent(*distributions)
    reason = f"{' and '.join(missing)} not installed here: pip install 'parity-harness[relax]'"
    return [pytest.mark.relax, pytest.mark.skipif(bool(missing), reason=reason)]


def examples(count: int) -> settings:
    """So many examples, always the same; compiling takes longer than Hypothesis likes."""
    return settings(max_examples=count, deadline=None, derandomize=True, database=None)
