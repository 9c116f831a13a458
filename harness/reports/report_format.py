"""The formats of `parity report --format`."""

from enum import StrEnum


class ReportFormat(StrEnum):
    """What a run is printed as."""

    MARKDOWN = "markdown"
    HTML = "html"
    CSV = "csv"
    JSON = "json"
    JUNIT = "junit"
