"""Torch files of before 1.6, made of pickle opcodes that are moved, repeated and replaced."""

import pickle
import pickletools
import struct
from random import Random

from harness.inputs.zoo.torch_pickle import MAGIC, PROTOCOL, SYS_INFO
from harness.testing.fuzz.contract import MAX_INPUT_BYTES
from harness.testing.fuzz.shapes.damage import sometimes_damaged

_TENSOR = (
    b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000"
    b"X\x03\0\0\0cpuK\x06NtQK\0(K\x02K\x03t(K\x03K\x01t\x89ccollections\nOrderedDict\n)RtR"
)
_OBJECT = b"\x80\x02ccollections\nOrderedDict\n)R(X\x01\0\0\0w" + _TENSOR + b"u."
_SIX = struct.pack("<q6f", 6, *range(6))
_OPCODES = (
    *(code.code.encode("latin-1") for code in pickletools.opcodes), b"2\x86", b"2\x86" * 40,
    b"q\0h\0", b"r\xff\xff\xff\x00", b"L%d\nL\n" % 10**40, b"\x8b\x10\0\0\0" + b"\xff" * 16,
    b"\x8b\xff\x0f\0\0" + b"\x7f" * 4095, b"cos\nsystem\n", b"cbuiltins\neval\n", b"}", b"(d",
    b"s", b"(l", b"]", b")", b"N", b"(t", b"\x85", b"\x86", b"\x87", b"R", b"b", b"0", b"2", b"(",
    b"K\xff",
    b"J\xff\xff\xff\xff", b"X\x02\0\0\0\xc3\xa9", b"ctorch\nLongStorage\n", b"(" * 200, b"]" * 2000,
    b"\x8f", b"\x90", b"\x91", b"G\x7f\xf8\0\0\0\0\0\0", b"(i__main__\nx\n", b"\x93", b"\x82\x01",
)  # fmt: skip


def torch_file(random: Random) -> bytes:
    """A torch file with changed opcodes in one of its pickles."""
    parts = [pickle.dumps(part, 2) for part in (MAGIC, PROTOCOL, SYS_INFO)]
    parts += [_OBJECT, pickle.dumps(["0"], 2)]
    at = random.choice((3, 3, 3, 3, 0, 1, 2, 4))
    parts[at] = _changed(random, parts[at])
    return sometimes_damaged(random, b"".join([*parts, _SIX]), 0.1)


def _changed(random: Random, data: bytes) -> bytes:
    codes = _split(data)
    for _ in range(random.randint(0, 4)):
        at, kind = random.randrange(len(codes)), random.randint(0, 4)
        if kind == 0:
            del codes[at]
        elif kind == 1:
            codes[at : at + 1] = [codes[at]] * random.choice((2, 3, 30))
        elif kind == 2:
            codes[at] = random.choice(codes)
        else:
            codes.insert(at, random.choice(_OPCODES))
        codes = codes or [b"."]
    return b"".join(codes)[:MAX_INPUT_BYTES]


def _split(data: bytes) -> list[bytes]:
    """A pickle as one piece of bytes for each opcode."""
    starts = [position or 0 for _, _, position in pickletools.genops(data)]
    return [data[a:b] for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]
