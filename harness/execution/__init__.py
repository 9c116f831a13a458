"""Programs in worker processes: build cache, reference, candidates, perturbed inputs.

Whatever a program does (crash, hang, grow) becomes a value here. Imports `inputs`, `judge` and the
rooms below; never reports, pytest or the command line.
"""
