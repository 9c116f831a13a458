"""The tables of docs/proof.md."""

from harness.proof.material import MATERIAL, JudgedFault, Proof
from harness.proof.project import is_planted_in_reference


def proof_tables(proof: Proof) -> str:
    """The tables of docs/proof.md."""
    material = [one for one in proof.planted if one.material]
    found = [one for one in material if one.detected]
    clean = [(name, row) for name, rows in proof.clean.items() for row in rows]
    alarms = [row for _, row in clean if not row.status.passing]
    lines = [
        "# What the harness tells apart",
        "",
        "Made by `parity prove`. A fault is material on a photo where float64 truth itself moves",
        f"by more than {MATERIAL:g} times what rounding does to TensorFlow there.",
        "",
        "| | rows | |",
        "|---|---|---|",
        f"| material faults | {len(material)} | {len(found)} detected as `mismatch` |",
        f"| clean rows | {len(clean)} | {len(alarms)} false alarms |",
        f"| faults that move nothing beyond rounding | {len(proof.planted) - len(material)} | |",
        "",
        "| model | kind | where | photo | truth moves | rounding | status |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_line(one) for one in sorted(proof.planted, key=lambda one: not one.material)]
    lines += ["", "| clean model | candidate | photo | max abs | error ratio | status |"]
    lines += ["|---|---|---|---|---|---|"]
    lines += [
        f"| {name} | {row.candidate} | {row.image} "
        f"| {row.max_abs:.2g} | {row.error_ratio:.2g} | {row.status} |"
        for name, row in clean
    ]
    dropped = {
        (one.row.stack, one.fault.kind)
        for one in proof.planted
        if is_planted_in_reference(one.fault, one.row.stack)
    }
    for stack, kind in sorted(dropped):
        lines += ["", f"The importer of {stack} drops {kind} without a word, so there the faulty"]
        lines += ["graph is the reference's and the whole one is compiled."]
    for model, kinds in proof.inapplicable.items():
        if kinds:
            lines += ["", f"No place in {model} for: {', '.join(kinds)}."]
    return "\n".join(lines) + "\n"


def _line(one: JudgedFault) -> str:
    moved = f"{one.truth_moved:.2g}" + ("" if one.material else " (not material)")
    return (
        f"| {one.model} | {one.fault.kind} | {one.fault.where} | {one.row.image} | {moved} | "
        f"{one.rounding:.2g} | {one.row.status} |"
    )
