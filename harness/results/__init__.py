"""What a run produces: statuses, rows, the record of a run, the journal they are written to.

Files are written whole or not at all (`files`). Imports `harness.errors` alone, and never a
framework, pytest or the command line.
"""
