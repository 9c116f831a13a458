"""`Identity`: what a row is about, so that rows of several runs, or nights, can be matched."""

from typing import NamedTuple, Self

from harness.results.row import Row


class Identity(NamedTuple):
    """What was compared, whatever came of it; two rows with equal identities can be compared.

    A file counts by the SHA-256 of its bytes, so that a copy in another folder is the same file and
    a changed file under an old name is another. Where the digest is unknown, because the file could
    not be obtained, the name that the case gives it stands in. All rows are matched by this value:
    when runs are merged, when the page groups and links rows, and when nights are compared.
    """

    case: str
    """Path of the case file from pytest's rootdir, without its suffix; or `check`."""
    model: str
    """The reference's model: digest, else name."""
    image: str
    """Digest, else name."""
    candidate: str
    """Id; the digest of its model follows after `@` where that is not the reference's."""
    scope: str
    """`graph` or `end_to_end`."""

    @classmethod
    def of(cls, row: Row) -> Self:
        """The identity of a row.

        >>> from harness.testing.sample_rows import make_row
        >>> Identity.of(make_row(case="check", model="a.pb", image_sha256="0f")).image
        '0f'
        """
        other = row.candidate_model_sha256
        compiled = f"@{other}" if other and other != row.model_sha256 else ""
        return cls(
            case=row.case,
            model=row.model_sha256 or row.model,
            image=row.image_sha256 or row.image,
            candidate=f"{row.candidate}{compiled}",
            scope=row.scope,
        )

    def without(self, *names: str) -> Self:
        """With these fields empty: rows that differ in nothing else have it in common."""
        return self._replace(**dict.fromkeys(names, ""))


def task_name(row: Row) -> str:
    """What the rows of one task have in common, as a node id of pytest has it.

    >>> from harness.testing.sample_rows import make_row
    >>> task_name(make_row(case="cases/a", image="b.png", candidate="relay-host"))
    'cases/a::b.png[relay-host]'
    """
    return f"{row.case}::{row.image}[{row.candidate}]"
