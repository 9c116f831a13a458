"""How far the scores of compared images differ: quantiles, a curve, the worst classes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.sweep.arrays import NO_CLASS, class_numbers, flags, known, numbers, texts

QUANTILES = {"50%": 0.5, "90%": 0.9, "99%": 0.99, "99.9%": 0.999, "all": 1.0}
"""Share of the images → the quantile that so many of them do not exceed."""
FIGURES = ("max_abs", "atol_needed", "error_ratio")
"""Columns of which quantiles are given."""
OF_CLOSER_LOOKS = ("error_ratio",)
"""Those that need float64 truth, which a sweep asks for some rows alone."""
CURVE = 200
"""Points of a cumulative curve; 10 more are within its last percent."""
CLASSES = 10
"""Classes of each list."""
FEWEST = 10
"""Images of a class from which its median counts among the largest."""
SAMPLE = "sample"
"""`closer_look` of the random sample."""


@dataclass(frozen=True)
class FigureQuantiles:
    """Quantiles of one figure; none lies between two measured values."""

    figure: str
    """Name of the column."""
    levels: tuple[float, ...]
    """By QUANTILES; NaN where nothing was measured."""
    measured: int
    """Images that have the figure and are counted."""
    asked: int
    """Images that could be counted."""
    sampled: bool
    """Whether these are the images of the random sample, as not every image has the figure."""


@dataclass(frozen=True)
class CurvePoint:
    """So large a share of the images has at most this divergence."""

    value: float
    """Largest |candidate − reference| of an image, in score units."""
    share: float
    """Above 0, up to 1."""


@dataclass(frozen=True)
class ClassDivergence:
    """The images of one class."""

    index: int
    """The true class, or the reference's top-1 class where no true classes are known."""
    images: int
    """Compared images of it."""
    flips: int
    """Those of them whose top-1 class differs."""
    median: float
    """Median of their max_abs."""
    largest: float
    """Largest of their max_abs."""


def quantiles_of(compared: pd.DataFrame) -> tuple[FigureQuantiles, ...]:
    """Of each figure, over the rows that have it.

    Where rows with a closer look alone have it, the rows of the random sample count and no others:
    they would be those that look worst.
    """
    return tuple(_quantiles(name, compared) for name in FIGURES)


def _quantiles(name: str, compared: pd.DataFrame) -> FigureQuantiles:
    values, found = numbers(compared, name), known(compared, name)
    sampled = name in OF_CLOSER_LOOKS and not found.all()
    asked = texts(compared, "closer_look") == SAMPLE if sampled else np.ones_like(found)
    counted = values[asked & found]
    levels = list(QUANTILES.values())
    result = (
        np.quantile(counted, levels, method="inverted_cdf")
        if len(counted)
        else np.full(len(levels), np.nan)
    )
    every = tuple(float(value) for value in result)
    return FigureQuantiles(name, every, len(counted), int(asked.sum()), sampled)


def curve_of(compared: pd.DataFrame) -> tuple[CurvePoint, ...]:
    """The cumulative distribution of max_abs, at most CURVE + 10 points, whatever the images."""
    values = np.sort(numbers(compared, "max_abs")[known(compared, "max_abs")])
    if not len(values):
        return ()
    levels = np.concatenate([np.linspace(0, 1, CURVE + 1)[1:], 1 - np.geomspace(1e-2, 1e-5, 10)])
    places = np.unique(np.clip(np.ceil(levels * len(values)).astype(int), 1, len(values)))
    return tuple(
        CurvePoint(float(values[place - 1]), float(place / len(values))) for place in places
    )


def classes_of(
    compared: pd.DataFrame,
) -> tuple[tuple[ClassDivergence, ...], tuple[ClassDivergence, ...]]:
    """The classes with the most flips, then those with the largest median; CLASSES each at most.

    A class of fewer than FEWEST images has no median worth a place, unless all are so small.
    """
    column = "true_class" if known(compared, "true_class").any() else "top1_class"
    index = class_numbers(compared, column)
    found = _by_class(index, numbers(compared, "max_abs"), ~flags(compared, "top1_equal"))
    found = [one for one in found if one.index != NO_CLASS]
    flipped = sorted((one for one in found if one.flips), key=lambda one: (-one.flips, one.index))
    large = [one for one in found if one.images >= FEWEST] or found
    large = sorted(large, key=lambda one: (-one.median, one.index))
    return tuple(flipped[:CLASSES]), tuple(large[:CLASSES])


def _by_class(
    index: NDArray[np.int64], values: NDArray[np.float64], flipped: NDArray[np.bool_]
) -> list[ClassDivergence]:
    """A line a class, by number."""
    grouped = pd.DataFrame({"value": values, "flipped": flipped}).groupby(index)
    columns = (
        grouped.size(),
        grouped["flipped"].sum(),
        grouped["value"].median(),
        grouped["value"].max(),
    )
    return [
        ClassDivergence(int(name), int(images), int(flips), float(median), float(largest))
        for name, images, flips, median, largest in zip(
            columns[0].index, *(column.to_numpy() for column in columns), strict=True
        )
    ]
