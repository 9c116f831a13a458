"""From results to files: report formats, the run folder they are written to, reading it back.

A format is a module of `writers`. Imports `judge` and the rooms below; never runs a program,
never reads a model.
"""
