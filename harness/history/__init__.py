"""Runs over time: every run kept as Parquet, queries over all of them, two runs compared.

Storage (`packed_table`, `history`, `keeper`), questions (`queries`) and the comparison of two runs
(`comparison`, pure) are apart. Imports `reports`, `results` and errors; never runs a program.
"""
