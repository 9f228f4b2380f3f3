"""The engines that the contract suites run on, and what the image shows that they test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from publisher.catalog.smoke_file import read_smoke
from publisher.oci.platform import Platform
from publisher.ports.engine import Engine
from publisher.records.test import CheckResult
from publisher.tools.engine import DockerEngine
from publisher.tools.engine_judge import FileFacts, Finished
from tests.contract.tiny_image import push_image, shell_layer
from tests.fakes.engine import FakeImage
from tests.stack import Stack, tool_folder

AMD64 = Platform("linux/amd64")
CONFIG: Mapping[str, Any] = {
    "Env": ["PATH=/bin", "GREETING=hi"], "User": "7", "WorkingDir": "/opt", "Entrypoint": ["/bin/cat"],
    "Cmd": ["x"],
    "ExposedPorts": {"8080/tcp": {}}, "Labels": {"maker": "us"}, "Volumes": {"/data": {}},
}  # fmt: skip
SH = ("/bin/sh", "-c")
TABLE = FakeImage(
    commands={
        (*SH, "echo one; echo two >&2; exit 3"): Finished(3, b"one\n", b"two\n"),
        (*SH, "echo $GREETING"): Finished(0, b"hi\n"),
        (*SH, "sleep 60"): Finished(None, note="did not end within 1 s"),
        (*SH, "echo from the; echo test"): Finished(0, b"from the\ntest\n"),
    },
    files={
        "/etc/motd": FileFacts("-rw-r-----", 0o640, 7, 8, b"welcome, reader\nsecond line\n"),
        "/opt/chain": FileFacts("lrwxrwxrwx", 0o777, 0, 0, b"welcome, reader\nsecond line\n"),
        "/opt/broken": FileFacts("lrwxrwxrwx", 0o777, 0, 0),
        "/opt/setuid": FileFacts("-rwsr-xr-x", 0o4755, 0, 0, b"x"),
        "/tmp": FileFacts("drwxrwxrwt", 0o1777, 0, 0),
    },
    ports=frozenset({8080}),
    config=CONFIG,
)


@dataclass
class World:
    """An engine and the image of the table."""

    engine: Engine
    image: str

    def check(self, test: str, platform: Platform = AMD64) -> dict[str, CheckResult]:
        """Run a test written in our form; give the results by name."""
        said: list[str] = []
        smoke = read_smoke("smoke.yml", f"version: 1\n{test}".encode())
        results = self.engine.run(self.image, platform, smoke, said.append)
        assert all(any(result.name in line for line in said) for result in results)
        return {result.name: result for result in results}

    def verdicts(self, test: str) -> dict[str, bool]:
        return {name: result.passed for name, result in self.check(test).items()}


def docker_world(stack: Stack) -> World:
    """Push the image of the table and give docker."""
    layer = shell_layer(extra=[(tool_folder() / "referrers-registry").resolve()])
    reference = push_image(f"{stack.url('staging')}/engine/shell", layer, config=CONFIG)
    return World(DockerEngine(stack.endpoint("docker")), reference.pinned)
