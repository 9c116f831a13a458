"""report.html for everyone: read by axe-core, light and dark, narrow and wide, with script off."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize

from harness.reports.page import render
from harness.reports.tests.page_reading import thumbnail, topk
from harness.reports.tests.test_overview import SINCE
from harness.results.capture import Capture
from harness.results.census import Census, Unchecked
from harness.results.changes import RowTrend
from harness.results.located_kernels import DrawnKernel, LocatedKernels, NearNode
from harness.results.result import ExpectedRow, Result
from harness.results.status import Status
from harness.testing.browser import browser, load, violations
from harness.testing.sample_rows import make_row, make_run

pytestmark = pytest.mark.xdist_group("browser")
RUN_NAMES = ("case", "image", "candidate", "scope")
_KERNEL = {"propagated": 1e-6, "reference_propagated": 2e-6, "reference_local": 1e-7, "limit": 1e-6}
LOCATED = LocatedKernels(
    verdict="faulty: conv_2",
    kernels=tuple(
        DrawnKernel(tensor=f"conv_{n}:0", local=10.0 ** (n - 7), faulty=n == 2, **_KERNEL)
        for n in range(3)
    ),
    near=(
        NearNode(name="a/long/name/of/a/node", op="Conv2D", attributes="padding = SAME",
                 reads=("image", "<b>kernel</b>"), faulty=True),
        NearNode(name="relu", op="Relu", attributes="", reads=("conv_2",), faulty=False),
    ),
    nodes_left_out=3,
)  # fmt: skip
PUBLISHED = ExpectedRow(case="c", image="i", candidate="r", side="reference", rank=1,
                        label="owl", score=0.5, source="a paper")  # fmt: skip


@pytest.fixture(scope="module")
def browsers() -> Iterator[Browser]:
    with browser() as started:
        yield started


def full_page() -> str:
    """A page with every part: changes, a matrix, a census, published scores, rows of each kind."""
    lines = [*topk("reference", (1, 0.5, 0.4), (2, 0.3, 0.3)), *topk("candidate", (2, 0.4, 0.5))]
    effects: dict[str, Any] = {"decode_effect": -0.1, "resize_effect": 0.1, "import_effect": 0.0}
    figures = {"reference_score": 0.5, "candidate_score": 0.4, "divergence": -0.1, "max_abs": 0.1}
    effects |= {"optimize_effect": 0.0, "explanation": "the decoder", **figures}
    results = [
        Result(
            row=make_row(
                status=status,
                candidate=f"c{n % 3}",
                known_failure="issue 7" if n % 5 == 0 else "",
                scope=("graph", "end_to_end")[n % 2],
                image=f"{status}.jpg",
                reason="a reason",
                log="logs/a.txt" if n % 4 == 0 else "",
                run_id="20260101T000000Z-000001",
                **effects,
            ),
            topk=tuple(lines),
            thumbnail=thumbnail("red"),
            expected=(PUBLISHED,) if n == 0 else (),
            capture=Capture(case={}, folder="/", reference_stack="tensorflow"),
            located=LOCATED if n == 0 else None,
        )
        for n, status in enumerate(Status)
    ]
    entry = Unchecked(kind="skipped", case="c", about="image *", comparisons=2, reason="no stack")
    row = results[0].row
    run = make_run(
        1,
        changes=(SINCE,),
        trends=(RowTrend(**{name: getattr(row, name) for name in RUN_NAMES}, line="▁█×"),),
        census=Census(comparisons=8, checked=6, entries=(entry,)),
        remarks=("Line 3 is half-written.",),
    )
    return render(run, results)


@pytest.mark.parametrize(
    ("scheme", "width", "scripted"),
    [*itertools.product(("light", "dark"), (420, 1600), (True,)), ("light", 420, False)],
)
def test_nothing_is_hard_to_reach_for_anyone(
    browsers: Browser, tmp_path: Path, scheme: Any, width: int, scripted: bool
) -> None:
    """What axe-core calls serious: contrast, names, order, roles; all details open."""
    file = tmp_path / "report.html"
    file.write_text(full_page().replace("<details", "<details open"), encoding="utf-8")
    size: ViewportSize = {"width": width, "height": 900}
    page = browsers.new_page(
        viewport=size, color_scheme=scheme, java_script_enabled=scripted, bypass_csp=True
    )
    load(page, file)
    parts = ("What changed", "Cases by candidates", "Published scores", "crashed",
             "Error of each kernel alone", "faulty: conv_2:0", "image, <b>kernel</b>",
             "3 more nodes are left out")  # fmt: skip
    for part in parts:
        assert page.get_by_text(part).first.is_visible()
    assert page.locator("#controls").is_visible() is scripted
    assert page.locator("#rows > tbody").count() == len(Status)
    if scripted:
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()
