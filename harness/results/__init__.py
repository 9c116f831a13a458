"""What a run produces: statuses, rows, results, the run record, and the journal they go to.

Also how files are written: whole or not at all (`files`). Imports `harness.errors` alone, and
never a framework, pytest or the command line.
"""
