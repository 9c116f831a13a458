"""`RunRecord`: what was run, where, when and how it ended; the content of run.json."""

import re
import secrets
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from harness.results.census import Census
from harness.results.changes import Changes, RowTrend
from harness.results.machine import MachineFacts, describe

ID_FORMAT = "%Y%m%dT%H%M%SZ"


class RunRecord(BaseModel):
    """One run: its command, its machine, its times and how it ended."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    id: str
    """Name of its folder, for example `20261122T205900Z-3fa9c1`."""
    command: str = ""
    """The command line, quoted for a shell."""
    started: AwareDatetime | None = None
    """UTC."""
    finished: AwareDatetime | None = None
    """UTC; None for a run that was killed or still goes on."""
    exit_status: int | None = None
    """What the command returned; None until it ended."""
    environment: MachineFacts = MachineFacts()
    """Facts of the machine; empty where runs of several machines were merged."""
    programs: dict[str, JsonValue] = {}
    """What the worker processes report of their programs, by stack: versions, devices, target."""
    cases: dict[str, str] = {}
    """The `description` of each case file that has one, by the case's name."""
    whole_cases: tuple[str, ...] | None = None
    """Cases of which every comparison was selected; None where unknown. A row of any other case may
    be absent because a filter, a node id or a shard left it out."""
    census: Census | None = None
    """What of the cases is not under full check; None where unknown."""
    changes: tuple[Changes, ...] = ()
    """What is otherwise than expected, and than in the last run of the same cases."""
    trends: tuple[RowTrend, ...] = ()
    """What the worst rows were in earlier runs, where there are any."""
    remarks: tuple[str, ...] = ()
    """What a reader of the rows must know, for example that the journal ends in half a line."""
    merged_from: tuple["RunRecord", ...] = ()
    """The runs whose rows were put together, where this is no run of its own."""

    @classmethod
    def begin(cls, command: Sequence[str]) -> Self:
        """A run that starts now, in this environment, by this argument vector."""
        now = datetime.now(UTC)
        return cls(id=new_id(now), command=quote(command), started=now, environment=describe())

    def columns(self) -> dict[str, str]:
        """The columns of a row that say which run made it."""
        started, git = self.started, self.environment.git
        return {
            "run_id": self.id,
            "run_started": started.astimezone(UTC).isoformat(timespec="seconds") if started else "",
            "commit": git.commit if git else "",
        }

    def end(
        self,
        exit_status: int,
        programs: Mapping[str, JsonValue] | None = None,
        cases: Mapping[str, str] | None = None,
        whole_cases: Sequence[str] | None = None,
        census: Census | None = None,
    ) -> Self:
        """The same run, finished now."""
        found = {
            "finished": datetime.now(UTC),
            "exit_status": int(exit_status),
            "programs": {**self.programs, **(programs or {})},
            "cases": {**self.cases, **(cases or {})},
            "whole_cases": None if whole_cases is None else tuple(whole_cases),
            "census": census,
        }
        return self.model_copy(update=found)


def new_id(now: datetime) -> str:
    """A folder name that sorts by time and differs between two runs of the same second."""
    return f"{now.astimezone(UTC).strftime(ID_FORMAT)}-{secrets.token_hex(3)}"


def quote(command: Sequence[str]) -> str:
    r"""A command line as one would type it, without passwords inside addresses.

    Undecodable bytes of file names become `\udcff`: a report is UTF-8.

    >>> quote(["parity", "check", "a b.pb", "--mirror=https://me:secret@host/x"])
    "parity check 'a b.pb' '--mirror=https://[hidden]@host/x'"
    """
    shown = [re.sub(r"://[^/@\s]+@", "://[hidden]@", word) for word in command]
    return shlex.join(shown).encode("utf-8", "backslashreplace").decode("utf-8")
