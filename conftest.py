"""Loads the harness as a pytest plugin, so that a checkout needs no install."""

from importlib.util import find_spec

pytest_plugins = ["harness.plugin"]
# Doctests are collected by importing; these packages import TVM 0.27 as they are imported.
HERE = find_spec("tvm") is not None and find_spec("tvm_ffi") is not None
collect_ignore_glob = [] if HERE else ["harness/frontends/*", "harness/packed/*"]
