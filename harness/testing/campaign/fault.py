"""`CampaignFault`: what is wrong, how it is made, what is run, and how that must end."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from harness.results.status import Status
from harness.testing.campaign.surroundings import Stream
from harness.testing.machine_speed import within

CPU_S = 2.0
"""Seconds of processor time that the process of the user may take for one bad input."""
HANG_S = 300
"""Seconds after which a run counts as hanging; a machine whose cores are busy takes long."""
RSS = 1 << 30
"""Bytes that it, or any process that it starts, may hold."""
MESSAGE_CHARS = 4500
"""Length of the longest message."""
MODEL, IMAGE = "model.pb", "a.jpg"
"""Files that every fault's folder has: a decoder graph of ten classes, and a photo."""
FAKE = "stack=fake,target={}"
"""A candidate of the command line; the target says what goes wrong."""
PASSING = "passing"
"""Any status that passes: which one, is the last bits of the fake programs' scores."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ERROR = re.compile(r"^(?:error: |ERROR: |╭─ Error)", re.MULTILINE)


@dataclass(frozen=True)
class CampaignRun:
    """A command, and the surroundings that it is run in."""

    words: tuple[str, ...]
    how: Literal["parity", "pytest", "program"] = "parity"
    environment: dict[str, str] = field(default_factory=dict)
    stdout: Stream = "file"
    memory: int = 0
    gone: bool = False
    unprivileged: bool = False
    inside: str = "."
    seconds: int = HANG_S

    def within(self, **environment: str) -> "CampaignRun":
        """The run with more variables of the environment."""
        return replace(self, environment={**self.environment, **environment})


def check(*words: str, model: str = MODEL, image: str = IMAGE, target: str = "calm") -> CampaignRun:
    """`parity check` with the fake candidate."""
    return CampaignRun(("check", model, image, "--candidate", FAKE.format(target), *words))


def parity(*words: str) -> CampaignRun:
    """Any other command line."""
    return CampaignRun(words)


def pytest_run(*words: str) -> CampaignRun:
    """Pytest on the folder `cases`."""
    plain = ("-p", "no:cacheprovider", *(words or ("cases",)))
    return CampaignRun(plain, "pytest")


def program(*words: str) -> CampaignRun:
    """A new interpreter, for what a fork would not show."""
    return CampaignRun(("-P", "-m", *words), "program")


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str
    cpu_s: float
    rss: int
    family_rss: int
    left: tuple[str, ...]
    hung: bool
    rows: tuple[dict[str, Any], ...] = ()
    times: dict[str, float] = field(default_factory=dict)

    def not_collected(self) -> dict[str, str]:
        """Case file → what pytest says of its collection."""
        parts = re.split(r"^_+ ERROR collecting (\S+) _+$", self.out, flags=re.MULTILINE)
        texts = [re.split(r"^=+ ", text, maxsplit=1, flags=re.MULTILINE)[0] for text in parts]
        return {name: flat(text) for name, text in zip(parts[1::2], texts[2::2], strict=True)}

    def rows_of(self, **fields: str) -> list[dict[str, Any]]:
        """The rows whose columns have these values."""
        return [row for row in self.rows if all(row[k] == v for k, v in fields.items())]

    @property
    def text(self) -> str:
        """All that it printed, in one line, without frames."""
        return flat(f"{self.err}\n{self.out}")


def flat(text: str) -> str:
    """The text in one line, without the frames of tables and boxes.

    >>> flat("╭─ Error ─╮\\n│ no such │\\n│ option  │")
    'Error no such option'
    """
    return " ".join(re.sub(r"[─-╿]+", " ", text).split())


def hold_always(ended: Ended, *, cpu_s: float = CPU_S, rss: int = RSS) -> None:
    """What holds for every fault: no traceback, no process left, little time and memory."""
    shown = f"{ended.err}\n{ended.out}"
    assert not ended.hung, shown
    assert "Traceback (most recent call last)" not in shown, shown
    assert "INTERNALERROR" not in shown, shown
    assert not _CONTROL.search(shown), ascii(shown)
    assert ended.left == (), ended.left
    assert within(ended.cpu_s, cpu_s), f"{ended.cpu_s:.2f} s of processor time"
    assert max(ended.rss, ended.family_rss) < rss, f"{ended.rss} and {ended.family_rss} bytes"


@dataclass(frozen=True)
class Refused:
    """Wrong use: exit code 2 and one message, which holds all the words; nothing on stdout."""

    words: tuple[str, ...]
    code: int = 2

    def hold(self, ended: Ended) -> None:
        """Assert it."""
        assert ended.code == self.code, f"{ended.code}: {ended.text}"
        missing = [word for word in self.words if word not in ended.text]
        assert not missing, f"{missing} not in: {ended.text}"
        assert len(ended.err) <= MESSAGE_CHARS, len(ended.err)
        assert ended.out.strip() == "", ended.out
        assert len(_ERROR.findall(ended.err)) == 1, ended.err


@dataclass(frozen=True)
class NotCollected:
    """A case file that is refused: pytest's exit code 2, and an error that holds all the words."""

    words: tuple[str, ...]

    def hold(self, ended: Ended) -> None:
        """Assert it."""
        assert ended.code == 2, f"{ended.code}: {ended.text}"
        assert len(ended.not_collected()) == 1, ended.out
        for name in ended.not_collected():
            self.hold_file(ended, name)

    def hold_file(self, ended: Ended, name: str) -> None:
        """Assert it of one of several case files."""
        said = ended.not_collected()[name]
        missing = [word for word in self.words if word not in said]
        assert not missing, f"{missing} not in: {said}"
        assert len(said) <= MESSAGE_CHARS, len(said)
        assert within(ended.times[name], CPU_S), f"{ended.times[name]:.2f} s of processor time"


@dataclass(frozen=True)
class Rows:
    """One row for each scope; `statuses` in order, one for all; reasons hold all the words."""

    statuses: tuple[str, ...]
    words: tuple[str, ...] = ()
    code: int = 1
    count: int = 2

    def hold(self, ended: Ended) -> None:
        """Assert it."""
        assert ended.code == self.code, f"{ended.code}: {ended.text}"
        found = [row["status"] for row in ended.rows]
        assert len(found) == self.count, f"{found}: {ended.text}"
        keys = {(row["case"], row["image"], row["candidate"], row["scope"]) for row in ended.rows}
        assert len(keys) == len(found), keys
        expected = self.statuses if len(self.statuses) > 1 else self.statuses * self.count
        assert tuple(found) == expected, f"{found}: {[row['reason'] for row in ended.rows]}"
        said = flat(json.dumps(ended.rows, ensure_ascii=False))
        missing = [word for word in self.words if word not in said and word not in ended.text]
        assert not missing, f"{missing} not in: {[row['reason'] for row in ended.rows]}"


@dataclass(frozen=True)
class Done:
    """A run that works in spite of the fault; what it prints holds all the words."""

    words: tuple[str, ...] = ()
    code: int = 0

    def hold(self, ended: Ended) -> None:
        """Assert it."""
        assert ended.code == self.code, f"{ended.code}: {ended.text}"
        missing = [word for word in self.words if word not in ended.text]
        assert not missing, f"{missing} not in: {ended.text}"


def hold_status(row: dict[str, Any], status: str) -> None:
    """Assert that a row has that status, or one that passes."""
    found = Status(row["status"])
    holds = found.passing if status == PASSING else found == status
    assert holds, f"{found}, expected {status}: {row['reason']}"


def hold_rows(found: list[dict[str, Any]], status: str, words: tuple[str, ...]) -> None:
    """Assert that there is a row of that status for each scope, and that the words are said."""
    assert [row["scope"] for row in found] == ["graph", "end_to_end"], found
    for row in found:
        hold_status(row, status)
        said = flat(f"{row['reason']} {row['notes']}")
        assert not [word for word in words if word not in said], said


Expected = Refused | NotCollected | Rows | Done


def refused(*words: str) -> Refused:
    """Exit code 2 and one message with the words."""
    return Refused(words)


def rows(statuses: str, *words: str, code: int = 1, count: int = 2) -> Rows:
    """Rows with the statuses, separated by spaces, and the words."""
    return Rows(tuple(statuses.split()), words, code, count)


@dataclass(frozen=True)
class CampaignFault:
    """One row of the campaign's table."""

    name: str
    make: Callable[[Path], object]
    run: CampaignRun
    expected: Expected


@dataclass(frozen=True)
class Picture:
    """A file of a case that many images share, and the rows that become of it."""

    file: str
    make: Callable[[Path], object]
    status: str
    words: tuple[str, ...] = ()


def nothing(_: Path) -> None:
    """The fault lies in the command or its surroundings; the files are whole."""
