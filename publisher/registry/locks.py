"""One lock for each key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from threading import Lock


class KeyedLocks:
    """Locks by key; a key's lock lives as long as this object."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._locks: defaultdict[Hashable, Lock] = defaultdict(Lock)

    def of(self, key: Hashable) -> Lock:
        """Give the lock of a key, the same one to every thread."""
        with self._guard:
            return self._locks[key]
