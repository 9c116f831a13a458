"""Units of the columns of rows.csv."""

UNITS = {
    "kl": "nats",
    "max_ulp": "ULP",
    "reference_ms": "ms",
    "candidate_ms": "ms",
    "convert_s": "s",
    "import_s": "s",
    "optimize_s": "s",
    "build_s": "s",
}
"""Units by column; a figure that is not named here has none."""
