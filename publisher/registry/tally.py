"""How often a registry was asked, counted over all threads."""

from __future__ import annotations

from threading import Lock

from publisher.transfer.figures import Traffic


class Tally:
    """Counters; each request and every wait of each thread counts."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests = 0
        self._retried = 0
        self._waited = 0.0

    def asked(self) -> None:
        """Count a request that goes out."""
        with self._lock:
            self._requests += 1

    def repeated(self) -> None:
        """Count an action that is tried again."""
        with self._lock:
            self._retried += 1

    def waited(self, seconds: float) -> None:
        """Count seconds that a limit cost."""
        with self._lock:
            self._waited += seconds

    @property
    def traffic(self) -> Traffic:
        """Give what was counted so far."""
        with self._lock:
            return Traffic(self._requests, self._retried, self._waited)
