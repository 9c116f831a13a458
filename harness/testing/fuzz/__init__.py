"""A fuzzer of everything that reads files: any bytes give a value or a short ParityError.

`targets` lists what is fuzzed, `contract` what is demanded, `shapes` how inputs are made, `corpus`
the inputs that are kept. `python -m harness.testing.fuzz` runs it; the tests run a part of it.
"""
