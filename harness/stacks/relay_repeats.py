"""What TVM 0.19 does again and again with one result, done once.

FoldConstant builds a kernel for each operation on constants, and most of those kernels are equal;
the importer checks the types of 240 functions that it adds by itself whenever it asks for a shape.
Module and library stay the same (docs/measured.md, "TVM 0.19, import" and "TVM 0.19, build").
"""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_BUILD = "relay.backend.build"


@contextmanager
def kernels_built_once() -> Iterator[None]:
    """Equal lowered modules for one target are built once while this is open.

    What is built holds code and no state; equal means TVM's structural equality, names included.
    """
    import tvm
    from tvm.relay.backend import te_compiler

    build, libinfo = tvm.get_global_func(_BUILD), te_compiler.libinfo
    known: dict[tuple[int, str], list[tuple[Any, Any]]] = {}

    def build_once(module: Any, *target: Any) -> Any:
        alike = known.setdefault((tvm.ir.structural_hash(module), str(target)), [])
        for other, built in alike:
            if tvm.ir.structural_equal(module, other):
                return built
        alike.append((module, build(module, *target)))
        return alike[-1][1]

    tvm.register_func(_BUILD, build_once, override=True)
    te_compiler.libinfo = functools.cache(libinfo)  # called twice a shape
    try:
        yield
    finally:
        tvm.register_func(_BUILD, build, override=True)
        te_compiler.libinfo = libinfo


@contextmanager
def types_without_prelude() -> Iterator[None]:
    """The type of an expression is found in a module of its own while this is open.

    Where it calls functions of the importer's module it is found there, as without this.
    """
    import tvm
    from tvm.relay.frontend import common

    within = common.infer_type

    def infer_type(node: Any, mod: Any = None) -> Any:
        try:
            return within(node)
        except tvm.TVMError:
            return within(node, mod)

    common.infer_type = infer_type
    try:
        yield
    finally:
        common.infer_type = within
