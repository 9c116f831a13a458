"""A case whose candidates are lists, and what several cases share, under pytest."""

from pathlib import Path

from harness.plugin.tests.conftest import Project
from harness.testing.tiny import write_case


def test_a_combination_that_a_stack_lacks_is_a_row_and_the_others_are_compared(
    project: Project,
) -> None:
    lists = "stack = 'fake'\ntarget = ['calm', 'shifted']\npipeline = ['default', 'packed']"
    done, rows = project("-v", candidates=(lists,))
    assert done.returncode == 1, done.stdout
    graph = rows[rows["scope"] == "graph"]
    assert dict(zip(graph["candidate"], graph["status"], strict=True)) == {
        "fake-calm": "match",
        "fake-calm-packed": "import_failed",
        "fake-shifted": "mismatch",
        "fake-shifted-packed": "import_failed",
    }
    (reason,) = set(rows[rows["status"] == "import_failed"]["reason"])
    assert "has no pipeline 'packed'" in reason
    assert "a table of its own in [[candidates]]" in reason


def test_the_shared_defaults_of_a_folder_are_no_case(project: Project, tmp_path: Path) -> None:
    path = write_case(tmp_path, candidates=("stack = 'fake'\ntarget = 'shifted'",))
    path.write_text(path.read_text().partition("[[candidates]]")[0])
    shared = path.with_name("defaults.toml")
    shared.write_text("[[candidates]]\nstack = 'fake'\ntarget = 'calm'\n")
    done, rows = project(case="as written")
    assert done.returncode == 0, done.stdout
    assert set(rows["candidate"]) == {"fake-calm"}
