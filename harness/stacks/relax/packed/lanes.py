"""The vector registers of a target, from the CPU and the features that it names."""

from dataclasses import dataclass

import tvm
from tvm.target import codegen

MAX_STACK_BYTES = 1024
"""The largest buffer that TVM keeps on the stack, where LLVM makes registers of it; a larger one
is allocated from the heap in the innermost loops (kMaxStackAlloca in TVM)."""


@dataclass(frozen=True)
class Vectors:
    """The float32 vectors of a CPU."""

    lanes: int
    """float32 numbers per vector; a power of two."""
    tile: int
    """Most accumulators that a kernel keeps in registers at the same time."""

    @property
    def widths(self) -> tuple[int, ...]:
        """Vector widths to choose from, widest first, down to 1."""
        return tuple(1 << i for i in range(self.lanes.bit_length() - 1, -1, -1))


AVX512 = Vectors(lanes=16, tile=MAX_STACK_BYTES // (4 * 16) - 1)
AVX2 = Vectors(lanes=8, tile=12)
"""Of 16 registers one is for weights, one for the broadcast input; two are left to LLVM."""
OTHER = Vectors(lanes=4, tile=12)


def vectors(target: tvm.target.Target) -> Vectors:
    """The vectors of a target.

    The features are queried one by one: `llvm_get_vector_width` gives 512 bits for a plain
    `llvm`, and for AVX2 machines too.
    """
    if target.kind.name != "llvm":
        return OTHER
    if codegen.llvm_cpu_has_features("avx512f", target):
        return AVX512
    return AVX2 if codegen.llvm_cpu_has_features("avx2", target) else OTHER
