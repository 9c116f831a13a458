"""Columns of a sweep's table as NumPy arrays, one value a row."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NO_CLASS = -1
"""Stands for a class that is not known."""


def flags(table: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    """A column of truth values; what was not measured is False."""
    return table[name].to_numpy(dtype=bool, na_value=False)


def known(table: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    """Whether a column has a value."""
    return table[name].notna().to_numpy(dtype=bool)


def numbers(table: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """A column of figures; what was not measured is NaN."""
    return table[name].to_numpy(dtype=np.float64, na_value=np.nan)


def class_numbers(table: pd.DataFrame, name: str) -> NDArray[np.int64]:
    """A column of class indices; NO_CLASS where there is none."""
    return table[name].to_numpy(dtype=np.int64, na_value=NO_CLASS)


def texts(table: pd.DataFrame, name: str) -> NDArray[np.object_]:
    """A column of text; what is missing is empty."""
    return table[name].fillna("").to_numpy(dtype=object)
