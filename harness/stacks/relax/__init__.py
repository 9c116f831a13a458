"""TVM 0.27: the stacks `relax`, `relax-onnx` and `relax-tflite`.

`stack` declares them and holds their steps; `frontend` imports a TensorFlow GraphDef, `packed` is a
pipeline for CPUs. Only functions that run in workers import TVM; never imports cases or workers.
"""
