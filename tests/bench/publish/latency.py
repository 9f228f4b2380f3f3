"""Registries far away: toxiproxy in front of each, half of the round trip in either direction."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.bench.publish.registries import free_ports, start_program


@contextmanager
def far_away(folder: Path, addresses: Mapping[str, str], round_trip: int) -> Iterator[dict[str, str]]:
    """Give other addresses for the same registries, `round_trip` milliseconds away."""
    folder.mkdir(parents=True, exist_ok=True)
    control, *ports = free_ports(1 + len(addresses))
    argv = ["toxiproxy-server", "-host", "127.0.0.1", "-port", str(control)]
    process = start_program(argv, folder / "toxiproxy.out", folder / "toxiproxy.err")
    try:
        found = {name: f"127.0.0.1:{port}" for name, port in zip(addresses, ports, strict=True)}
        for name, address in addresses.items():
            _post(control, "/proxies", {"name": name, "listen": found[name], "upstream": address})
            for stream in ("upstream", "downstream"):
                toxic = {"type": "latency", "stream": stream, "attributes": {"latency": round_trip // 2}}
                _post(control, f"/proxies/{name}/toxics", {"name": stream, **toxic})
        yield found
    finally:
        process.kill()
        process.wait()


def _post(port: int, path: str, document: object) -> None:
    for _ in range(500):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("POST", path, json.dumps(document), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            assert answer.status < 300, answer.read()
            return
        except ConnectionRefusedError:
            time.sleep(0.02)
        finally:
            connection.close()
    raise AssertionError("toxiproxy does not answer")
