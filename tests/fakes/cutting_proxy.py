"""A way to a registry that cuts connections: in the middle of what is sent, or of what is answered."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread


@dataclass
class CuttingProxy:
    """Forwards bytes on loopback.

    Each number in `sent` or `answered` cuts one connection after so many bytes of that direction; the
    next connection that gets so far meets the next number.
    """

    target: str
    sent: deque[int] = field(default_factory=deque)
    answered: deque[int] = field(default_factory=deque)
    host: str = ""
    cuts: int = 0

    @contextmanager
    def running(self) -> Iterator[CuttingProxy]:
        """Forward until the block ends."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.host = f"127.0.0.1:{listener.getsockname()[1]}"
            Thread(target=self._accept, args=(listener,), daemon=True).start()
            yield self

    def _accept(self, listener: socket.socket) -> None:
        name, _, port = self.target.partition(":")
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection((name, int(port)))
                for one, other, cuts in ((near, far, self.sent), (far, near, self.answered)):
                    Thread(target=self._pump, args=(one, other, cuts), daemon=True).start()

    def _pump(self, one: socket.socket, other: socket.socket, cuts: deque[int]) -> None:
        passed = 0
        with suppress(OSError):
            while piece := one.recv(65536):
                passed += len(piece)
                if cuts and passed >= cuts[0]:
                    piece = piece[: max(0, len(piece) - (passed - cuts.popleft()))]
                    other.sendall(piece)
                    self.cuts += 1
                    break
                other.sendall(piece)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
