"""A regression of the last run stands in its report, beside what the baseline says."""

from pathlib import Path

from harness.plugin.tests.conftest import CALM, FAKE, Project
from harness.reports.tests.page_reading import Reader, words
from harness.testing.fixtures import RunCommand

PROD = "\nname = 'prod'"


def overview(project: Path) -> str:
    """The text of the newest report above the summary, and the page of all runs behind it."""
    text = words((project / "reports" / "latest" / "report.html").read_text("utf-8"))
    return text[: text.index("Worst row of each case")]


def test_an_injected_regression_is_named_in_the_overview(
    project: Project, tmp_path: Path, parity: RunCommand
) -> None:
    project(candidates=(CALM + PROD,))
    assert "What changed" not in overview(tmp_path)
    assert parity("accept", "latest").returncode == 0
    done, _ = project(candidates=(CALM + PROD,))
    assert done.returncode == 0, done.stdout
    assert overview(tmp_path).count("Nothing changed; 2 unchanged.") == 2
    done, rows = project(candidates=(FAKE.format("shifted") + PROD,))
    assert done.returncode == 1
    assert set(rows.status) == {"mismatch"}
    text = overview(tmp_path)
    assert "Since the baseline 2 regressed" in text
    assert "Regressions: passed, and fail now (2)" in text
    for scope in rows.scope:
        assert f"cases/tiny a.jpg prod {scope} match → mismatch: " in text
    assert text.index("Since the baseline") < text.index("Since run")
    index = Reader((tmp_path / "reports" / "index.html").read_text("utf-8"))
    assert len(index.all("a")) == 3
    assert "Newest run: 2 fail" in index.text
    markdown = parity("report", "reports/latest", "--format", "markdown").stdout
    assert "Since the baseline: 2 regressed" in markdown


def test_a_regression_that_recovers_is_an_improvement(project: Project, tmp_path: Path) -> None:
    project(candidates=(FAKE.format("shifted") + PROD,))
    project(candidates=(CALM + PROD,))
    assert "Improvements: failed, and pass now (2)" in overview(tmp_path)
