"""GraphDef in, GraphDef out: read, find the endpoints, cut, build, modernise, write.

`float64` converts a graph so that TensorFlow evaluates it in float64. Imports `errors` and
`results`; never TensorFlow, TVM or anything that runs a graph.
"""
