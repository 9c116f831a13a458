"""Changes that know nothing of a format: bytes flipped, cut, repeated, moved, written over."""

import re
from collections.abc import Callable, Sequence
from random import Random

from harness.testing.fuzz.contract import MAX_INPUT_BYTES

Change = Callable[[Random, bytes], bytes]
NUMBERS = (0, 1, 2, 3, 7, 8, 255, 256, 32767, 65535, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 1)
"""Sizes and counts at which readers go wrong."""
TEXTS = (
    "", " ", "a", "0", "-1", "1e999", "nan", "é", "\0", "\n", "\x1b[31m", "\ud7ff", "\U0001f600",
    "../../etc/passwd", "/etc/passwd", "a" * 6000, "x:0", "^x", "[bold]", "%s%n", "{}", "<b>", "'",
    '"', "\\", "=1+1", "9" * 5000, "**/**", "\u202e",
)  # fmt: skip
"""Texts with which programs go wrong."""


def damaged(random: Random, data: bytes, most: int = 4) -> bytes:
    """The bytes after one to `most` changes."""
    for _ in range(random.randint(1, most)):
        data = random.choice(CHANGES)(random, data)[:MAX_INPUT_BYTES]
    return data


def sometimes_damaged(random: Random, data: bytes, share: float = 0.2) -> bytes:
    """The bytes as they are, or damaged in a share of all cases."""
    return damaged(random, data) if random.random() < share else data[:MAX_INPUT_BYTES]


def place(random: Random, data: Sequence[object]) -> int:
    """A position, in half of all cases near the start, where headers are."""
    last = len(data) if random.random() < 0.5 else min(len(data), 64)
    return random.randint(0, last)


def _flipped(random: Random, data: bytes) -> bytes:
    at = place(random, data)
    return (
        data[:at]
        + bytes(b ^ (1 << random.randint(0, 7)) for b in data[at : at + 1])
        + data[at + 1 :]
    )


def _cut(random: Random, data: bytes) -> bytes:
    at = place(random, data)
    return data[:at] + data[at + random.randint(1, 1 + len(data) // 4) :]


def _ended(random: Random, data: bytes) -> bytes:
    return data[: place(random, data)]


def _repeated(random: Random, data: bytes) -> bytes:
    at = place(random, data)
    part = data[at : at + random.randint(1, 64)]
    return data[:at] + part * random.choice((2, 3, 50, 1000)) + data[at + len(part) :]


def _written_over(random: Random, data: bytes) -> bytes:
    at, size = place(random, data), random.choice((1, 2, 4, 8))
    number = random.choice(NUMBERS) % (1 << (8 * size))
    new = number.to_bytes(size, random.choice(("little", "big")))
    return data[:at] + new + data[at + (size if random.random() < 0.8 else 0) :]


def _with_text(random: Random, data: bytes) -> bytes:
    at = place(random, data)
    return data[:at] + random.choice(TEXTS).encode() + data[at:]


def _with_number(random: Random, data: bytes) -> bytes:
    """Digits in the bytes replaced by another number."""
    found = list(re.finditer(rb"\d+", data))
    if not found:
        return _written_over(random, data)
    hit = random.choice(found)
    number = str(random.choice((-1, *NUMBERS, 10**30))).encode()
    return data[: hit.start()] + number + data[hit.end() :]


def _moved(random: Random, data: bytes) -> bytes:
    at, to = place(random, data), place(random, data)
    part = data[at : at + random.randint(1, 32)]
    rest = data[:at] + data[at + len(part) :]
    return rest[:to] + part + rest[to:]


CHANGES: tuple[Change, ...] = (
    _flipped, _flipped, _cut, _ended, _repeated, _written_over, _with_text, _with_number, _moved,
)  # fmt: skip
