"""`parity bench`: medians, 95th percentiles and memory, of a fake stack and of figures by hand."""

import io
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from harness.cli.bench_table import TimedCandidate, p95_ms, show, typical_ms
from harness.execution.outcome import RunCosts
from harness.execution.peak_memory import peak_mib
from harness.testing.fixtures import RunCommand
from harness.testing.sample_rows import make_row
from harness.testing.tiny import decoder_graph, write_graph

FAKE = ("--candidate", "stack=fake,target=calm", "--reference", "fake-reference")


def timed(reference: list[float], candidate: list[float]) -> TimedCandidate:
    found = TimedCandidate(make_row(candidate="fake-calm"))
    found.reference, found.candidate = [RunCosts(tuple(reference))], [RunCosts(tuple(candidate))]
    found.reference_peak_mib, found.candidate_peak_mib = 812.4, 201.6
    return found


@pytest.mark.parametrize(
    ("times", "expected"),
    [([], math.nan), ([3.0], 3.0), ([5.0, 1.0], 5.0), (list(range(100)), 94.0)],
)
def test_the_95th_percentile_is_one_of_the_times(times: list[float], expected: float) -> None:
    assert p95_ms([RunCosts(tuple(times))]) == pytest.approx(expected, nan_ok=True)


def test_a_rare_slow_run_shows_in_the_percentile_and_not_in_the_median() -> None:
    rounds = [RunCosts((1.0,) * 8 + (50.0, 60.0)), RunCosts((1.0,) * 10)]
    assert typical_ms(rounds) == 1.0
    assert p95_ms(rounds) == 50.0


def test_the_table_has_both_and_the_memory() -> None:
    console = Console(width=140, record=True, file=io.StringIO())
    show([timed([2.0, 2.0, 9.0], [4.0, 5.0, 31.0])], console)
    lines = [line.split() for line in console.export_text().splitlines() if line.strip()]
    (candidate,) = [line for line in lines if line[0] == "fake-calm"]
    assert candidate[6:10] == ["5.0", "31.0", "2.50", "202"]
    assert ["2.0", "9.0", "1", "812"] in [line[-6:-2] for line in lines]


def test_each_program_has_times_and_the_memory_of_its_own_process(
    parity: RunCommand, tmp_path: Path, fakes: Path
) -> None:
    write_graph(tmp_path / "model.pb", decoder_graph())
    done = parity("bench", "model.pb", *FAKE, "--rounds", "2", "--json")
    assert done.returncode == 0, done.stderr
    (line,) = json.loads(done.stdout)
    for side in ("reference", "candidate"):
        assert 0 < line[f"{side}_ms"] <= line[f"{side}_p95_ms"]
        assert 2 <= line[f"{side}_runs"] <= 40
        assert 10 < line[f"{side}_peak_mib"] < 1024
    assert line["ratio"] > 0


def test_memory_that_was_given_back_still_counts() -> None:
    """And the process that started this one, whose memory is another, does not."""
    program = (
        "from harness.execution.peak_memory import peak_mib\n"
        "before = peak_mib()\nheld = b'x' * (64 << 20)\ndel held\nprint(before, peak_mib())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    before, after = map(float, done.stdout.split())
    assert after >= before + 63
    assert before < 256


@pytest.mark.parametrize("text", ["", "VmHWM:\n", "VmHWM:\tmuch kB\n"])
def test_a_system_that_does_not_tell_gives_no_figure(tmp_path: Path, text: str) -> None:
    (tmp_path / "status").write_text(text)
    assert peak_mib(tmp_path / "status") is None
    assert peak_mib(tmp_path / "gone") is None
