"""`parity columns`: name, type, unit and meaning of every column of rows.csv."""

from rich.table import Table

from harness.cli.json_output import print_json
from harness.cli.terminal import console
from harness.results.row import Row
from harness.results.units import UNITS


def run(*, as_json: bool) -> int:
    """Print the columns in the order of the file; 0."""
    meanings, types = Row.meanings(), Row.column_types()
    lines = [
        {
            "name": name,
            "type": types[name].__name__,
            "unit": UNITS.get(name, ""),
            "meaning": " ".join(meanings[name].split()),
        }
        for name in Row.columns()
    ]
    if as_json:
        print_json(lines)
        return 0
    table = Table("column", "type", "unit", "meaning", box=None, pad_edge=False)
    table.columns[0].overflow = "fold"
    for line in lines:
        table.add_row(*line.values())
    console().print(table)
    return 0
