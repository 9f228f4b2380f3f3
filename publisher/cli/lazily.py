"""An adapter that is made when it is first used."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


def lazily(make: Callable[[], Any]) -> Any:
    """Stand for an object that `make` gives once an attribute of it is asked for; any port, hence Any."""
    return _Lazy(make)


class _Lazy:
    """The stand-in."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: Any = None
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        with self._lock:
            if self._made is None:
                self._made = self._make()
        return getattr(self._made, name)
