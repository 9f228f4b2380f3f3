"""Toxiproxy in front of a registry: bad lines rather than bad answers (github.com/Shopify/toxiproxy)."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.test_disk_full import free_port
from tests.stack import processes, tool_folder

PATIENCE = 10.0
"""Seconds until the program must answer."""


@dataclass(frozen=True, slots=True)
class Toxic:
    """One kind of bad line; `upstream` is the way to the registry.  `part` of all connections have it."""

    kind: str
    attributes: Mapping[str, int]
    stream: str = "upstream"
    part: float = 1.0

    def __str__(self) -> str:
        values = "-".join(f"{name}-{value}" for name, value in self.attributes.items())
        return f"{self.kind}-{self.stream}-{values}{'' if self.part == 1.0 else f'-of-{self.part}'}"


@dataclass(frozen=True, slots=True)
class Line:
    """A line to one registry; `host` is where the client calls."""

    api: int
    host: str
    upstream: str

    def poison(self, *toxics: Toxic) -> None:
        """Make the line bad; replaces what was wrong with it before."""
        _ask(self.api, "POST", "/reset", {})
        for toxic in toxics:
            _ask(self.api, "POST", "/proxies/line/toxics", {
                "name": toxic.kind, "type": toxic.kind, "stream": toxic.stream,
                "toxicity": toxic.part, "attributes": dict(toxic.attributes),
            })  # fmt: skip


@contextmanager
def line_to(upstream: str, folder: Path) -> Iterator[Line]:
    """Start the program with one line, which is good at first, and end it."""
    program, api, port = tool_folder() / "toxiproxy-server", free_port(), free_port()
    log = folder / "toxiproxy.log"
    process = processes.spawn(
        [str(program), "-host", "127.0.0.1", "-port", str(api)],
        env=processes.service_environment(tool_folder()), output=log, errors=log,
    )  # fmt: skip
    try:
        _await(api)
        host = f"127.0.0.1:{port}"
        _ask(api, "POST", "/proxies", {"name": "line", "listen": host, "upstream": upstream, "enabled": True})
        yield Line(api, host, upstream)
    finally:
        processes.stop([process])


def _await(api: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            _ask(api, "GET", "/version", None)
        except OSError:
            assert time.monotonic() < deadline, "toxiproxy does not answer"
            time.sleep(0.02)
        else:
            return


def _ask(api: int, method: str, path: str, plain: Mapping[str, object] | None) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", api, timeout=PATIENCE)
    try:
        connection.request(method, path, None if plain is None else json.dumps(plain))
        answer = connection.getresponse()
        text = answer.read().decode()
        assert answer.status < 300, f"{method} {path}: {answer.status} {text}"
    finally:
        connection.close()
