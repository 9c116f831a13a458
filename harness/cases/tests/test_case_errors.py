"""How a mistake in a case file is reported: its line, what was expected, what was found."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cases.case import json_schema
from harness.cases.case_file import MAX_CASE_BYTES, load
from harness.cases.section import Section
from harness.cases.tests.base_case import BASE
from harness.errors import CaseError

UNKNOWN = [
    ("colour = 1\n" + BASE, 1, "'colour'", "description, model, images"),
    (BASE + "colour = 1\n", 5, "'colour' in [images.0]", "path, url"),
    (BASE.replace("'m.pb'", "'m.pb'\ninpt = 'x'"), 3, "'inpt' in [model]", "input, output"),
    (BASE + "[[images]]\npaht = 'b'\n", 6, "'paht' in [images.1]", "path, url"),
    (BASE + "[labels]\nname = 'b'\n", 6, "'name' in [labels]", "names, label_map, synsets"),
    (BASE + "[labels.names]\npth = 'b'\n", 6, "'pth' in [labels.names]", "path, url"),
    (BASE + "[labels]\nnames = {pth = 'b'}\n", 6, "'pth' in [labels.names]", "path, url"),
    (BASE + "[preprocess]\nsise = [1]\n", 6, "'sise' in [preprocess]", "decoder, exif, size"),
    (BASE + "[tolerance]\ngrph = {}\n", 6, "'grph' in [tolerance]", "graph, end_to_end"),
    (BASE + "[tolerance.graph]\natl = 1\n", 6, "'atl' in [tolerance.graph]", "atol, rtol"),
    (BASE + "[tolerance]\ngraph.rtol = 1\ngraph.atl = 1\n", 7, "'atl' in [tol", "atol, rtol"),
    (BASE + "[[candidates]]\nstak = 'relay'\n", 6, "'stak' in [candidates.0]", "name, stack"),
    (BASE + "[[candidates]]\nmodel.x = 1\n", 6, "'x' in [candidates.0.model]", "path, url"),
    (BASE + "[[candidates]]\n[candidates.model]\nx = 1\n", 7, "'x' in [candidates.0.m", "path"),
    (BASE + "[[known_failures]]\nreson = 'x'\n", 6, "'reson' in [known_failures.0]", "reason"),
    (BASE + "[[published]]\nimg = 'x'\n", 6, "'img' in [published.0]", "image, side, top"),
    (BASE + "[limits]\nmax_pixel = 1\n", 6, "'max_pixel' in [limits]", "max_pixels"),
]


@pytest.mark.parametrize(("text", "line", "key", "valid"), UNKNOWN)
def test_an_unknown_key_is_named_with_its_line_and_the_valid_ones(
    refused: Callable[[str], str], text: str, line: int, key: str, valid: str
) -> None:
    message = refused(text)
    found = [each for each in message.splitlines() if f"unknown key {key}" in each]
    assert len(found) == 1, message
    assert found[0].startswith(f"tiny.toml:{line}: ")
    assert valid in found[0].split("valid keys: ")[1]


def _sections(base: type[Section] = Section) -> Iterator[type[Section]]:
    for section in base.__subclasses__():
        yield section
        yield from _sections(section)


def test_unknown_keys_are_refused_in_every_section() -> None:
    names = {section.__name__ for section in _sections()}
    assert (set(json_schema()["$defs"]) - {"Status"}) | {"Case"} <= names
    assert all(section.model_config["extra"] == "forbid" for section in _sections())


def test_a_misspelt_key_is_reported_with_the_nearest_one(refused: Callable[[str], str]) -> None:
    assert "(nearest: size, resizer)" in refused(BASE + "[preprocess]\nsise = [1, 2]\n")


def test_a_top_level_key_below_a_table_is_reported_with_the_right_place(
    refused: Callable[[str], str],
) -> None:
    assert "stands above the first [table]" in refused(BASE + "k = 3\n")


def test_a_wrong_entry_is_reported_once_and_not_also_as_a_missing_one(
    refused: Callable[[str], str],
) -> None:
    for text in (
        BASE + "colour = 1\n",
        BASE + "[[candidates]]\nopt_level = 9\n",
        "scopes = ['x']\n" + BASE,
        BASE + "[[published]]\nimage = 'a'\nside = 'reference'\ntop = [['x', 'y']]\n",
    ):
        message = refused(text)
        assert len(message.splitlines()) == 1
        assert "at least" not in message


def test_an_empty_list_is_still_too_short(refused: Callable[[str], str]) -> None:
    message = refused("images = []\nscopes = []\n[model]\npath = 'a'\n")
    assert "tiny.toml:1: images: expected at least 1" in message
    assert "tiny.toml:2: scopes: expected at least 1" in message


def test_several_mistakes_are_all_reported_each_with_its_line(
    refused: Callable[[str], str],
) -> None:
    message = refused(BASE + "[limits]\nmemory_gib = 0\nmax_pixel = 1\n[preprocess]\nsize = 224\n")
    assert [line.split(" ")[0] for line in sorted(message.splitlines())] == [
        "tiny.toml:6:",
        "tiny.toml:7:",
        "tiny.toml:9:",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "tiny.toml:1: missing key 'model': The model that the reference runs"),
        ("[model]\npath = 'a'\n", "missing key 'images': Images that both programs classify"),
        ("model = 'm.pb'\nimages = 'a'\n", "tiny.toml:2: images: expected a list; found 'a'"),
        ("model = 'm.pb'\nimages = ['a']\n", "tiny.toml:2: images.0: expected a table of keys"),
        (BASE + "[preprocess]\nsize = [5]\n", ":6: preprocess.size: value 2 is missing: [height"),
        (BASE + "[preprocess]\nsize = [5, 5, 3]\n", "size: expected at most 2"),
        (BASE + "[preprocess]\nsize = [0, 5]\n", "preprocess.size.0: expected a number above 0"),
        (BASE + "[preprocess]\nsize = [5, 99999]\n", "size.1: expected a number of at most 16384"),
        (BASE + "[preprocess]\nmean = [1, 2]\n", "mean takes one number or three"),
        (BASE + "[preprocess]\nscale = [nan]\n", "scale.0: expected a finite number"),
        (BASE + "[tolerance.graph]\natol = -1\n", ":6: tolerance.graph.atol: expected a number of"),
        (BASE + "[tolerance.graph]\natol = inf\n", "atol: expected a finite number"),
        (BASE + "[tolerance.end_to_end]\nrtol = nan\n", "rtol: expected a finite number"),
        (BASE + "[[candidates]]\nopt_level = 5\n", "opt_level: expected a number of at most 4"),
        (BASE + "[[candidates]]\nlayout = 'nchw'\n", "expected 'NCHW' or 'NHWC'"),
        (
            BASE + "[[candidates]]\n[candidates.pass_config]\n'tir.x' = [1]\n",
            ":7: candidates.0.pass_config.tir.x: expected true or false, an integer or a string",
        ),
        (
            BASE + "[[images]]\npath = 'b'\nname = 'a b'\n",
            ":7: images.1.name: expected text",
        ),
        (BASE + "[[images]]\nzoo = 'efficientnet-lite0'\n", "zoo makes models, not images"),
        (BASE + "[[known_failures]]\nreason = ''\n", "reason: expected at least 1 characters"),
        (
            BASE + "[[known_failures]]\nreason = 'x'\nstatus = 'match'\n",
            "match is no failure; expected one of mismatch, no_evidence",
        ),
        (
            BASE + "[[known_failures]]\nreason = 'x'\nstatus = 'no_device'\n",
            "no_device is no failure",
        ),
        (BASE + "[labels]\n", ":5: labels: give either names, or label_map with synsets"),
        (BASE + "[labels]\nlabel_map.path = 'x'\n", "label_map and synsets belong together"),
        (
            BASE + "[labels]\nnames.path='n'\nsynsets.path = 'x'\nlabel_map.path = 'y'\n",
            "give either names",
        ),
        (BASE + "[[candidates]]\n[[candidates]]\n", "share the id relay-llvm; give one a name"),
    ],
)
def test_wrong_values_are_refused_in_plain_words(
    refused: Callable[[str], str], text: str, words: str
) -> None:
    assert words in refused(text)


SHA, BLOB = "0" * 64, "0" * 40


@pytest.mark.parametrize(
    ("asset", "words"),
    [
        ("url = 'https://x/y'", "a url needs a digest: add sha256 or git_blob"),
        (f"url = 'ftp://x'\nsha256 = '{SHA}'", "url: expected text that matches"),
        (f"path = 'x'\nsha256 = '{BLOB}'", "sha256: expected text that matches"),
        (f"path = 'x'\ngit_blob = '{SHA}'", "git_blob: expected text that matches"),
        (f"path = 'x'\nsha256 = '{'G' * 64}'", "sha256: expected text that matches"),
        (
            "path = 'x'\npackage = 'p'\nfile = 'f'",
            "exactly one of path, url, package, zoo; found p",
        ),
        ("input = 'x'", "exactly one of path, url, package, zoo; found none"),
        ("package = 'p'", "package and file belong together"),
        ("path = 'x'\nfile = 'f'", "package and file belong together"),
        ("zoo = 'vgg'", "expected 'efficientnet-lite0'"),
    ],
)
def test_an_asset_has_one_source_and_a_url_has_a_digest(
    refused: Callable[[str], str], asset: str, words: str
) -> None:
    assert words in refused(f"[model]\n{asset}\n[[images]]\npath = 'a'\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = \n", ":1: not valid TOML: Invalid value"),
        (BASE + "[model]\n", ":5: not valid TOML: Cannot declare"),
        ("a = '\n", "not valid TOML"),
        ("a = " + "[" * 5000, "5000 brackets inside each other; a case file has at most 16"),
        ("a = " + "{a = " * 5000, "5000 brackets inside each other"),
        ("a = " + "[" * 16, "not valid TOML"),
        ("a = " + "9" * 5000, "not valid TOML"),
        ("a = 2026-13-45\n", "not valid TOML"),
        ("#" * (MAX_CASE_BYTES + 1), f"larger than the {MAX_CASE_BYTES} bytes accepted"),
    ],
)
def test_invalid_toml_is_an_error_with_its_line(
    refused: Callable[[str], str], text: str, words: str
) -> None:
    assert words in refused(text)


def test_an_unreadable_file_is_an_error_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    for name, words in (
        ("binary.toml", "not valid TOML"),
        ("absent.toml", "can't be read"),
        ("", "read"),
    ):
        with pytest.raises(CaseError, match=words) as error:
            load(tmp_path / name)
        assert str(tmp_path / name) in str(error.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_case_or_a_case_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.toml"
    path.write_bytes(data)
    with pytest.raises(CaseError):  # no 200 random bytes make a whole case
        load(path)
