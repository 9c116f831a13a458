"""Shares and their differences in words; what is not all never reads as 100 %."""

import math

from harness.reports.figures import ABSENT, MINUS, magnitude

LEAST_DECIMALS, MOST_DECIMALS = 2, 7
"""Of a figure in percent."""
HALF = 0.5


def percent_text(rate: float) -> str:
    """A share in percent, to three digits of it or of what is left to 100 %.

    >>> percent_text(0.99087), percent_text(0.751), percent_text(1.0), percent_text(0.0)
    ('99.087%', '75.10%', '100%', '0%')
    >>> percent_text(0.9999832), percent_text(2e-5), percent_text(math.nan)
    ('99.99832%', '0.00200%', '–')
    """
    if math.isnan(rate):
        return ABSENT
    return _percent(rate, _decimals(min(abs(rate), abs(1 - rate))))


def points_text(difference: float) -> str:
    """A difference of two shares in percentage points, with its sign.

    >>> points_text(0.00712), points_text(-0.0004), points_text(0.0)
    ('+0.712', '−0.0400', '0')
    """
    if math.isnan(difference):
        return ABSENT
    return _points(difference, _decimals(abs(difference)))


def bound_text(rate: float) -> str:
    """A share that someone typed, in percent as short as it is.

    >>> bound_text(0.99), bound_text(0.005), bound_text(0.9995)
    ('99%', '0.5%', '99.95%')
    """
    return f"{100 * rate:.10g}%"


def range_text(low: float, high: float) -> str:
    """An interval of a share, to three digits of its width.

    >>> range_text(0.98919, 0.99093), range_text(0.999963, 1.0), range_text(0.74381, 0.9)
    ('98.919% to 99.093%', '99.99630% to 100%', '74.38% to 90.00%')
    """
    if math.isnan(low):
        return ABSENT
    decimals = _decimals(high - low)
    return f"{_percent(low, decimals)} to {_percent(high, decimals)}"


def points_range_text(low: float, high: float) -> str:
    """An interval of a difference, in percentage points, to three digits of its width.

    >>> points_range_text(-0.001, 0.002)
    '−0.100 to +0.200'
    """
    if math.isnan(low):
        return ABSENT
    decimals = _decimals(high - low)
    return f"{_points(low, decimals)} to {_points(high, decimals)}"


def signed_magnitude(value: float) -> str:
    """A figure to three digits, with its sign.

    >>> signed_magnitude(0.000196), signed_magnitude(-3.27e-6), signed_magnitude(0.0)
    ('+0.000196', '−3.27e−6', '0')
    """
    return f"+{magnitude(value)}" if value > 0 else magnitude(value)


def count_text(number: int, noun: str) -> str:
    """A number of things, for the regular plural.

    >>> count_text(1, "image"), count_text(12000, "image")
    ('1 image', '12,000 images')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _percent(rate: float, decimals: int) -> str:
    """So many decimals, or as many as keep a share that is neither 0 nor 1 from reading as such."""
    if rate in (0, 1):
        return f"{rate:.0%}"
    for more in range(decimals, MOST_DECIMALS + 1):
        text = f"{100 * rate:.{more}f}"
        if float(text) not in (0, 100):
            return f"{text}%"
    return "under 0.0000001%" if rate < HALF else "over 99.9999999%"


def _points(difference: float, decimals: int) -> str:
    if difference == 0:
        return "0"
    return f"{100 * difference:+.{decimals}f}".replace("-", MINUS)


def _decimals(size: float) -> int:
    """Of a figure in percent, for three digits of `size`."""
    if not size:
        return LEAST_DECIMALS
    wanted = 2 - math.floor(math.log10(100 * size))
    return min(MOST_DECIMALS, max(LEAST_DECIMALS, wanted))
