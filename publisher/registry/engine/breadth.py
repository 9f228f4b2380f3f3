"""How many steps of one lane may run at a time: fewer after a 429, more again while steps succeed."""

from __future__ import annotations

from threading import Lock


class Breadth:
    """Additive increase, multiplicative decrease between one and `most`; shared by threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._now = most
        self._successes = 0
        self._is_news = True
        self._lock = Lock()

    @property
    def now(self) -> int:
        """Give how many may run."""
        return self._now

    def narrow(self) -> None:
        """Halve: the registry limits us.  What many threads hear at once counts once."""
        with self._lock:
            if self._is_news:
                self._now = max(1, self._now // 2)
            self._is_news, self._successes = False, 0

    def succeeded(self) -> None:
        """Take note of a step that was done; as many as run at a time, twice, allow one more."""
        with self._lock:
            self._is_news = True
            self._successes += 1
            if self._now < self._most and self._successes >= 2 * self._now:
                self._now, self._successes = self._now + 1, 0


class Breadths:
    """The breadth of each host's lane, from one transfer to the next."""

    def __init__(self) -> None:
        self._hosts: dict[str, Breadth] = {}

    def of(self, host: str, most: int) -> Breadth:
        """Give the breadth of a host, at first the most."""
        return self._hosts.setdefault(host, Breadth(most))

    def throttled(self, host: str) -> None:
        """Take note of a 429 of a host; one without a lane has nothing to narrow."""
        if host in self._hosts:
            self._hosts[host].narrow()
