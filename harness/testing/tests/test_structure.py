"""The shape of the source tree: few rooms, short modules and functions, one meaning for a name."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.testing.fixtures import ROOT

HARNESS = ROOT / "harness"
MODULES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in sorted(HARNESS.rglob("*.py"))
}
TREES = {name: ast.parse(text) for name, text in MODULES.items()}
OUTSIDE_TESTS = [name for name in TREES if not {"tests", "testing"} & set(Path(name).parent.parts)]
MAX_ENTRIES = 17
MAX_MODULE_LINES = 250
MAX_BODY_LINES = 40
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function of a module, also those inside classes and functions."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def classes(tree: ast.AST) -> Iterator[ast.ClassDef]:
    """Every class of a module."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def body_lines(function: Function) -> int:
    """Lines from the first statement after the docstring to the end; 0 for a docstring alone."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def is_dataclass(node: ast.ClassDef) -> bool:
    """Whether one of its decorators is `dataclass`, with arguments or without."""
    called = (each.func if isinstance(each, ast.Call) else each for each in node.decorator_list)
    return any(ast.unparse(each).rpartition(".")[2] == "dataclass" for each in called)


def fields_without_docstring(node: ast.ClassDef) -> Iterator[str]:
    """Public annotated fields that no string literal follows."""
    for statement, following in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
            if not name.startswith("_") and not _is_text(following):
                yield name


def _is_text(statement: ast.stmt | None) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def test_the_package_has_few_entries() -> None:
    entries = {path.name for path in HARNESS.iterdir()} - {"__pycache__"}
    assert len(entries) <= MAX_ENTRIES, sorted(entries)


def test_no_public_class_name_is_used_twice() -> None:
    places = defaultdict(list)
    for name, tree in TREES.items():
        for node in classes(tree):
            if not node.name.startswith("_"):
                places[node.name].append(f"{name}:{node.lineno}")
    assert not {name: found for name, found in places.items() if len(found) > 1}


def test_modules_are_short() -> None:
    lengths = {name: len(text.splitlines()) for name, text in MODULES.items()}
    assert not {name: lines for name, lines in lengths.items() if lines > MAX_MODULE_LINES}


def test_functions_are_short() -> None:
    lengths = {
        f"{name}:{node.lineno} {node.name}": body_lines(node)
        for name, tree in TREES.items()
        for node in functions(tree)
    }
    assert not {name: lines for name, lines in lengths.items() if lines > MAX_BODY_LINES}


def test_fields_of_public_dataclasses_have_docstrings() -> None:
    missing = [
        f"{name}:{node.lineno} {node.name}.{field}"
        for name in OUTSIDE_TESTS
        for node in classes(TREES[name])
        if is_dataclass(node) and not node.name.startswith("_")
        for field in fields_without_docstring(node)
    ]
    assert not missing


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("def f():\n    'only a docstring'\n", 0),
        ("def f():\n    '''two\n    lines'''\n    a = 1\n\n    return a\n", 3),
        ("def f(): return (\n    1\n)\n", 3),
    ],
)
def test_lines_of_a_body(text: str, lines: int) -> None:
    (function,) = functions(ast.parse(text))
    assert body_lines(function) == lines


def test_fields_that_lack_a_docstring_are_found() -> None:
    text = "@dataclasses.dataclass(frozen=True)\nclass A:\n  a: int\n  'doc'\n  b: int\n  _c: int\n"
    (node,) = classes(ast.parse(text))
    assert is_dataclass(node)
    assert list(fields_without_docstring(node)) == ["b"]
