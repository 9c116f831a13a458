"""`python -m harness.cli` is the `parity` command."""

from harness.cli.main import main

main()
