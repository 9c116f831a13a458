"""Which runs `parity history prune` keeps: those that any part of a policy names."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

from harness.history.kept_run import KeptRun


@dataclass(frozen=True)
class Policy:
    """What is kept; 0 names nothing."""

    last: int = 0
    """So many of the newest runs."""
    days: int = 0
    """Every run of so many days, back from now."""
    daily: int = 0
    """The newest run of each of so many days that have one."""
    weekly: int = 0
    """The same of weeks (ISO 8601)."""
    monthly: int = 0
    """The same of months."""
    versions: int = 0
    """The newest run of each of so many sets of program versions, the latest sets first."""

    @property
    def empty(self) -> bool:
        """Whether it names nothing."""
        return not any(getattr(self, one.name) for one in fields(self))


def dropped(runs: Iterable[KeptRun], policy: Policy, now: datetime) -> list[KeptRun]:
    """The runs that no part of the policy keeps, the oldest first. A run without a time is kept.

    An incomplete run counts where nothing else is of its day, week, month or versions: `finished`
    runs stand first.
    """
    newest = sorted(runs, key=lambda run: (run.run_started, run.run_id), reverse=True)
    ended = sorted(newest, key=lambda run: not run.run_finished)
    first = now - timedelta(days=policy.days)
    kept = {run.run_id for run in newest[: policy.last]}
    kept |= {run.run_id for run in newest if _time(run) is None}
    if policy.days:
        kept |= {run.run_id for run in newest if (_time(run) or now) >= first}
    for count, key in (
        (policy.daily, _day),
        (policy.weekly, _week),
        (policy.monthly, _month),
        (policy.versions, lambda run: run.versions),
    ):
        kept |= _first_of_each(newest, ended, count, key)
    return [run for run in reversed(newest) if run.run_id not in kept]


def _first_of_each(
    newest: Sequence[KeptRun],
    ended: Sequence[KeptRun],
    count: int,
    key: Callable[[KeptRun], Hashable],
) -> set[str]:
    wanted = list(dict.fromkeys(key(run) for run in newest))[:count]
    found: dict[Hashable, str] = {}
    for run in ended:
        found.setdefault(key(run), run.run_id)
    return {found[one] for one in wanted}


def _time(run: KeptRun) -> datetime | None:
    try:
        return datetime.fromisoformat(run.run_started).astimezone(UTC)
    except ValueError:
        return None


def _day(run: KeptRun) -> str:
    return run.run_started[:10]


def _week(run: KeptRun) -> tuple[int, int]:
    time = _time(run)
    return time.isocalendar()[:2] if time else (0, 0)


def _month(run: KeptRun) -> str:
    return run.run_started[:7]
