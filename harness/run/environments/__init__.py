"""A case run in other environments than this one, by pytest there, and one report of their runs.

Holds the environments of tox and those that uv makes, running case files in them, rows for one that
can't be used, the merged report, and the search for the release of a package that moved a row.
Imports `run` and the rooms below; nothing of an environment is imported into this process.
"""
