"""The programs that can compile or run a model: `Stack` and `Program`, and the registry of stacks.

Declarations are read by every process; the functions that they name run in worker processes, which
alone import TensorFlow or TVM. A new stack is a module here and its name in `registry`. Imports
`errors`, `results` and `graphdef`; never cases or workers.
"""
