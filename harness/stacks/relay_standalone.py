"""Builds and runs the Relay module beside this file with TVM 0.19 and NumPy alone."""

from pathlib import Path
from typing import Any

# At opt_level 0 these two rewrite the weights' transposes back and forth endlessly, since no pass
# folds them before.
ENDLESS_AT_0 = ("SimplifyExpr", "SimplifyExprPostAlterOp")


def answer(folder: Path, settings: dict[str, Any], value: Any) -> Any:
    """The output of the built module for the input."""
    import tvm
    from tvm import relay
    from tvm.contrib import graph_executor

    level, config = settings["opt_level"], settings["pass_config"]
    disabled = ENDLESS_AT_0 if level == 0 else ()
    module = tvm.ir.load_json((folder / "module.json").read_text(encoding="utf-8"))
    params = relay.load_param_dict((folder / "params.bin").read_bytes())
    with tvm.transform.PassContext(level, config=config, disabled_pass=disabled):
        library = relay.build(module, target=settings["target"], params=params)
    executor = graph_executor.GraphModule(library["default"](tvm.device(settings["device"])))
    executor.run(**{settings["input"]: value})
    return executor.get_output(0).numpy()
