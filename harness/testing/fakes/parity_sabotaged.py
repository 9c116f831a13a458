"""Stacks whose compiler has one wrong pass, which spoils some of the kernels.

The variable PARITY_SABOTAGE says which kernels, by a part of their names, and after `@` where: in a
pass of its own (`pass`), or in the schedules of pipeline `packed` (`schedule`).
"""

import json
import os
from dataclasses import replace
from typing import Any

from harness.stacks import relay as relay_stack
from harness.stacks.relax import stack as relax_stack

VARIABLE = "PARITY_SABOTAGE"
NAME = "Sabotage"


def _wanted() -> tuple[str, str]:
    part, _, place = os.environ[VARIABLE].partition("@")
    return part, place or "pass"


def _with_smaller_numbers(text: str) -> str:
    """The JSON of a kernel whose constants beyond 1, such as the bound of a ReLU6, are halved."""
    graph = json.loads(text)
    for node in graph["nodes"]:
        if node["type"] == "ir.FloatImm" and abs(node["data"]["value"]) > 1:
            node["data"]["value"] /= 2
    return json.dumps(graph)


def _spoiled_kernels(module: Any) -> Any:
    """A Relax module with its chosen kernels spoiled."""
    from tvm import ir, tirx

    spoiled = module.clone()
    for variable in module.get_global_vars():
        function = module[variable]
        if isinstance(function, tirx.PrimFunc) and _wanted()[0] in str(variable.name_hint):
            text = _with_smaller_numbers(ir.save_json(function))
            spoiled.update_func(variable, ir.load_json(text))
    return spoiled


def optimize(payload: Any, arrays: Any) -> Any:
    """The step of the relax stack, with the wrong pass behind the others or in the schedules."""
    import tvm

    from harness.stacks.relax import steps
    from harness.stacks.relax.packed import pipeline

    wrong = tvm.transform.module_pass(lambda m, _: _spoiled_kernels(m), opt_level=0, name=NAME)
    passes, schedule = steps._PASSES[payload["pipeline"]], pipeline.schedule_kernels

    def with_wrong_pass(module: Any, target: Any) -> Any:
        optimized, remarks = passes(module, target)
        return wrong(optimized), remarks

    def wrong_schedules(module: Any, vectors: Any) -> Any:
        scheduled, failed = schedule(module, vectors)
        return _spoiled_kernels(scheduled), failed

    if _wanted()[1] == "schedule":
        pipeline.schedule_kernels = wrong_schedules
    else:
        steps._PASSES[payload["pipeline"]] = with_wrong_pass
    return steps.optimize(payload, arrays)


def build_relay(payload: Any, arrays: Any) -> Any:
    """The step of the relay stack, with the wrong pass among those of each kernel."""
    from tvm import tir

    def larger(statement: Any) -> Any:
        if "float" not in str(statement.value.dtype):
            return None
        value = statement.value * tir.const(1.01, statement.value.dtype)
        return tir.BufferStore(statement.buffer, value, statement.indices)

    def spoil(function: Any, _: Any, __: Any) -> Any:
        name = str(function.attrs["global_symbol"]) if "global_symbol" in function.attrs else ""
        if _wanted()[0] not in name:
            return function
        body = tir.stmt_functor.ir_transform(function.body, None, larger, ["tir.BufferStore"])
        return function.with_body(body)

    wrong = tir.transform.prim_func_pass(spoil, opt_level=0, name=NAME)
    config = {**payload["pass_config"], "tir.add_lower_pass": [(1, wrong)]}
    return relay_stack.build_module({**payload, "pass_config": config}, arrays)


RELAX, RELAY = relax_stack.STACKS[0], relay_stack.RELAY
SABOTAGED_RELAX = replace(
    RELAX,
    name="sabotaged-relax",
    steps=tuple(
        replace(step, function=optimize, variables=(VARIABLE,)) if step.name == "optimize" else step
        for step in RELAX.steps
    ),
)
SABOTAGED_RELAY = replace(
    RELAY,
    name="sabotaged-relay",
    steps=tuple(
        replace(step, function=build_relay, variables=(VARIABLE,)) if step.name == "build" else step
        for step in RELAY.steps
    ),
)
