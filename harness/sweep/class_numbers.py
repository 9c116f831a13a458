"""Text that a dataset gives as the class of an image → the index of the class."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.errors import UsageError
from harness.inputs.labels import LabelMap
from harness.sweep.manifests import ManifestSource

SHOWN = 3
"""Labels that a message names."""


class ClassNumbers:
    """Numbers of classes by their number, by a name of the label map, or by one of its synonyms.

    >>> ClassNumbers(LabelMap({1: "tench, Tinca tinca"})).number("Tinca tinca")
    1
    """

    def __init__(self, labels: LabelMap) -> None:
        whole = {name.lower(): index for index, name in labels.names.items()}
        parts = [
            (part.strip().lower(), index)
            for index, name in labels.names.items()
            for part in name.split(",")
        ]
        times = Counter(part for part, _ in parts)
        self._names: Mapping[str, int] = {p: i for p, i in parts if times[p] == 1} | whole

    def number(self, text: str) -> int | None:
        """The class of a text; None where it names none."""
        if text.isascii() and text.isdigit():
            return int(text)
        return self._names.get(text.strip().lower())

    def require(self, texts: Iterable[str], where: str) -> None:
        """Raise UsageError where some of the texts name no class; empty ones are no texts."""
        unknown = sorted({text for text in texts if text and self.number(text) is None})
        if unknown:
            shown = ", ".join(repr(text[:60]) for text in unknown[:SHOWN])
            more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
            raise UsageError(
                f"{where} gives {shown}{more} as class: neither the number of a class nor a name "
                "of the label map; correct it, or give the label map with --labels (in a case "
                "file: labels)"
            )


def labels_of(path: Path) -> dict[str, str]:
    """The label of each image of a CSV file with the columns `path` and `label`, by its path."""
    return {image.name: image.label for image in ManifestSource(path.resolve())}
