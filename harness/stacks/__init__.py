"""What can compile or run a model: the `Stack` and `Program` protocols, their registry.

Declarations are read by every process; the functions that they name run in worker processes, which
alone import TensorFlow or TVM. Imports `errors`, `results` and `graphdef`; never cases or workers.
"""
