"""Candidates in narrow formats are judged by what these round, and faults in them are found."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness import read_rows
from harness.cases.candidate_words import parse
from harness.graphdef.serialise import to_bytes
from harness.proof.faults.planting import faults
from harness.proof.small_net import small_net
from harness.testing import quantised_network
from harness.testing.fixtures import RunCommand
from harness.testing.tiny import write_case, write_image

Check = Callable[..., list[dict[str, Any]]]


def test_a_precision_is_a_word_of_a_candidate_and_of_its_id() -> None:
    found = parse("relax-onnx-host-packed-float16")
    assert (found.precision, found.pipeline, found.target) == ("float16", "packed", "host")
    assert found.id == "relax-onnx-host-packed-float16"
    assert parse("stack=relay,precision=bfloat16").id == "relay-llvm-bfloat16"
    assert parse("relay").id == "relay-llvm"
    assert parse("tflite-dynamic_int8").id == "tflite-dynamic_int8"


def test_a_precision_that_a_stack_lacks_is_wrong_use(
    parity: RunCommand, fakes: Path, tmp_path: Path
) -> None:
    (tmp_path / "model.pb").write_bytes(to_bytes(small_net()))
    write_image(tmp_path / "a.jpg")
    done = parity("check", "model.pb", "a.jpg", "--candidate", "stack=fake,precision=float16")
    assert (done.returncode, done.stdout) == (2, "")
    message = " ".join(done.stderr.split())
    assert "stack 'fake' has no precision 'float16'; expected float32" in message


@pytest.fixture
def check(parity: RunCommand, tmp_path: Path) -> Check:
    """The rows of scope graph of candidates, made of the small net or of a faulty copy."""
    graph = small_net()
    (tmp_path / "model.pb").write_bytes(to_bytes(graph))
    (planted,) = faults(graph, "softmax", kinds=("padding_shifted",), per_kind=1).faults
    (tmp_path / "faulty.pb").write_bytes(to_bytes(planted.graph))
    write_image(tmp_path / "a.jpg", size=(90, 80), seed=1)

    def rows(*words: str, images: Sequence[str] = ("a.jpg",)) -> list[dict[str, Any]]:
        done = parity("check", "model.pb", *images, "--scope", "graph", "--json", *words)
        assert done.returncode in (0, 1), done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    return rows


def judged(check: Check, *candidates: str) -> None:
    """Each passes by the rule of its own format, beyond what float32 would pass; a fault fails."""
    words = [word for name in candidates for word in ("--candidate", name)]
    rows = check(*words)
    assert [row["candidate"] for row in rows] == list(candidates)
    for row in rows:
        precision = row["candidate"].rsplit("-")[-1]
        assert (row["status"], row["precision"]) == ("within_noise", precision), row["reason"]
        assert f"times what rounding to {precision} may do to it" in row["reason"]
        assert row["log_error"] > 1e-3, "float32 differs by 1e-5"
        assert row["top1_equal"]
    (faulty,) = check("--candidate", candidates[0], "--candidate-model", "faulty.pb")
    assert faulty["status"] == "mismatch"


@pytest.mark.relay
def test_relay_in_narrow_formats(check: Check, relay_here: None) -> None:
    judged(check, "relay-host-float16", "relay-host-bfloat16")


@pytest.mark.relax
def test_relax_in_float16(check: Check, relax_here: None) -> None:
    judged(check, "relax-host-packed-float16")


def quantised(folder: Path, photos: int = 6) -> None:
    """The files of `quantised_network`."""
    for seed in range(photos):
        write_image(folder / f"photo-{seed}.png", size=(90, 80), seed=seed)
    command = [sys.executable, "-m", quantised_network.__name__, str(folder)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[-2000:]


@pytest.mark.tensorflow
@pytest.mark.slow
def test_of_twenty_8_bit_faults_nineteen_are_found_and_forty_clean_rows_pass(
    run_pytest: RunCommand, tensorflow_here: None, tmp_path: Path
) -> None:
    """A fault is found where one of its rows is a mismatch, as a nightly run would be told."""
    pytest.importorskip("ai_edge_litert")
    cases = tmp_path / "cases"
    cases.mkdir()
    quantised(cases, photos=40)
    files = sorted(path.stem for path in cases.glob("*.tflite"))
    keys = "stack = 'tflite'\nprecision = 'int8'\n"
    tables = [f"{keys}name = '{name}'\nmodel = {{path = '{name}.tflite'}}" for name in files]
    images = [f"photo-{seed}.png" for seed in range(40)]
    write_case(tmp_path, images=images, candidates=tables, top="scopes = ['graph']\nrepeats = 1\n")
    run_pytest("cases", "-n", "2", "--parity-no-explain", "-p", "harness.plugin", cwd=tmp_path)
    rows = read_rows(tmp_path / "reports" / "latest")
    right = rows[rows.candidate == "right"]
    assert len(right) == 40
    assert set(right.status) <= {"match", "tie", "within_noise"}
    found = rows[rows.status == "mismatch"].candidate.unique()
    assert len(files) == 22, "twenty faults of scales, a zero point and the right file"
    assert len(found) >= 20, set(files) - set(found)


@pytest.mark.tensorflow
def test_tflite_in_narrow_formats(
    parity: RunCommand, check: Check, tensorflow_here: None, tmp_path: Path
) -> None:
    """A file of the user's own, and what TensorFlow's converter makes of the graph."""
    pytest.importorskip("ai_edge_litert")
    quantised(tmp_path)
    formats = ("tflite-float16", "tflite-dynamic_int8", "tflite-int8")
    half, dynamic, whole = check(*(word for one in formats for word in ("--candidate", one)))
    for row, precision in ((half, "float16"), (dynamic, "dynamic_int8")):
        assert (row["status"], row["precision"]) == ("within_noise", precision), row["reason"]
        assert f"times what rounding to {precision} may do to it" in row["reason"]
        assert row["log_error"] > 1e-3
    assert half["log_error"] < dynamic["log_error"] < dynamic["log_noise"]
    assert (whole["status"], whole["stage"]) == ("convert_failed", "convert")
    assert "a conversion to int8 needs calibration images" in whole["reason"]
    photos = [path.name for path in sorted(tmp_path.glob("photo-*"))]
    for name, passes in (("right", True), ("wrong-1-swapped", False), ("zero", False)):
        model = str(tmp_path / f"{name}.tflite")
        rows = check("--candidate", "tflite-int8", "--candidate-model", model, images=photos)
        assert all(row["status"] == "within_noise" for row in rows) is passes
        for row in rows:
            assert row["status"] in ("within_noise", "mismatch"), row["reason"]
            assert "times what rounding to int8 may do to it" in row["reason"]
            assert "odds" not in row["reason"], "its scores lie on steps"
    (row,) = check("--candidate", "tflite", "--candidate-model", str(tmp_path / "right.tflite"))
    assert row["status"] == "mismatch", "it says nothing of int8, so float32 is meant"


@pytest.mark.tensorflow
def test_a_case_names_the_images_that_an_int8_conversion_is_calibrated_on(
    run_pytest: RunCommand, parity: RunCommand, tensorflow_here: None, tmp_path: Path
) -> None:
    pytest.importorskip("ai_edge_litert")
    keys = "stack = 'tflite'\nprecision = 'int8'\ncalibration = ['{}']"
    names = ("photo-*.png", "*.png", "gone-*.png")
    images = [f"photo-{seed}.png" for seed in range(4)]
    (tmp_path / "cases").mkdir()
    for seed, image in enumerate(images):
        write_image(tmp_path / "cases" / image, size=(90, 80), seed=seed)
    write_image(tmp_path / "cases" / "other.png", size=(50, 80))
    (tmp_path / "cases" / "model.pb").write_bytes(to_bytes(small_net()))
    tables = [f"name = 'c{n}'\n{keys.format(name)}" for n, name in enumerate(names)]
    write_case(tmp_path, images=images, candidates=tables, top="scopes = ['graph']")
    run_pytest("cases", "--parity-no-explain", "-p", "harness.plugin", cwd=tmp_path)
    rows = read_rows(tmp_path / "reports" / "latest")
    right, shapes, none = (rows[rows.candidate == f"c{n}"] for n in range(3))
    assert set(right.status) == {"within_noise"}, set(right.reason)
    assert all("converted to int8 with 4 calibration images" in note for note in right.notes)
    again = parity("replay", "latest", "cases/tiny::photo-0.png[c0]", cwd=tmp_path)
    assert again.returncode == 0, again.stdout + again.stderr
    assert set(shapes.status) == {"convert_failed"}
    assert all("2 shapes, (80, 50, 3) and (80, 90, 3)" in reason for reason in shapes.reason)
    assert set(none.status) == {"no_evidence"}, "which fails"
    assert all("gone-*.png" in reason for reason in none.reason)
