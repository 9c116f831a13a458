"""Pure functions of arrays: metrics, noise, tolerance, verdict, attribution.

Scores in, figures and a status out. Imports `cases` for scopes and tolerances; never opens a file,
starts a process or asks a program.
"""
