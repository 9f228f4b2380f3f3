"""Three kinds of registry: distribution 3, Debian's distribution 2, and ours with the referrers API."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass

from tests.stack.services import Place


@dataclass(frozen=True)
class Distribution:
    """A registry without the referrers API; deletes are allowed."""

    program: str
    patience: float = 20.0

    def prepare(self, place: Place) -> list[str]:
        """Write the configuration; JSON is YAML too."""
        config = {
            "version": 0.1,
            "log": {"level": "warn", "accesslog": {"disabled": False}},
            "http": {"addr": f"127.0.0.1:{place.port}", "secret": f"loopback-{place.name}"},
            "storage": {
                "filesystem": {"rootdirectory": str(place.data / "store")},
                "delete": {"enabled": True},
                "maintenance": {"uploadpurging": {"enabled": False}},
            },
        }
        path = place.data / "config.yml"
        path.write_text(json.dumps(config, indent=1))
        return [self.program, "serve", str(path)]

    def answers(self, place: Place) -> bool:
        """Ask `GET /v2/`."""
        return answers_v2(place.port)

    def clean(self, place: Place) -> None:
        """Leave nothing behind by itself."""


@dataclass(frozen=True)
class ReferrersRegistry:
    """A registry with the referrers API; its repositories share their blobs, so every mount succeeds."""

    patience: float = 20.0

    def prepare(self, place: Place) -> list[str]:
        """Return the command line; the program needs no configuration."""
        return [
            "referrers-registry",
            *("-listen", f"127.0.0.1:{place.port}"),
            *("-data", str(place.data / "store")),
        ]

    def answers(self, place: Place) -> bool:
        """Ask `GET /v2/`."""
        return answers_v2(place.port)

    def clean(self, place: Place) -> None:
        """Leave nothing behind by itself."""


def answers_v2(port: int) -> bool:
    """Tell whether a registry answers on the loopback port."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
