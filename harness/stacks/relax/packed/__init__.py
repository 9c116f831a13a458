"""A short, deterministic pipeline for CPUs without tuning; see `pipeline`.

Every module here imports TVM 0.27 and runs in worker processes alone.
"""
