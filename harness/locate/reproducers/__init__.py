"""A fault as a folder that shows it without the harness: the fewest operations, and a script.

Holds the reduction of a graph to the nodes that still show a fault, the cutting of its tensors to
a size that can be attached to a report, and the folder with its script, which is run in processes
of its own before anything is said of it.
"""
