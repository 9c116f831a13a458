"""What is the same for every case of a run. Each option is declared here and nowhere else.

`harness.run.options` says which spellings follow from a declaration. Like it, this module imports
nothing heavy; what reads images, models or cases is imported inside the functions.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness.run.commands import COMPARING, ELSEWHERE, ON_CACHE, ON_CASES, ON_RUNS, RUNNING
from harness.run.default_settings import default_cache, default_reference
from harness.run.options import (
    Option,
    OptionKind,
    OptionSource,
    environment,
    option,
    options_of,
    resolve,
)

if TYPE_CHECKING:
    from harness.cases.case import Case
    from harness.execution.candidate_build import StageObserver
    from harness.execution.session import RunSession
    from harness.inputs.assets import Assets

STACK, FOLDER, FOLDERS, FLAG, NUMBER, COUNT, PERCENT = OptionKind
DEFAULT_REPORT_DIR = "reports"
"""Where pytest writes run folders unless told otherwise, and where they are looked for."""
LIMITS = {
    "build_timeout": "build_timeout_s",
    "run_timeout": "run_timeout_s",
    "memory_gib": "memory_gib",
}
"""Option to the key of a case's `[limits]` that it replaces."""


@dataclass(frozen=True)
class Settings:
    """The options. One more is one more field."""

    reference: str = field(
        default_factory=default_reference,
        metadata=option(STACK, "stack that gives the reference's scores", (*COMPARING, "doctor")),
    )
    """Name of the stack whose scores count as right."""
    cache: Path = field(
        default_factory=default_cache,
        metadata=option(
            FOLDER,
            "folder of downloads and compiled modules",
            (*RUNNING, "doctor", *ON_CASES, *ON_CACHE),
        ),
    )
    """Folder of everything that is kept between runs."""
    cache_gib: float = field(
        default=20.0,
        metadata=option(
            NUMBER,
            "bound of the compiled modules and scores in the cache, GiB; what was used longest ago "
            "goes first",
            (*RUNNING, "cache_prune"),
        ),
    )
    """GiB; a run that adds to the cache removes what is more at its end."""
    mirror: Path | None = field(
        default=None,
        metadata=option(
            FOLDER, "offline mirror of what cases download", (*RUNNING, "doctor", *ON_CASES)
        ),
    )
    """Folder that is searched before the network."""
    no_explain: bool = field(
        default=False,
        metadata=option(FLAG, "leave the attribution of end-to-end rows out: one build less"),
    )
    """Whether end-to-end rows go without attribution, which costs one more build a model."""
    full_evidence: bool = field(
        default=False,
        metadata=option(FLAG, "measure truth and noise for rows that pass without", ("check",)),
    )
    """Whether truth and noise are measured for every row, not only where the scores leave doubt."""
    keep_reference: bool = field(
        default=False,
        metadata=option(
            FLAG,
            "keep the reference's scores for later runs, and take those of earlier ones",
            ("check", "sweep"),
        ),
    )
    """Whether the reference runs only for images that it has not answered in an earlier run."""
    locate: bool = field(
        default=False,
        metadata=option(FLAG, "name the node behind a row whose compiled scores fail", ("check",)),
    )
    """Whether rows of scope graph that fail get the columns `located_…`."""
    own_code: bool = field(
        default=False,
        metadata=option(
            FLAG,
            "run the build functions and load the modules that case files bring with them",
            ("sweep", "replay", *ELSEWHERE),
        ),
    )
    """Whether code of a case file's own may run; what the command line names always may."""
    offline: bool = field(
        default=False, metadata=option(FLAG, "never use the network", (*RUNNING, *ON_CASES))
    )
    """Whether a file that is not on this machine is missing rather than downloaded."""
    asset_root: tuple[Path, ...] = field(
        default=(),
        metadata=option(
            FOLDERS,
            "folder outside a case's own that its paths may lead into",
            ("census", "sweep", *ELSEWHERE),
        ),
    )
    """Absolute folders outside a case file's own that its paths may lead into."""
    build_timeout: float | None = field(
        default=None, metadata=option(NUMBER, "seconds for each of import and build", RUNNING)
    )
    """Seconds; like the two below it replaces every case's own limit."""
    run_timeout: float | None = field(
        default=None, metadata=option(NUMBER, "seconds for each run", RUNNING)
    )
    """Seconds."""
    memory_gib: float | None = field(
        default=None, metadata=option(NUMBER, "memory of one worker process, GiB", RUNNING)
    )
    """GiB."""
    strict: bool = field(
        default=False,
        metadata=option(
            FLAG, "fail also on rows better than or not expected, skips and stale known failures"
        ),
    )
    """Whether a run fails for anything that expected.csv does not say, not only for what is worse,
    and for skipped rows and known failures that excuse nothing."""
    max_unchecked: float | None = field(
        default=None,
        metadata=option(PERCENT, "fail where more of the comparisons are not under full check"),
    )
    """Percent of the comparisons that may be skipped, excused or left out; None for any."""
    report_dir: Path | None = field(
        default=None,
        metadata=option(
            FOLDER,
            "folder that run folders (CSV, HTML) are written to",
            ("check", *ON_RUNS, *ELSEWHERE),
        ),
    )
    """Where run folders are written; None: `reports` under pytest, nowhere in `parity check`."""
    keep_scores: int = field(
        default=2000,
        metadata=option(
            COUNT, "rows of a run whose scores are kept, to be judged or run again", ("check",)
        ),
    )
    """How many rows of a run keep their scores and their case; 0 for none."""
    history_dir: Path | None = field(
        default=None,
        metadata=option(
            FOLDER,
            "folder that runs are kept in; by default `history` below the reports",
            ("check", *ON_RUNS),
        ),
    )
    """Where every run that has a folder is kept, too; None: `history` below the run folders."""

    @property
    def builds(self) -> Path:
        """Folder of compiled modules and scores."""
        return self.cache / "builds"

    @property
    def cache_bytes(self) -> int:
        """Bytes that it may hold."""
        return int(self.cache_gib * 2**30)

    def assets(self, base: Path, *, unrestricted: bool = False) -> "Assets":
        """Where the files of a case in folder `base` may come from."""
        from harness.inputs.assets import Assets

        return Assets(
            base=base,
            roots=self.asset_root,
            mirror=self.mirror,
            cache=self.cache,
            offline=self.offline,
            unrestricted=unrestricted,
            root_option=option_of("asset_root").spellings,
            mirror_option=option_of("mirror").spellings,
        )

    def session(
        self,
        observe: "StageObserver | None" = None,
        *,
        explains: bool = True,
        keeps_captures: bool = True,
    ) -> "RunSession":
        """Worker processes and caches; `explains` False, or --no-explain, leaves attribution out.

        `observe` is called with the name of each stage and returns a context manager around it.
        """
        from harness.execution.session import RunSession

        return RunSession(
            self.builds,
            observe=observe or (lambda _: nullcontext()),
            reference_stack=self.reference,
            explains=explains and not self.no_explain,
            measures_always=self.full_evidence,
            keeps_reference=self.keep_reference,
            cache_bytes=self.cache_bytes,
            keeps_captures=keeps_captures,
        )

    def bounded(self, case: "Case") -> "Case":
        """The case with the limits that were given here."""
        given = {
            key: value for name, key in LIMITS.items() if (value := getattr(self, name)) is not None
        }
        limits = case.limits.model_copy(update=given)
        return case.model_copy(update={"limits": limits})


OPTIONS = options_of(Settings)


def option_of(field_name: str) -> Option:
    """The declaration of one field of `Settings`."""
    return next(one for one in OPTIONS if one.field == field_name)


def settings_from(
    command_line: OptionSource | None = None, ini_file: OptionSource | None = None
) -> Settings:
    """Settings by precedence: command line, environment, ini file, default.

    Raises UsageError where a value is not of its option's kind, StackError for an unknown stack.
    """
    places: Sequence[OptionSource | None] = (command_line, environment(OPTIONS), ini_file)
    return Settings(**resolve(OPTIONS, [place for place in places if place is not None]))
