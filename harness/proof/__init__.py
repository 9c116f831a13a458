"""Planted faults: proof that the harness finds them and accuses no healthy program.

`faults` plants them, `proof` runs and judges them. Imports `run` and the rooms below; never pytest
or the command line.
"""
