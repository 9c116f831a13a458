"""A megabyte of anything is a case or an error, in bounded time and memory."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cases.case_file import MAX_CASE_BYTES, MAX_PROBLEMS, load
from harness.cases.tests.base_case import BASE
from harness.cases.toml_bounds import MAX_DEPTH, MAX_MARKS, MAX_PARTS
from harness.errors import CaseError
from harness.testing.fixtures import ROOT
from harness.testing.machine_speed import within

CPU_S, RSS_MIB, MESSAGE = 1.0, 300.0, 20_000

MEASURE = """
import json, os, resource, sys
from pathlib import Path
from harness.cases.asset_sections import Asset, Labels
from harness.cases.case_file import load
from harness.errors import ParityError
from harness.inputs import labels

def read(path):
    if path.suffix == ".toml":
        return load(path)
    asset = Asset(path=str(path))
    both = {"label_map": asset, "synsets": asset}
    names = Labels(**both) if path.suffix == ".pbtxt" else Labels(names=asset)
    return labels.load(names, lambda asset: Path(asset.path))

for name in sys.argv[1:]:
    if not (child := os.fork()):
        try:
            read(Path(name))
            message = "accepted"
        except ParityError as error:
            message = str(error)
        used = resource.getrusage(resource.RUSAGE_SELF)
        cpu, rss = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
        print(json.dumps([name, cpu, rss, len(message), message[:200]]), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""
"""Reads each file in a process of its own, and says what that took."""


def _filled(before: str, unit: str, after: str = "", size: int = MAX_CASE_BYTES) -> bytes:
    return (before + unit * ((size - len(before) - len(after)) // len(unit)) + after).encode()


def _numbered(before: str, unit: str, after: str = "", count: int = 200_000) -> bytes:
    """`unit` with a number in place of `%`, as often as fits."""
    lines, size = [before], len(before) + len(after)
    for number in range(count):
        lines.append(unit.replace("%", str(number)))
        size += len(lines[-1])
        if size > MAX_CASE_BYTES:
            return "".join([*lines[:-1], after]).encode()
    return "".join([*lines, after]).encode()


CONTENTS = {
    "dotted key": _filled("", "a.", "a=1"),
    "quoted dotted key": _filled("", '"a".', "a=1"),
    "dotted keys": _numbered("", "k%" + ".b" * 13 + "=1\n"),
    "dotted keys within bounds": _numbered("", "k%" + ".b" * 14 + "=1\n", count=1800),
    "short keys": _numbered("", "k%=1\n"),
    "short keys within bounds": _numbered("", "k%=1\n", count=MAX_MARKS // 2 - 1),
    "huge keys": _numbered("", "k%" + "b" * 10_000 + "=1\n"),
    "huge key": _filled("", "a", "=1"),
    "deep array": _filled("a=", "["),
    "array": _filled("scopes=[", "1,", "]"),
    "array within bounds": ("scopes=[" + "1," * (MAX_MARKS - 10) + "]").encode(),
    "inline tables": _numbered("model={", "k%=1,", "z=1}"),
    "inline tables within bounds": _numbered("model={", "k%=1,", "z=1}", MAX_MARKS // 2 - 9),
    "nested inline tables": _filled("", "a={"),
    "tables": _numbered("", "[t%]\n"),
    "tables within bounds": _numbered("", "[t%]\n", count=MAX_MARKS // 3 - 1),
    "deep tables": _numbered("", "[t%" + ".b" * 14 + "]\n"),
    "deep tables within bounds": _numbered("", "[t%" + ".b" * 14 + "]\n", count=1700),
    "images": _filled("", "[[images]]\n"),
    "images within bounds": _numbered("[model]\npath='m'\n", "[[images]]\npath='%'\n", count=4200),
    "candidates within bounds": (BASE + "[[candidates]]\n" * 5900).encode(),
    "wrong pass_config": _numbered(
        BASE + "[[candidates]]\n[candidates.pass_config]\n", "'a%'=[]\n", count=7000
    ),
    "huge string": _filled("description='", "a", "'\n" + BASE),
    "huge escapes": _filled('description="', "\\n", '"\n'),
    "huge string of lines": _filled('description="""', "a\n", '"""\n'),
    "huge string of quotes": _filled('description="""', 'a""', '"""\n'),
    "huge number": _filled("k=", "9"),
    "newlines": _filled("", "\n"),
    "comments": _filled("", "#\n"),
    "spaces": _filled("", " "),
    "zeros": bytes(MAX_CASE_BYTES),
    "binary": bytes(range(256)) * (MAX_CASE_BYTES // 256),
}
LABELS = {
    "lines.txt": _filled("", "a\n", size=2 << 20),
    "emoji.txt": "😀\n".encode() * ((2 << 20) // 5),
    "array.json": _filled("[", '"",', '"a"]', size=2 << 20),
    "nested.json": _filled("[", "[],", "[]]", size=2 << 20),
    "deep.json": _filled("", "[", size=2 << 20),
    "object.json": _numbered("{", '"%":"a",', '"a":"a"}'),
    "binary.txt": bytes(range(256)) * (8 << 10),
    "synsets.pbtxt": _filled("", "a\tb\n", size=2 << 20),
    "open.pbtxt": _filled("a\tb\n", "entry{", size=2 << 20),
    "comments.pbtxt": _filled("a\tb\n", " #\n", size=2 << 20),
}


def test_a_megabyte_of_anything_is_read_in_bounded_time_and_memory(tmp_path: Path) -> None:
    contents = {f"{name}.toml": content for name, content in CONTENTS.items()} | LABELS
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *contents],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [name for name, *_ in found] == list(contents), done.stderr
    beyond = [
        [name, cpu, rss, length, message]
        for name, cpu, rss, length, message in found
        if not within(cpu, CPU_S) or rss > RSS_MIB or length > MESSAGE
    ]
    assert beyond == []


def test_a_thousand_wrong_keys_are_ten_problems_and_a_count(refused: Callable[[str], str]) -> None:
    message = refused("".join(f"wrong{i} = 1\n" for i in range(1000)) + BASE)
    lines = message.splitlines()
    assert len(lines) == MAX_PROBLEMS + 1
    assert lines[0].startswith("tiny.toml:1: unknown key 'wrong0'")
    assert lines[-1] == "and 990 more"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a." * MAX_PARTS + "a = 1\n", f"a key of {MAX_PARTS + 1} parts"),
        ("[" + "a . " * MAX_PARTS + "a]\n", f"a key of {MAX_PARTS + 1} parts"),
        ("a = " + "[" * (MAX_DEPTH + 1), f"{MAX_DEPTH + 1} brackets inside each other"),
        ("a = 1\n" * MAX_MARKS, "Name many images by a glob"),
    ],
)
def test_what_is_beyond_a_bound_is_refused_with_the_bound(
    refused: Callable[[str], str], text: str, words: str
) -> None:
    message = refused(text)
    assert message.startswith("tiny.toml: ")
    assert words in message


@pytest.mark.parametrize(
    "string", ["'{}'", '"{}"', "'''{}'''", '"""{}"""', '"""{}""\\""""', '""""{}"""']
)
def test_what_stands_in_strings_and_comments_is_not_counted(
    case_file: Callable[[str], Path], string: str
) -> None:
    text = "[" * 20 + "." * 20
    path = case_file(f"description = {string.format(text)} # {text}\n{BASE}")
    assert text in load(path).description


def test_a_pipe_is_no_case_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(CaseError, match="no regular file"):
        load(tmp_path / "pipe.toml")
