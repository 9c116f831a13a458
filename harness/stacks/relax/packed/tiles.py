"""How many neighbouring pixels of a row one pass over the weights computes."""

from math import gcd

_CACHE_PAGE = 4096
"""Bytes after which addresses fall into the same lines of the L1 cache again."""
_CACHE_WAYS = 7
"""Such addresses that the cache holds at once, less one for the weights."""
FEWEST = 5
"""Accumulators below which the latency of a multiply-add shows."""


def tile(length: int, most: int) -> int:
    """Pixels to a tile, for a row of `length` and at most `most` accumulators.

    A divisor of the row where there is a long enough one, else the whole row, else what leaves the
    fewest idle pixels in the last tile.

    >>> [tile(length, 15) for length in (112, 56, 7, 3, 149, 17)]
    [14, 14, 7, 3, 15, 9]
    """
    divisors = [t for t in range(FEWEST, most + 1) if length % t == 0]
    if divisors:
        return divisors[-1]
    if length <= most:
        return length
    return min(range(min(8, most), most + 1), key=lambda t: (-length % t, -t))


def held(step: int, most: int) -> int:
    """Of at most `most` pixels, `step` bytes apart, those whose lines fit into the cache together.

    1024 channels are 4096 bytes: 14 pixels of them pushed each other out, and ResNet50's layers of
    1024 channels ran at half of the others' rate.

    >>> [held(4 * channels, 15) for channels in (64, 512, 1024, 1000, 2048)]
    [15, 14, 7, 15, 7]
    """
    return min(most, _CACHE_WAYS * (_CACHE_PAGE // gcd(step, _CACHE_PAGE)))
