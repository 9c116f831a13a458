"""A Relay module in float16 or bfloat16, by TVM's own mixed precision, its sums in float32."""

from functools import cache
from typing import Any

LEVEL = 3
"""opt_level that these passes run at, whatever the passes after them run at."""
PRIORITY = 11
"""Of a rule for an operation; TVM's own have 10, and the highest counts."""


def in_precision(module: Any, params: Any, precision: str) -> Any:
    """The module with its weights bound and most results in the format; the scores stay float32.

    TVM would carry sums in the narrow format too, as no other mixed precision does; here they are
    float32, rounded once at their end.
    """
    from tvm import relay, transform

    _register()
    module["main"] = relay.build_module.bind_params_by_name(module["main"], params)
    passes = [
        relay.transform.InferType(),
        relay.transform.FoldConstant(),
        relay.transform.InferType(),
        relay.transform.ToMixedPrecision(precision),
    ]
    config = {"relay.ToMixedPrecision.keep_orig_output_dtype": True}
    with transform.PassContext(LEVEL, config=config):
        return transform.Sequential(passes)(module)


@cache
def _register() -> None:
    """Once a process: TVM refuses a second rule of the same priority."""
    from tvm.relay.op import register_mixed_precision_conversion
    from tvm.relay.transform import mixed_precision

    for name in mixed_precision.DEFAULT_ALWAYS_LIST:
        register_mixed_precision_conversion(name, _summed_in_float32, level=PRIORITY)


def _summed_in_float32(call: Any, precision: str) -> list[Any]:
    """The rule for one call: always converted, type of its sums, type of its result."""
    from tvm.relay.transform import mixed_precision

    sums = "float32" if hasattr(call.attrs, "out_dtype") else precision
    return [mixed_precision.MIXED_PRECISION_ALWAYS, sums, precision]
