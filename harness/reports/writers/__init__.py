"""The harness's own report formats, one module a format: each has a `WRITER`, a `ReportWriter`.

A module that is put here is found by `harness.reports.registry`; nothing else has to be changed.
Imports the rest of `reports`; nothing there imports a writer but the registry, and `run_json`.
"""
