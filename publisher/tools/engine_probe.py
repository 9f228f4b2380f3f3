"""Asking a service in a container whether it works: HTTP or TCP, from outside the container."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator

from publisher.catalog.smoke import ProbeCheck
from publisher.tools.engine_judge import MAX_OUTPUT, shorten, text_complaints

_ATTEMPT = 5.0
"""Seconds that one attempt may take."""
_PAUSE = 0.1
"""Seconds between two attempts."""


def probe(check: ProbeCheck, address: str, is_running: Callable[[], bool]) -> list[str]:
    """Ask until the service answers as expected, time is over or its container ended; give the complaints."""
    deadline = time.monotonic() + check.timeout
    while True:
        patience = min(_ATTEMPT, max(0.1, deadline - time.monotonic()))
        found = ask(check, address, patience)
        if not found:
            return []
        if not is_running():
            return ["the container ended", *found]
        if time.monotonic() >= deadline:
            return [f"no such answer within {check.timeout:g} s", *found]
        time.sleep(_PAUSE)


def ask(check: ProbeCheck, address: str, patience: float) -> list[str]:
    """Ask once, with at most `patience` seconds for each step of it."""
    try:
        if check.path is None:
            socket.create_connection((address, check.port), patience).close()
            return []
        return _get(check, address, patience)
    except (OSError, http.client.HTTPException) as error:
        return [f"port {check.port}: {str(error) or type(error).__name__}"]


def _get(check: ProbeCheck, address: str, patience: float) -> list[str]:
    connection = http.client.HTTPConnection(address, check.port, timeout=patience)
    connection.connect()
    try:
        with _cut_off(connection.sock, patience):
            connection.request("GET", check.path or "/", headers={"Host": f"localhost:{check.port}"})
            answer = connection.getresponse()
            body = answer.read(MAX_OUTPUT)
    finally:
        connection.close()
    found = [f"status {answer.status}, expected {check.status}"] if answer.status != check.status else []
    found += text_complaints("answer", body, check.output, ())
    return [*found, f"answer: {shorten(body)}"] if found and body else found


@contextlib.contextmanager
def _cut_off(line: socket.socket, patience: float) -> Iterator[None]:
    """End a conversation after `patience` seconds: a socket's own timeout starts anew with each byte."""
    timer = threading.Timer(patience, _shut, [line])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
