"""The source that decides what a build step writes: its module and all that it imports.

Found from the import statements, also those inside functions, without importing anything. Followed
are imports of the step's own package and of `harness`; the versions of other packages are declared
in `Stack.distributions`. A module that is imported by name (`import_module`) is not found.
"""

import ast
import hashlib
import threading
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from harness.errors import StackError

_PARSING = threading.Lock()
"""Python 3.11 counts the depth of a tree for all threads together, and two that parse at the same
time raise SystemError: https://github.com/python/cpython/issues/106905."""


@cache
def source_digest(module: str) -> str:
    """SHA-256 of the files of `sources`."""
    total = hashlib.sha256()
    for name, path in sorted(sources(module).items()):
        total.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def sources(module: str) -> dict[str, Path]:
    """File of the module and of each module that it imports, directly or through another.

    Raises StackError where the module itself has no source.
    """
    followed = {module.partition(".")[0], "harness"}
    found: dict[str, Path] = {}
    todo = [module]
    while todo:
        name = todo.pop()
        path = _file(name) if name.partition(".")[0] in followed else None
        if name not in found and path is not None:
            found[name] = path
            todo += [*_imported(name, path), name.rpartition(".")[0]]
    if module not in found:
        raise StackError(f"the source of {module} can't be found; install the package again")
    return found


@cache
def _file(module: str) -> Path | None:
    """The .py file of a module; None for what is no module, such as an imported function."""
    top, *rest = module.split(".")
    try:
        spec = find_spec(top) if top else None
    except ValueError:  # __main__ has no spec
        spec = None
    if spec is None:
        return None
    if not rest and not spec.submodule_search_locations:
        return Path(spec.origin) if spec.origin else None
    for folder in spec.submodule_search_locations or ():
        place = Path(folder).joinpath(*rest)
        for path in (place / "__init__.py", place.parent / f"{place.name}.py"):
            if path.is_file():
                return path
    return None


@cache
def _imported(module: str, path: Path) -> tuple[str, ...]:
    """Names that a module's import statements may mean; those of functions are among them."""
    try:
        with _PARSING:
            tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return ()
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found: list[str] = []
    for node in _run(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            above = parts[: len(parts) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return tuple(found)


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all below it, but not what stands there for type checkers alone."""
    yield node
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        children = list(node.orelse)
    for child in children:
        yield from _run(child)
