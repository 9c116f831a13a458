"""A mapping that forgets what was stored longest ago, and locks by key."""

import threading
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


class KeyLocks:
    """A lock for each key, of the keys that were asked for lately."""

    def __init__(self, most: int) -> None:
        self._locks: Recent[str, threading.Lock] = Recent(most)
        self._guard = threading.Lock()

    def of(self, key: str) -> threading.Lock:
        """The key's lock: two threads that make what a key stands for make it once."""
        with self._guard:
            if key not in self._locks:
                self._locks[key] = threading.Lock()
            return self._locks[key]
