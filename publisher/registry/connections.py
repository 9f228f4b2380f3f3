"""Connections to one place, kept for the next request."""

from __future__ import annotations

from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Generic, Protocol, TypeVar
from weakref import finalize


class Connection(Protocol):
    """What a pool needs to know of a connection: it may be gone, and opens again by itself."""

    @property
    def is_closed(self) -> bool:
        """Tell that it was closed, or not opened yet."""

    @property
    def is_connected(self) -> bool:
        """Tell that the other side has neither hung up nor sent what nobody asked for."""

    def close(self) -> None:
        """Close it."""


C = TypeVar("C", bound=Connection)


class NoneFree(Exception):
    """Every connection is in use, and stayed so."""


class Pool(Generic[C]):
    """At most `most` connections in use at a time; the one that was used last is used next.

    `patience`: seconds that a thread waits for one.
    """

    def __init__(self, make: Callable[[], C], most: int, patience: float) -> None:
        self._make = make
        self._slots = BoundedSemaphore(most)
        self._idle: list[C] = []
        self._patience = patience
        finalize(self, _close, self._idle)  # whoever forgets a pool leaves no open connections

    def take(self) -> C:
        """Give a connection; whoever takes one gives it back.

        Raises:
            NoneFree: others kept them all for too long.
        """
        if not self._slots.acquire(timeout=self._patience):
            raise NoneFree
        try:
            connection = self._idle.pop()
        except IndexError:
            return self._made()
        if not connection.is_closed and not connection.is_connected:
            connection.close()
        return connection

    def give(self, connection: C, *, is_reusable: bool) -> None:
        """Take a connection back; one that is not reusable is closed."""
        if is_reusable:
            self._idle.append(connection)
        else:
            connection.close()
        self._slots.release()

    def clear(self) -> None:
        """Close the connections that nobody uses."""
        _close(self._idle)

    def _made(self) -> C:
        is_made = False
        try:
            made = self._make()
            is_made = True
        finally:
            if not is_made:
                self._slots.release()
        return made


def _close(idle: list[C]) -> None:
    while True:
        try:
            connection = idle.pop()
        except IndexError:
            return
        connection.close()
