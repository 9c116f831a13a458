"""How many neighbouring pixels of a row one pass over the weights computes."""

_FEWEST = 5
"""Accumulators below which the latency of a multiply-add shows."""


def tile(length: int, most: int) -> int:
    """Pixels to a tile, for a row of `length` and at most `most` accumulators.

    A divisor of the row where there is a long enough one, else the whole row, else what leaves the
    fewest idle pixels in the last tile.

    >>> [tile(length, 15) for length in (112, 56, 7, 3, 149, 17)]
    [14, 14, 7, 3, 15, 9]
    """
    divisors = [t for t in range(_FEWEST, most + 1) if length % t == 0]
    if divisors:
        return divisors[-1]
    if length <= most:
        return length
    return min(range(min(8, most), most + 1), key=lambda t: (-length % t, -t))
