"""Subcommands of `parity` in groups that take the same options, by their functions' names."""

COMPARING = ("check", "explain", "locate", "reproduce", "bisect_passes", "bench", "sweep")
"""Subcommands of `parity` that compare programs which the command line names."""
RUNNING = (*COMPARING, "replay")
"""Those that run programs."""
ON_CACHE = ("cache", "cache_prune", "cache_clear")
"""Subcommands of `parity` that show or empty the cache, by the names of their functions."""
ELSEWHERE = ("environments", "bisect_versions")
"""Subcommands of `parity` that run case files in other environments."""
ON_CASES = ("init", "census", *ELSEWHERE)
"""Subcommands of `parity` that read or write case files and run no program in this environment."""
ON_RUNS = (
    *("history", "runs", "drift", "add", "prune"),
    *("compare", "accept", "rejudge", "replay", "reproduce"),
)
"""Subcommands of `parity` that read runs."""
