"""`parity cache`: how large the cache is, and making it smaller."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer

from harness.cli.case_options import AsJson
from harness.cli.json_output import print_json
from harness.cli.signature import expanded
from harness.cli.terminal import complain, say
from harness.errors import UsageError
from harness.run.settings import Settings, option_of

if TYPE_CHECKING:  # what a subcommand needs is imported by it: `parity --version` needs none
    from harness.execution.cache_size import CacheEntry

app = typer.Typer(help="Compiled modules, scores and downloads that are kept between runs.")


@app.callback(invoke_without_command=True)
@expanded
def cache(context: typer.Context, settings: Settings, as_json: AsJson = False) -> None:
    """Show what the cache holds: entries, size, and when the oldest was last used."""
    if context.invoked_subcommand:
        return
    from harness.execution import cache_size

    folder = settings.builds
    lines = [
        _line("compiled modules and graphs", cache_size.builds(folder)),
        _line("scores of the reference", cache_size.scores(folder)),
        _line("downloads and models made here", cache_size.downloads(settings.cache, folder)),
    ]
    if as_json:
        print_json(lines)
        return
    say(str(settings.cache))
    for line in lines:
        oldest = f", the oldest used {line['oldest_use']}" if line["entries"] else ""
        say(f"  {line['kind']}: {line['entries']}, {_mib(line['bytes'])}{oldest}")


def _line(kind: str, entries: "Iterable[CacheEntry]") -> dict[str, Any]:
    found = list(entries)
    oldest = min((one.used for one in found), default=None)
    used = datetime.fromtimestamp(oldest, UTC).isoformat(timespec="seconds") if oldest else ""
    return {
        "kind": kind,
        "entries": len(found),
        "bytes": sum(one.size for one in found),
        "oldest_use": used,
    }


@app.command("prune")
@expanded
def cache_prune(settings: Settings) -> None:
    """Remove compiled modules and scores, the least recently used first, down to --cache-gib.

    What a run that goes on now may use stays, and so do downloads.
    """
    _remove(settings, settings.cache_bytes)


@app.command("clear")
@expanded
def cache_clear(settings: Settings) -> None:
    """Remove all compiled modules and scores that no run uses now; downloads stay."""
    _remove(settings, 0)


def _remove(settings: Settings, bound: int) -> None:
    from harness.execution.cache_size import prune

    try:
        found = prune(settings.builds, bound)
    except OSError as error:
        raise UsageError(
            f"{settings.builds} can't be made smaller: {error}; name another folder by "
            f"{option_of('cache').spellings}, or give yourself the right to write there"
        ) from error
    say(f"removed {found.entries} entries, {_mib(found.size)}; {_mib(found.left)} are left")
    if found.in_use and found.left > bound:
        complain(f"{found.in_use} entries stay: a run that goes on now may use them")


def _mib(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"
