"""Benchmarks: they measure, tests check."""
