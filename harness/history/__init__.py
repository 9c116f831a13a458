"""Runs over time: every run kept as Parquet, queries over all of them, two runs compared.

Storage (`packed_table`, `history`, `keeper`), questions (`queries`), the comparison of two runs
(`comparison`, pure) and what a run is expected to find (`expectations`) are apart. Imports
`reports`, `judge`, `results` and errors; never runs a program.
"""
