"""Pages for the tests, and what a browser would make of them."""

import base64
import io
import json
import re
from html.parser import HTMLParser
from typing import Any

from PIL import Image

from harness.reports import page
from harness.results.result import Result, TopkRow
from harness.testing.sample_rows import make_run

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e'


class Reader(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] not in ("style", "script"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def words(html: str) -> str:
    """The text of a page, cells and lines apart by one space."""
    return " ".join(Reader(re.sub(r"(?=<(?:t[dhr]|p|h\d|li|summary)\b)", " ", html)).text.split())


def render(*results: Result, **options: Any) -> str:
    return page.render(make_run(), results, **options)


def thumbnail(colour: str) -> str:
    content = io.BytesIO()
    Image.new("RGB", (20, 10), colour).save(content, "JPEG")
    return "data:image/jpeg;base64," + base64.b64encode(content.getvalue()).decode()


def topk(side: str, *ranked: tuple[int, float, float]) -> list[TopkRow]:
    return [
        TopkRow(side, rank, i, f"label {i}", own, other)
        for rank, (i, own, other) in enumerate(ranked, 1)
    ]


def data_of(html: str) -> dict[str, Any]:
    """What the page's script works with."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html)
    assert found
    return dict(json.loads(found[1]))


def shown(data: dict[str, Any], column: str, row: int) -> str:
    """What the script writes into one column of one row, from 0, worst first."""
    return str(data["strings"][data["texts"][column][row]])


def order_in(html: str) -> list[str]:
    """The statuses of the rows that are HTML, in their order."""
    return re.findall(r'<tbody id="row-[1-9]\d*" class="\w+" data-status="(\w+)"', html)
