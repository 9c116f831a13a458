"""Names of variables that a generated C or CUDA source may hold.

Fusion names the parameters of kernels after Relax variables, and CUDA sources hold those names as
they are: of a graph with a node `block/Relu6` TVM 0.27 writes `float* block/Relu6_ptr`, which no
compiler takes. LLVM has no such rule, so that there TensorFlow's names are kept.
"""

import re
from typing import Any

_NOT_IN_C = re.compile(r"\W", re.ASCII)


def c_name(name: str) -> str:
    """A C identifier for a name; other names may give the same.

    >>> c_name("block/Relu6:0"), c_name("1x1"), c_name("")
    ('block_Relu6_0', '_1x1', '_')
    """
    found = _NOT_IN_C.sub("_", name)
    return found if found and not found[0].isdigit() else f"_{found}"


def with_c_names(module: Any) -> Any:
    """The Relax module with all variables renamed by `c_name`; spans and all else as they were."""
    from tvm import relax

    @relax.expr_functor.mutator
    class Renamed(relax.PyExprMutator):  # type: ignore[misc]
        def visit_var_def_(self, var: Any) -> Any:
            return self._renamed(var, relax.Var)

        def visit_dataflow_var_def_(self, var: Any) -> Any:
            return self._renamed(var, relax.DataflowVar)

        def _renamed(self, var: Any, kind: Any) -> Any:
            made = kind(c_name(str(var.name)), var.ty, var.span)
            self.set_var_remap(var, made)
            return made

    renamed = Renamed(module)
    for variable, function in module.functions_items():
        if isinstance(function, relax.Function):
            renamed.builder_.update_func(variable, renamed.visit_expr(function))
    return renamed.builder_.get()
