"""Shares and their differences in words; what is not all never reads as 100 %."""

import math

from harness.reports.figures import ABSENT, MINUS

MOST_DECIMALS = 7


def percent_text(rate: float) -> str:
    """A share in percent, to three digits of it or of what is left to 100 %.

    >>> percent_text(0.99087), percent_text(0.751), percent_text(1.0), percent_text(0.0)
    ('99.087%', '75.1%', '100%', '0%')
    >>> percent_text(0.9999832), percent_text(2e-5), percent_text(math.nan)
    ('99.99832%', '0.00200%', '–')
    """
    if math.isnan(rate):
        return ABSENT
    if rate in (0, 1):
        return f"{rate:.0%}"
    return f"{100 * rate:.{_decimals(min(abs(rate), abs(1 - rate)))}f}%"


def points_text(difference: float) -> str:
    """A difference of two shares in percentage points, with its sign.

    >>> points_text(0.00712), points_text(-0.0004), points_text(0.0)
    ('+0.712', '−0.0400', '0')
    """
    if math.isnan(difference):
        return ABSENT
    if difference == 0:
        return "0"
    text = f"{100 * difference:+.{_decimals(abs(difference))}f}"
    return text.replace("-", MINUS)


def bound_text(rate: float) -> str:
    """A share that someone typed, in percent as short as it is.

    >>> bound_text(0.99), bound_text(0.005), bound_text(0.9995)
    ('99%', '0.5%', '99.95%')
    """
    return f"{100 * rate:.10g}%"


def range_text(low: float, high: float) -> str:
    """An interval of a share.

    >>> range_text(0.99, 1.0)
    '99.00% to 100%'
    """
    return ABSENT if math.isnan(low) else f"{percent_text(low)} to {percent_text(high)}"


def points_range_text(low: float, high: float) -> str:
    """An interval of a difference, in percentage points.

    >>> points_range_text(-0.001, 0.002)
    '−0.100 to +0.200'
    """
    return ABSENT if math.isnan(low) else f"{points_text(low)} to {points_text(high)}"


def count_text(number: int, noun: str) -> str:
    """A number of things, for the regular plural.

    >>> count_text(1, "image"), count_text(12000, "image")
    ('1 image', '12,000 images')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _decimals(smaller: float) -> int:
    return min(MOST_DECIMALS, max(1, 2 - math.floor(math.log10(100 * smaller)))) if smaller else 1
