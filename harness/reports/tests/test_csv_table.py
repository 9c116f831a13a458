"""Rows as CSV text, and what pandas makes of it."""

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.reports.csv_table import to_csv
from harness.results.row import Row
from harness.testing.sample_rows import make_row


def bits(value: float) -> bytes:
    return struct.pack("d", value)


@settings(deadline=None, database=None)
@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_floats_come_back_from_pandas_bit_for_bit(values: list[float]) -> None:
    pandas = pytest.importorskip("pandas")
    # 0.5 keeps the column one of floats: a column of "-0" alone is read as integers.
    rows = [make_row(max_abs=value) for value in [*values, 0.5]]
    table = pandas.read_csv(_text(to_csv(Row, rows)))
    assert [bits(v) for v in table["max_abs"]] == [bits(v) for v in [*values, 0.5]]


def test_nan_is_empty_integers_have_no_point_and_booleans_are_words() -> None:
    text = to_csv(Row, [make_row(k=5, top1_equal=True, topk_order_equal=None)])
    cells = dict(zip(*(line.split(",") for line in text.splitlines()), strict=True))
    assert (cells["k"], cells["top1_equal"], cells["topk_order_equal"]) == ("5", "True", "")
    assert (cells["max_abs"], cells["status"]) == ("", "match")


@settings(deadline=None, database=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
def test_any_text_stays_in_its_field(text: str) -> None:
    pandas = pytest.importorskip("pandas")
    content = to_csv(Row, [make_row(reason=text, k=1), make_row(k=2)])
    table = pandas.read_csv(_text(content), keep_default_na=False)
    assert list(table["reason"]) == [text, ""]
    assert list(table["k"]) == [1, 2]


def test_columns_are_those_of_the_row_in_their_order() -> None:
    header = to_csv(Row, []).splitlines()[0].split(",")
    assert header == Row.columns()
    assert header[:5] == ["case", "image", "candidate", "scope", "status"]


def _text(content: str) -> io.BytesIO:
    # Bytes, as from a file: text mode would turn a carriage return into a newline.
    return io.BytesIO(content.encode())
