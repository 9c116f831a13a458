"""A run and its rows → JUnit XML: a test suite a case, a test case a row.

pytest's own --junitxml has an item's scopes in one test case; here each row has its own, so that a
service that reads JUnit shows rows of merged runs, and of `parity check`, too.
"""

from collections.abc import Sequence
from itertools import groupby
from math import isnan
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from harness.results.kinds import kind_of
from harness.results.printable import printable
from harness.results.result import Result
from harness.results.row import Row
from harness.results.run_record import RunRecord

FIGURES = ("reference_score", "candidate_score", "divergence", "max_abs", "error_ratio")
"""Columns that become properties of a test case, where they are known."""


def as_junit(run: RunRecord, results: Sequence[Result]) -> str:
    """The document; a known failure is a skipped test case, as pytest has it."""
    root = Element("testsuites", name=f"parity {run.id}")
    rows = sorted((result.row for result in results), key=lambda row: row.case)
    for case, members in groupby(rows, lambda row: row.case):
        _add_suite(root, case, list(members))
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _add_suite(root: Element, case: str, rows: Sequence[Row]) -> None:
    kinds = [kind_of(row) for row in rows]
    skipped = kinds.count("skipped") + kinds.count("known")
    counts = {"tests": len(rows), "failures": kinds.count("failing"), "skipped": skipped}
    suite = SubElement(root, "testsuite", name=printable(case), errors="0")
    suite.attrib.update({name: str(number) for name, number in counts.items()})
    for row in rows:
        _add_row(suite, row)


def _add_row(suite: Element, row: Row) -> None:
    name = f"{row.image}[{row.candidate}] {row.scope}"
    found = SubElement(suite, "testcase", classname=printable(row.case), name=printable(name))
    kept = SubElement(found, "properties")
    SubElement(kept, "property", name="status", value=str(row.status))
    for column in FIGURES:
        value = getattr(row, column)
        if not isnan(value):
            SubElement(kept, "property", name=column, value=f"{value:.17g}")
    kind, reason = kind_of(row), printable(row.reason)
    message = f"{row.status}: {reason}"
    if kind == "failing":
        SubElement(found, "failure", type=str(row.status), message=message).text = (
            f"{reason}\nrule: {printable(row.rule)}" if row.rule else reason
        )
    elif kind != "passing":
        known = f"known failure: {printable(row.known_failure)}; " if kind == "known" else ""
        SubElement(found, "skipped", message=f"{known}{message}")
