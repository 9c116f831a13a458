"""Loads the harness as a pytest plugin, so that a checkout needs no install."""

pytest_plugins = ["harness.plugin"]
