"""Loads the harness as a pytest plugin, so that a checkout needs no install."""

from importlib.util import find_spec

pytest_plugins = ["harness.plugin"]
if find_spec("hypothesis") is not None:  # the harness's own tests: their fixtures
    pytest_plugins += ["pytester", "harness.testing.fixtures"]
# Doctests are collected by importing; these packages import TVM 0.27 as they are imported.
HERE = find_spec("tvm") is not None and find_spec("tvm_ffi") is not None
RELAX = "harness/stacks/relax"
collect_ignore_glob = ["harness/testing/fakes/*"]  # programs of their own, put on the path by tests
collect_ignore_glob += [] if HERE else [f"{RELAX}/frontend/*", f"{RELAX}/packed/*"]
