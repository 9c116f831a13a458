"""Rewrites of a classifier that leave its function as it is: programs that no one may accuse.

Each is another graph with the same scores in exact arithmetic, as converters and optimisers make
them. Imports `graphdef` and how faults see a network; must not import anything that runs a graph.
"""
