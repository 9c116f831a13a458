"""The two programs' names for people, as a row has them from their stacks."""

from harness.results.row import Row


def program_names(
    row: Row, fallback: tuple[str, str] = ("reference", "candidate")
) -> tuple[str, str]:
    """Names of the reference and of the candidate; the fallback where one is unknown.

    Two programs of one name can't be told apart by it: both then get the fallback too.

    >>> from harness.testing.sample_rows import make_row
    >>> program_names(make_row(reference_program="A", candidate_program="B"))
    ('A', 'B')
    >>> program_names(make_row(reference_program="A"))
    ('A', 'candidate')
    >>> program_names(make_row(reference_program="A", candidate_program="A"))
    ('reference', 'candidate')
    """
    if row.reference_program == row.candidate_program:
        return fallback
    return row.reference_program or fallback[0], row.candidate_program or fallback[1]


def program_titles(row: Row) -> tuple[str, str]:
    """As `program_names`, for the head of a column: `Reference` and `Candidate` where unknown."""
    return program_names(row, ("Reference", "Candidate"))
