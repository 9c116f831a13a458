"""The text of a reproducer's script, from the source of two modules."""

import ast
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

TAIL = 'if __name__ == "__main__":\n    raise SystemExit(main(answer))\n'
MAX_LINES = 60
"""Lines of a script."""


def script(answer: Callable[..., Any], main: ModuleType) -> str:
    """A script of the module that defines `answer` and of `script_values` or `script_failure`.

    It needs nothing of the harness. Remarks for checkers of the source are left out.
    """
    program = inspect.getmodule(answer)
    if program is None:
        raise TypeError(f"{answer} is defined in no module")
    sources = [inspect.getsource(module) for module in (program, main)]
    trees = [ast.parse(source) for source in sources]
    documents = [ast.get_docstring(tree) or "" for tree in trees]
    title = "\n".join([documents[0], "", documents[1].partition("\n\n")[2]])
    imports: list[str] = []
    rest: list[str] = []
    for source, tree in zip(sources, trees, strict=True):
        for statement in tree.body[1:]:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                imports.append(ast.unparse(statement))
            else:
                rest.append(ast.get_source_segment(source, statement) or "")
    parts = [f'"""{title}\n"""', "\n".join(sorted(set(imports))), *rest, TAIL]
    lines = "\n\n".join(parts).splitlines()
    return "\n".join(line.partition("  # noqa")[0] for line in lines) + "\n"
