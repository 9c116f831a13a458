"""The page of supported operations, written from the registry.

`python -m harness.stacks.relax.frontend.operations docs/operations.md` writes it.
"""

import importlib
import sys
from pathlib import Path

from harness.results.files import write
from harness.stacks.relax.frontend import from_tensorflow
from harness.stacks.relax.frontend.refusals import REFUSALS
from harness.stacks.relax.frontend.registry import CONVERTERS, UNBOUNDED, Converter

_HERE = "harness.stacks.relax.frontend.operations"
_HEAD = f"""# Operations of TensorFlow that the `relax` stack imports

`{from_tensorflow.__module__}` converts the operations below. Any other operation of
TensorFlow on CPUs is computed while importing where all that it reads is constant. Everything else
is refused by name before anything is compiled, and so are uses of these operations that a converter
can't do: the error names the node, its operation, and the attribute, input or type.

Shapes are static. An input that gives a shape, an axis or a number of elements has to be known
while importing: a constant, or computed from constants and from shapes.

This page is written by `python -m {_HERE} docs/operations.md`.
"""
_UNLESS = "Unless all that they read is constant, or what decides between two branches is."


def page() -> str:
    """The page as Markdown: what is converted, by family, then what is refused for good."""
    families: dict[str, list[str]] = {}
    for op in sorted(CONVERTERS):
        families.setdefault(CONVERTERS[op].convert.__module__, []).append(op)
    parts = [_HEAD, *(_family(*family) for family in sorted(families.items())), _refused()]
    return "\n".join(parts)


def _family(module: str, ops: list[str]) -> str:
    described = importlib.import_module(module).__doc__ or module
    rows = [_row(op, CONVERTERS[op]) for op in ops]
    heading = _first_paragraph(described).rstrip(".")
    table = ["| operation | tensors it reads | of the type | remarks |", "|---|---|---|---|", *rows]
    return "\n".join([f"## {heading}", "", *table, ""])


def _row(op: str, converter: Converter) -> str:
    types = ", ".join(converter.types) or "any"
    remark = _first_paragraph(converter.convert.__doc__ or "").replace("|", "\\|")
    return f"| `{op}` | {_reads(converter)} | {types} | {remark} |"


def _reads(converter: Converter) -> str:
    fewest, most = converter.min_inputs, converter.max_inputs
    if fewest == most:
        return str(fewest)
    return f"{fewest} or more" if most == UNBOUNDED else f"{fewest} to {most}"


def _first_paragraph(docstring: str) -> str:
    return " ".join(docstring.strip().split("\n\n")[0].split())


def _refused() -> str:
    lines = ["## Refused", "", _UNLESS, ""]
    for reason, ops in REFUSALS.items():
        lines.append(f"- {', '.join(f'`{op}`' for op in sorted(ops))}: {reason}.")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    write(Path(sys.argv[1]), page().encode())
