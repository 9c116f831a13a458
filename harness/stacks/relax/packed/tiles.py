"""The tile size: neighbouring pixels of a row that are computed in one pass over the weights."""

from math import gcd

_CACHE_PAGE = 4096
"""Bytes between addresses that share a set of the L1 cache."""
_CACHE_WAYS = 7
"""Lines per set of the cache, less one for the weights."""
MIN_ACCUMULATORS = 5
"""With fewer accumulators, the latency of a multiply-add limits the speed."""


def tile(length: int, most: int) -> int:
    """Pixels per tile, for a row of `length` pixels and at most `most` accumulators.

    A divisor of `length` where one is large enough, else the whole row if it fits, else the size
    that wastes the fewest pixels of the last tile.

    >>> [tile(length, 15) for length in (112, 56, 7, 3, 149, 17)]
    [14, 14, 7, 3, 15, 9]
    """
    divisors = [t for t in range(MIN_ACCUMULATORS, most + 1) if length % t == 0]
    if divisors:
        return divisors[-1]
    if length <= most:
        return length
    return min(range(min(8, most), most + 1), key=lambda t: (-length % t, -t))


def max_cached(step: int, most: int) -> int:
    """How many of at most `most` pixels, `step` bytes apart, fit into the cache at the same time.

    1024 channels are 4096 bytes: 14 such pixels evicted each other, and ResNet50's layers of 1024
    channels ran at half the rate of the others.

    >>> [max_cached(4 * channels, 15) for channels in (64, 512, 1024, 1000, 2048)]
    [15, 14, 7, 15, 7]
    """
    return min(most, _CACHE_WAYS * (_CACHE_PAGE // gcd(step, _CACHE_PAGE)))
