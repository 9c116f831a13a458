"""TVM 0.27: the stacks `relax`, `relax-onnx` and `relax-tflite`.

`stack` declares them; `imports` and `steps` are their build steps, behind those of
`harness.stacks.converters`; `virtual_machine` runs what they built. `frontend` imports a TensorFlow
GraphDef, `packed` is a pipeline for CPUs. TVM is imported only by functions that run in worker
processes; never imports cases or workers.
"""
