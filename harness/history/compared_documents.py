"""A comparison of two runs as Markdown for a pull request, and as a page of its own."""

from functools import cache

from jinja2 import Environment, Template

from harness.history.compared_lines import headline, sections
from harness.history.comparison import RunComparison
from harness.results.markdown_text import plain
from harness.results.printable import printable

SHOWN = 50
"""Lines of a section in Markdown; a pull request's comment is short."""
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ headline }}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em; }
td { padding: .2em 1em .2em 0; vertical-align: top; overflow-wrap: anywhere; }
.regressions h2, .causes h2 { color: #c62828; }
.improvements h2 { color: #2e7d32; }
</style></head><body>
<h1>{{ headline }}</h1>
{% for section in sections %}
<section class="{{ section.name }}"><h2>{{ section.heading }} ({{ section.lines | length }})</h2>
<table>{% for about, text in section.lines %}
<tr><td>{{ about }}</td><td>{{ text }}</td></tr>{% endfor %}
</table></section>
{% endfor %}
</body></html>
"""


def as_markdown(found: RunComparison) -> str:
    """Headings and lists; what comes from case files and programs is never markup."""
    lines = [f"**{plain(headline(found))}**"]
    for section in sections(found):
        lines += ["", f"### {section.heading} ({len(section.lines)})", ""]
        lines += [f"- {plain(about)}: {plain(text)}" for about, text in section.lines[:SHOWN]]
        rest = len(section.lines) - SHOWN
        lines += [f"- … and {rest} more"] if rest > 0 else []
    return "\n".join(lines)


def as_page(found: RunComparison) -> str:
    """One self-contained HTML page without script; everything put in is escaped."""
    return _template().render(headline=headline(found), sections=sections(found))


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, finalize=_visible)
    return environment.from_string(_PAGE)


def _visible(value: object) -> object:
    return printable(value) if isinstance(value, str) else value
