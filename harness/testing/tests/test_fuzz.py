"""Everything that reads files gives a value or a short ParityError, whatever the bytes."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from random import Random

import hypothesis
import pytest
from hypothesis import strategies as st

from harness.testing.fixtures import FAKES
from harness.testing.fuzz import __main__ as command
from harness.testing.fuzz import corpus
from harness.testing.fuzz.contract import Target, examine, limited_memory
from harness.testing.fuzz.targets import TARGETS

CATALOGUE = "parity_fuzz_targets"
EXAMPLES = 60
"""Of each target; `python -m harness.testing.fuzz` tries more."""
KEPT = [(name, path) for name in TARGETS for path in corpus.inputs(name)]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Pillow warns of each damaged file."""
    with warnings.catch_warnings(), limited_memory():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture
def fakes_by_name(monkeypatch: pytest.MonkeyPatch) -> dict[str, Target]:
    """Targets that break the contract, here and in processes started here."""
    monkeypatch.syspath_prepend(str(FAKES))
    monkeypatch.setenv("PYTHONPATH", str(FAKES), prepend=":")
    from parity_fuzz_targets import TARGETS as FAKE  # type: ignore[import-not-found]

    return dict(FAKE)


@pytest.mark.parametrize(("name", "path"), KEPT, ids=[f"{name}-{path.name}" for name, path in KEPT])
def test_an_input_that_was_kept_is_read_or_refused(name: str, path: Path) -> None:
    assert examine(TARGETS[name], path.read_bytes()) is None


@pytest.mark.parametrize("name", TARGETS)
@hypothesis.settings(
    derandomize=True, database=None, max_examples=EXAMPLES, deadline=None,
    phases=[hypothesis.Phase.generate], suppress_health_check=list(hypothesis.HealthCheck),
)  # fmt: skip
@hypothesis.given(random=st.randoms(use_true_random=False))
def test_any_input_is_read_or_refused(name: str, random: Random) -> None:
    finding = examine(TARGETS[name], TARGETS[name].shaped(random))
    assert finding is None, finding.text


@pytest.mark.parametrize("name", TARGETS)
def test_bytes_that_are_no_file_at_all_are_refused(name: str) -> None:
    for data in (b"", b"\0" * 100, b"\xff" * 100, b"text\n", b"[" * 5000, b"\x80\x02."):
        assert examine(TARGETS[name], data) is None


def test_the_corpus_is_small_and_every_folder_of_it_is_of_a_target() -> None:
    folders = [path for path in corpus.FOLDER.iterdir() if path.is_dir()]
    assert {path.name for path in folders} <= set(TARGETS)
    assert sum(path.stat().st_size for path in corpus.FOLDER.rglob("*") if path.is_file()) < 300_000


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("fails", "ValueError"),
        ("talks", "long message"),
        ("memory", "MemoryError"),
        ("time", "slow"),
    ],
)
def test_each_breach_is_found(fakes_by_name: dict[str, Target], name: str, signature: str) -> None:
    found = examine(fakes_by_name[name], b"")
    assert found is not None
    assert found.signature.startswith(signature)


@pytest.mark.parametrize("name", ["holds", "refuses"])
def test_a_value_and_a_short_refusal_are_no_breach(
    fakes_by_name: dict[str, Target], name: str
) -> None:
    assert examine(fakes_by_name[name], b"abc") is None


@pytest.mark.parametrize(("name", "said"), [("fails", "a defect"), ("ends", "status -6")])
def test_the_command_keeps_what_breaks_the_contract(
    fakes_by_name: dict[str, Target], name: str, said: str, tmp_path: Path
) -> None:
    words = [name, f"--catalogue={CATALOGUE}", f"--folder={tmp_path}"]
    assert command.main([*words, "--minutes=0.001", "--seed=1"]) == 1
    (path,) = corpus.inputs(name, tmp_path)
    assert len(path.read_bytes()) == 8
    assert said in path.with_name(f"{path.name}.txt").read_text("utf-8")
    assert command.main([*words, "--replay"]) == 1


def test_the_command_finds_nothing_where_there_is_nothing(
    fakes_by_name: dict[str, Target], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["holds", f"--catalogue={CATALOGUE}", f"--folder={tmp_path}", "--minutes=0.001"]
    assert command.main(words) == 0
    assert "0 findings" in capsys.readouterr().out
    assert not corpus.inputs("holds", tmp_path)


def test_ctrl_c_ends_the_command_with_its_summary(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(command.Campaign, "turn", interrupted)
    assert command.main([f"--folder={tmp_path}"]) == 0
    assert "stopped" in capsys.readouterr().out


def test_an_unknown_target_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["modell"])
    assert ended.value.code == 2
    assert "known: model, cut" in capsys.readouterr().err
