"""BuildKit with an OCI worker; needs root and runc."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from tests.stack.mounts import unmount_below
from tests.stack.services import Place

_CONFIG = """\
root = "{root}"

[grpc]
address = ["unix://{socket}"]

[history]
maxEntries = 20

[worker.containerd]
enabled = false

[worker.oci]
enabled = true
gc = true
maxUsedSpace = "8GB"
reservedSpace = "1GB"
minFreeSpace = "2GB"
"""
_PLAIN_HTTP = """
[registry."127.0.0.1:{port}"]
http = true
"""


@dataclass(frozen=True)
class Buildkit:
    """buildkitd; RUN uses the machine's network, so that packages can be installed without a bridge."""

    patience: float = 30.0

    def prepare(self, place: Place) -> list[str]:
        """Write the configuration: every registry of the stack speaks plain HTTP."""
        text = _CONFIG.format(root=place.data / "root", socket=place.socket)
        text += "".join(_PLAIN_HTTP.format(port=port) for port in place.ports.values())
        config = place.data / "buildkitd.toml"
        config.write_text(text)
        return ["buildkitd", "--config", str(config), "--oci-worker-net=host"]

    def answers(self, place: Place) -> bool:
        """Connect: the socket appears when the worker is ready."""
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(place.socket)) == 0

    def clean(self, place: Place) -> None:
        """Remove the socket and mounts that a kill left."""
        unmount_below(place.data)
        place.socket.unlink(missing_ok=True)
