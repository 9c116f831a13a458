"""The documents: their links resolve, and what the tree cites of them exists."""

import re
from pathlib import Path

import pytest

from harness.testing.fixtures import ROOT
from harness.testing.tox_sections import TOX, environments, sections

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("reports/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CITED = re.compile(r'docs/measured\.md,\s*"([^"]+)"')


def _anchor(heading: str) -> str:
    """How GitHub links to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _headings(path: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    return re.findall(r"^#+ (.+)$", text, re.MULTILINE)


def _citing() -> list[Path]:
    """Every file that can cite a fact."""
    patterns = "harness/**/*.py", "cases/*.toml", "*.toml", "*.ini", "*.md", "docs/*.md"
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern))


def _text(path: Path) -> str:
    """The file with line ends and the comment signs after them as single spaces."""
    return re.sub(r"\s*\n[ \t#]*", " ", path.read_text("utf-8"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(path: Path) -> None:
    for target in LINK.findall(path.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = path.parent / name if name else path
        assert file.exists(), f"{path.name} links to {target}"
        if anchor:
            assert anchor in map(_anchor, _headings(file)), f"{path.name} links to {target}"


def test_comments_cite_facts_that_are_there() -> None:
    cited = {(path.name, name) for path in _citing() for name in CITED.findall(_text(path))}
    headings = _headings(ROOT / "docs" / "measured.md")
    assert cited
    assert {(file, name) for file, name in cited if name not in headings} == set()


def test_a_citation_names_a_heading() -> None:
    """`docs/measured.md` alone says nothing about where; documents may link to the whole page."""
    code = [path for path in _citing() if path.suffix != ".md" and path.name != "test_docs.py"]
    vague = [path.name for path in code if re.search(r'docs/measured\.md(?!,\s*")', _text(path))]
    assert vague == []


def test_the_architecture_names_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rooms = {p.stem for p in (ROOT / "harness").iterdir() if p.suffix == ".py" or p.is_dir()}
    rooms -= {"__init__", "__pycache__"}
    assert {room for room in rooms if f"`{room}`" not in text} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_files_and_functions_that_exist(path: Path) -> None:
    text = path.read_text("utf-8")
    paths = [
        name for name in re.findall(r"\b(?:harness|cases)/[\w/.]*\w", text) if "NAME" not in name
    ]
    assert [name for name in paths if not (ROOT / name).exists()] == []
    names = re.findall(r"`(harness(?:\.\w+)+)", text)
    assert [name for name in names if not _is_there(name)] == []


def test_contributing_lists_every_tox_environment() -> None:
    """Of a section with factors, one environment at least is run there."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    used = {
        name
        for line in re.findall(r"^tox run -e (\S+)$", text, re.MULTILINE)
        for name in line.split(",")
    }
    declared = sections()
    assert [name for name, made in declared.items() if not used & set(made)] == []
    assert used <= environments()
    assert set(re.findall(r"^\| `([^` ]+)` \|", text, re.MULTILINE)) == set(declared)


def test_environments_that_drive_others_name_those_that_there_are() -> None:
    named = re.findall(r"--tox (\S+)", TOX)
    assert named
    assert set(named) <= environments()
    cases = re.findall(r"\{posargs:(cases/\S+)\}", TOX)
    assert [case for case in cases if not (ROOT / case).is_file()] == []


def _is_there(name: str) -> bool:
    """Whether a dotted name is a module, or a name that a module defines; nothing is imported."""
    path = ROOT.joinpath(*name.split("."))
    if path.is_dir() or path.with_suffix(".py").exists():
        return True
    module = path.parent / "__init__.py" if path.parent.is_dir() else path.parent.with_suffix(".py")
    pattern = rf'^(def|class) {path.name}\b|"{path.name}"'
    return module.exists() and bool(re.search(pattern, module.read_text("utf-8"), re.MULTILINE))
