"""Where a candidate goes wrong: each kernel of the deployed program held against its nodes.

Holds the pairing of kernels and tensors, the errors of each kernel and what rounding explains of
them, and the runs that measure both. Imports `run` and the rooms below; never pytest, the command
line or a framework: what runs in worker processes here knows programs by their protocols alone.
"""
