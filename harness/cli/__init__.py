"""The `parity` command: `main` declares the subcommands, a module each does the work.

The only room that imports typer and rich. Imports every other room but the tests.
"""
