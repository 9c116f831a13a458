"""Numbers as people read them: NaN is a dash, and a small number never reads as zero."""

import math

ABSENT = "–"
MINUS = "\N{MINUS SIGN}"
SMALL = 5e-5
"""Below this, five decimals keep fewer than one digit worth reading."""
WRITTEN_OUT = (1e3, 1e6)
"""Between these, three digits would need a power of ten; a whole number reads better."""


def score(value: float) -> str:
    """A score, to five decimals; smaller ones in powers of ten.

    >>> score(0.437196), score(2.1e-9), score(float("nan"))
    ('0.43720', '2.1e−9', '–')
    """
    if not math.isfinite(value):
        return _special(value)
    small = 0 < abs(value) < SMALL
    return _pretty(f"{value:.1e}" if small else f"{value:.5f}")


def signed(value: float) -> str:
    """A divergence with its sign.

    >>> signed(0.03668), signed(-3.1e-7), signed(0.0)
    ('+0.03668', '−3.1e−7', '0')
    """
    if value == 0:
        return "0"
    return f"+{score(value)}" if value > 0 else score(value)


def magnitude(value: float) -> str:
    """A figure to three significant digits, written out between 1e-4 and a million.

    >>> magnitude(0.04549), magnitude(2.98e-7), magnitude(1546.2), magnitude(1234567.0)
    ('0.0455', '2.98e−7', '1,546', '1.23e6')
    """
    if not math.isfinite(value):
        return _special(value)
    return _pretty(
        f"{value:,.0f}" if WRITTEN_OUT[0] <= abs(value) < WRITTEN_OUT[1] else f"{value:.3g}"
    )


def near_one(value: float) -> str:
    """A cosine or a share: what is not 1 never reads 1.

    >>> near_one(1.0), near_one(0.97531), near_one(1 - 3e-10)
    ('1', '0.97531', '1 − 3.00e−10')
    """
    if not math.isfinite(value):
        return _special(value)
    gap = 1 - value
    if gap == 0:
        return "1"
    if 0 < gap < SMALL:
        return f"1 {MINUS} {_pretty(f'{gap:.2e}')}"
    return _pretty(f"{value:.5f}")


def whole(value: float) -> str:
    """A count in units, for example of ULP, with thousands apart.

    >>> whole(5500000.0), whole(None)
    ('5,500,000', '–')
    """
    if value is None or not math.isfinite(value):
        return ABSENT if value is None else _special(value)
    return f"{value:,.0f}"


def duration(value: float, unit: str) -> str:
    """A time with its unit, to three digits.

    >>> duration(12.345, "ms"), duration(float("nan"), "s")
    ('12.3 ms', '–')
    """
    return f"{magnitude(value)} {unit}" if math.isfinite(value) else _special(value)


def clipped(text: str, limit: int) -> str:
    """Text cut to a length, with an ellipsis where it was.

    >>> clipped("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _special(value: float) -> str:
    if math.isnan(value):
        return ABSENT
    return "∞" if value > 0 else f"{MINUS}∞"


def _pretty(text: str) -> str:
    """`3.10e-07` → `3.10e−7`, with real minus signs."""
    head, mark, power = text.partition("e")
    tail = f"e{int(power)}" if mark else ""
    return (head + tail).replace("-", MINUS)
