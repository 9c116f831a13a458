"""The Jinja templates of the pages, with their style sheet, script and filters."""

import base64
import hashlib
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from harness.reports import figures
from harness.reports.logs import is_log_path
from harness.reports.page_data import (
    EXPLANATION_LENGTH,
    KNOWN_TITLES,
    MARKS,
    REASON_LENGTH,
    line_explanation,
)
from harness.reports.page_text import breakable, script_json
from harness.results.kinds import KINDS, kind_of
from harness.results.printable import printable

LOADER = PackageLoader("harness.reports", "templates")
FILTERS = ("score", "signed", "magnitude", "near_one", "whole", "duration", "clipped")
"""Functions of `figures` that the template uses."""
WARNINGS = 5
"""Notes on the run that stand above everything; more are folded away."""
KIND_NAMES = {
    "passing": "passing",
    "failing": "failing",
    "skipped": "skipped",
    "known": "known failure",
}


def page_template(name: str = "page.html.jinja") -> Template:
    """A template of report.html's look.

    Everything that is put in is escaped, and control characters are written out.
    """
    return page_environment().get_template(name)


@cache
def page_environment() -> Environment:
    """Where the templates are made: filters, style sheet and script. An overlay adds to it."""
    environment = Environment(
        loader=LOADER,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_visible,
    )
    script = _source(environment, "page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment.filters |= {name: getattr(figures, name) for name in FILTERS}
    environment.filters |= {"breakable": breakable, "script_json": script_json}
    environment.globals |= {
        "css": Markup(_source(environment, "page.css")),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own file
        "script_digest": digest,
        "kinds": KINDS,
        "most_warnings": WARNINGS,
        "kind_names": KIND_NAMES,
        "marks": MARKS,
        "kind_of": kind_of,
        "is_log_path": is_log_path,
        "line_explanation": line_explanation,
        "known_titles": KNOWN_TITLES,
        "reason_length": REASON_LENGTH,
        "explanation_length": EXPLANATION_LENGTH,
    }
    return environment


def _visible(value: object) -> object:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _source(environment: Environment, name: str) -> str:
    return LOADER.get_source(environment, name)[0]
