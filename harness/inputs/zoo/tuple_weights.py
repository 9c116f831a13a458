"""How much hashing the tuples of a pickle would take, found out without unpickling it.

A tuple that holds another one twice takes twice as long to hash: 40 such steps, in 80 bytes, take
years as soon as the outermost is a key of a dict. So the opcodes are followed on a stack of weights
first.
"""

import pickletools
from typing import Any

MAX_WEIGHT = 1_000
"""Values that a tuple may hold, counted each time that they are reached; torch's hold 15."""
_MARK = -1
_TUPLES = ("TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "FROZENSET")


class TupleWeights:
    """The pickle machine's stack and memo, holding a weight in the place of each value."""

    def __init__(self) -> None:
        self._stack: list[int] = []
        self._memo: dict[Any, int] = {}

    def follow(self, opcode: pickletools.OpcodeInfo, arg: Any) -> None:
        """Take one step; raises ValueError where a tuple is too heavy to be hashed."""
        name = opcode.name
        if name.endswith("PUT") or name == "MEMOIZE":
            self._memo[len(self._memo) if name == "MEMOIZE" else arg] = self._top()
        elif name == "MARK":
            self._stack.append(_MARK)
        elif name == "DUP":
            self._stack.append(self._top())
        elif name.endswith("GET"):
            self._stack.append(self._memo.get(arg, 0))
        else:
            taken = self._taken(opcode)
            weight = 1 + sum(taken) if name in _TUPLES else 0
            if weight > MAX_WEIGHT:
                raise ValueError(f"a tuple of more than {MAX_WEIGHT} values")
            self._stack += [max(weight, 1)] * len(opcode.stack_after)

    def _top(self) -> int:
        return max(self._stack[-1], 0) if self._stack else 0

    def _taken(self, opcode: pickletools.OpcodeInfo) -> list[int]:
        """Remove what an opcode takes, a mark and what lies above it included."""
        count, taken = len(opcode.stack_before), []
        if pickletools.markobject in opcode.stack_before:
            while self._stack and (weight := self._stack.pop()) != _MARK:
                taken.append(weight)
            count = opcode.stack_before.index(pickletools.markobject)
        below = range(min(count, len(self._stack)))
        return taken + [max(self._stack.pop(), 0) for _ in below]
