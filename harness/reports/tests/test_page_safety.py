"""Text of a row is never markup or script, and the page fetches nothing."""

import json

from harness.reports import page
from harness.reports.tests.page_reading import HOSTILE, Reader, render, thumbnail, topk
from harness.results.machine import CpuFacts, MachineFacts
from harness.results.result import ExpectedRow, Result
from harness.results.row import Row
from harness.results.status import Status
from harness.testing.sample_rows import make_result, make_row, make_run


def test_hostile_text_is_shown_as_text() -> None:
    fields = {name: HOSTILE for name, info in Row.model_fields.items() if info.annotation is str}
    row = make_row(**{**fields, "scope": "graph"}, status=Status.MISMATCH, top1_equal=False)
    expected = ExpectedRow(
        case=HOSTILE, image="i", candidate="c", side="candidate", rank=1, label=HOSTILE, score=1
    )
    lines = topk("candidate", (1, 0.5, 0.4))
    lines = [line._replace(label=HOSTILE) for line in lines]
    result = Result(row=row, topk=tuple(lines), expected=(expected,), thumbnail=HOSTILE)
    run = make_run(
        command=HOSTILE,
        environment=MachineFacts(versions={HOSTILE: "1"}, cpu=CpuFacts(model=HOSTILE)),
    )
    run = run.model_copy(update={"programs": {HOSTILE: HOSTILE}, "remarks": (HOSTILE,)})
    html = page.render(run, [result])
    reader = Reader(html)
    assert [a.get("type") for a in reader.all("script")] == ["application/json", None], "our own"
    assert "alert(1)" in str(json.loads(html.split('id="data">')[1].split("</script>")[0]))
    assert not reader.all("img")
    assert not [a for _, a in reader.tags if any(name.startswith("on") for name in a)]
    assert "alert(1)" in reader.text
    assert "\u202e" not in html, "a name that turns the text around is spelled out"


def test_nothing_is_fetched() -> None:
    result = make_result(status=Status.MISMATCH, reason="see https://example.org/x")
    remote = result.model_copy(update={"thumbnail": "https://example.org/evil.png"})
    svg = result.model_copy(update={"thumbnail": "data:image/svg+xml;base64,PHN2Zy8+"})
    fine = result.model_copy(update={"thumbnail": thumbnail("red")})
    reader = Reader(render(result, remote, svg, fine))
    assert not reader.all("link")
    addresses = [
        value
        for tag, attributes in reader.tags
        for name, value in attributes.items()
        if name in ("src", "href", "action", "poster", "data", "xlink:href")
    ]
    assert all(address.startswith(("#", "data:image/jpeg;base64,")) for address in addresses)
    style = render().split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
