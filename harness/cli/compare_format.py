"""The formats of `parity compare`."""

from enum import StrEnum


class CompareFormat(StrEnum):
    """What the comparison is printed as."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    HTML = "html"
