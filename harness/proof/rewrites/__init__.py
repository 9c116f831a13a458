"""Rewrites of a GraphDef that leave what it computes as it is: no row of one may fail.

Each module registers its rewrites; `catalogue` has them all. Imports `errors`, `graphdef` and the
readers of `proof.faults` alone.
"""
