"""A mapping that forgets what was stored longest ago."""

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(dict[K, V]):
    """Holds at most `most` values, so that a session of any length takes bounded memory.

    >>> found = Recent(2)
    >>> for key in "abc":
    ...     found[key] = 0
    >>> list(found)
    ['b', 'c']
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        while len(self) > self._most:
            del self[next(iter(self))]
