"""A user's own build: a function that is called with the imported module and the target."""

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PYTHON = ".py"


def own_function(text: str) -> Callable[[Any, Any], Any]:
    """The function that `path/to/file.py:name` or `package.module:name` means.

    Raises what importing it raises; AttributeError or TypeError where there is no such function.
    """
    where, _, name = text.rpartition(":")
    module = _from_file(Path(where)) if where.endswith(PYTHON) else importlib.import_module(where)
    found = getattr(module, name)
    if not callable(found):
        raise TypeError(f"{text} is a {type(found).__name__}; expected a function")
    function: Callable[[Any, Any], Any] = found
    return function


def _from_file(path: Path) -> Any:
    """The module in a file; modules beside it can be imported, after all others."""
    sys.path.append(str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    spec.loader.exec_module(module)
    return module


def export_own(text: str, module: Any, target: Any, library: Path) -> None:
    """Call the function and write what it returns as a shared library.

    Raises what it raises; TypeError where it returns nothing that can be exported.
    """
    built = own_function(text)(module, target)
    export = getattr(built, "export_library", None)
    if export is None:
        raise TypeError(
            f"{text} returned a {type(built).__name__}; expected what TVM's own build returns, "
            "which has export_library"
        )
    export(str(library))
