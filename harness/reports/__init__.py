"""From results to text: one writer a format, and the folder of a run that they are written to.

Imports `judge` and the rooms below; never runs a program, never reads a model.
"""
