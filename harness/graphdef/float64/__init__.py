"""The float64 form of a GraphDef: the truth that both programs are held against.

`convert` is the entry; `rewrites` and `resize` write operations that TensorFlow has in float32
alone with others. Imports nothing above `harness.graphdef`.
"""
