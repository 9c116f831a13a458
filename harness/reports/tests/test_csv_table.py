"""Rows as CSV text, and what pandas makes of it."""

import io
import re
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.reports.csv_table import header, text_of, to_csv
from harness.reports.tables import ROWS
from harness.results.result import Result
from harness.results.row import Row
from harness.testing.sample_rows import make_row


def bits(value: float) -> bytes:
    return struct.pack("d", value)


@settings(deadline=None, database=None)
@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_floats_come_back_from_pandas_bit_for_bit(values: list[float]) -> None:
    pandas = pytest.importorskip("pandas")
    rows = [make_row(max_abs=value) for value in values]
    table = pandas.read_csv(_text(csv_of(*rows)))
    assert table["max_abs"].dtype == "float64", "whole numbers too"
    assert [bits(v) for v in table["max_abs"]] == [bits(v) for v in values]


def test_nan_is_empty_integers_have_no_point_and_booleans_are_words() -> None:
    text = csv_of(make_row(k=5, top1_equal=True, topk_order_equal=None))
    cells = dict(zip(*(line.split(",") for line in text.splitlines()), strict=True))
    assert (cells["k"], cells["top1_equal"], cells["topk_order_equal"]) == ("5", "True", "")
    assert (cells["max_abs"], cells["status"]) == ("", "match")


@settings(deadline=None, database=None)
@given(st.text(max_size=30) | st.text("'=+-@\t\r\n\\xu01\x1b\u202e", max_size=8))
def test_any_text_comes_back_and_nothing_in_its_cell_acts(text: str) -> None:
    pandas = pytest.importorskip("pandas")
    text = re.sub("[\ud800-\udfff]", "", text)
    content = csv_of(make_row(reason=text, k=1), make_row(k=2))
    table = pandas.read_csv(_text(content), keep_default_na=False)
    assert [text_of(found) for found in table["reason"]] == [text, ""]
    assert list(table["k"]) == [1, 2]
    shown = table["reason"][0]
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


def test_half_a_surrogate_pair_is_written_out() -> None:
    """Python makes one of each byte of a file's name that is no UTF-8; no file can hold it."""
    assert "photo-\\udcff.jpg" in csv_of(make_row(reason="photo-\udcff.jpg"))


def test_numbers_below_zero_are_no_formulas() -> None:
    (line,) = csv_of(make_row(divergence=-0.5)).splitlines()[1:]
    assert "-0.5" in line.split(",")


def test_columns_are_those_of_the_row_in_their_order() -> None:
    header = csv_of().splitlines()[0].split(",")
    assert header == Row.columns()
    assert header[:5] == ["case", "image", "candidate", "scope", "status"]


def csv_of(*rows: Row) -> str:
    return header(ROWS) + to_csv(ROWS, ROWS.values([Result(row=row) for row in rows]))


def _text(content: str) -> io.BytesIO:
    # Bytes, as from a file: text mode would turn a carriage return into a newline.
    return io.BytesIO(content.encode())
