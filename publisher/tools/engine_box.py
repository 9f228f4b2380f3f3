"""Containers, images and networks of one run: made with limits, always taken away again.

The client is docker's `APIClient`, made by `publisher.tools.engine`.  A refusal of the engine is an `OSError`
with a `response`; any other `OSError` means that the engine is gone, and is left to the caller.
"""

from __future__ import annotations

import contextlib
import posixpath
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from publisher.catalog.smoke import ProbeCheck, SmokeTest
from publisher.tools.engine_judge import FileFacts, Finished, file_facts
from publisher.tools.engine_stream import ChunkReader

MAX_FILE = 16 * 1024 * 1024
"""Largest file whose content is looked at, in bytes."""
_MAX_LINKS = 10
_NOT_FOUND = 404
_CHUNK = 64 * 1024
_SETTLING = 10.0
"""Seconds that a killed container may take to be gone."""
_LOG = {"Type": "json-file", "Config": {"max-size": "1m", "max-file": "2"}}
"""At most 2 MB of output stay on the engine's disk, however much a command prints."""
_DROPPED = ["AUDIT_WRITE", "MKNOD", "NET_RAW", "SYS_CHROOT"]
"""Capabilities of docker's default set that no smoke test needs."""


def refusal(error: OSError) -> str | None:
    """Give the engine's own words if it answered and refused, None when it did not answer."""
    if getattr(error, "response", None) is None:
        return None
    return str(getattr(error, "explanation", None) or error).strip()


def is_missing(error: OSError) -> bool:
    """Tell whether the engine answered 404."""
    return getattr(getattr(error, "response", None), "status_code", None) == _NOT_FOUND


@dataclass(frozen=True, slots=True)
class Boxes:
    """Makes what one test needs; `labels` mark all of it."""

    client: Any
    labels: Mapping[str, str]
    test: SmokeTest
    network: str | None = None

    @contextlib.contextmanager
    def container(self, image: str, argv: Sequence[str], environment: Mapping[str, str]) -> Iterator[str]:
        """Make a container that runs exactly `argv`, and remove it afterwards, running or not."""
        network = self.network if self.test.network else None
        with self._made(self._settings(image, environment, network, Entrypoint=list(argv), Cmd=[])) as box:
            yield box

    @contextlib.contextmanager
    def service(self, image: str, check: ProbeCheck) -> Iterator[str]:
        """Make a container in our network that runs the image as it is, or with the check's own command."""
        command = {"Cmd": list(check.argv)} if check.argv else {}
        with self._made(self._settings(image, {}, self.network, **command)) as box:
            yield box

    def run(
        self, image: str, argv: Sequence[str], environment: Mapping[str, str], timeout: float
    ) -> Finished:
        """Run a command in a container of its own."""
        with self.container(image, argv, environment) as box:
            return self.finish(box, timeout)

    @contextlib.contextmanager
    def after(
        self, image: str, argv: Sequence[str], environment: Mapping[str, str], timeout: float
    ) -> Iterator[str]:
        """Give an image with the changes that a command made, and remove it afterwards."""
        with self.container(image, argv, environment) as box:
            self.finish(box, timeout)
            made = self.client.commit(box)["Id"]
        try:
            yield made
        finally:
            self._forget(made)

    def begin(self, box: str) -> str:
        """Start a container; give the engine's words if it cannot be started."""
        try:
            self.client.start(box)
        except OSError as error:
            if not (said := refusal(error)):
                raise
            return f"cannot be started: {said}"
        return ""

    def finish(self, box: str, timeout: float) -> Finished:
        """Start a container and wait for its end, which is forced after `timeout` seconds."""
        if refused := self.begin(box):
            return Finished(None, note=refused)
        code, note = self._wait(box, timeout)
        return Finished(code, self.log(box, stdout=True), self.log(box, stdout=False), note)

    def log(self, box: str, *, stdout: bool) -> bytes:
        """Read what a container has printed, up to the bound of its log."""
        return bytes(self.client.logs(box, stdout=stdout, stderr=not stdout))

    def is_running(self, box: str) -> bool:
        """Tell whether a container runs."""
        return bool(self.client.inspect_container(box)["State"]["Running"])

    def address(self, box: str) -> str:
        """Give a container's address in our network."""
        networks = self.client.inspect_container(box)["NetworkSettings"]["Networks"]
        return str(networks[self.network]["IPAddress"])

    def facts(self, box: str, path: str, *, content: bool) -> FileFacts | None:
        """Look at a file of a container that need not have been started; None when it is not there.

        Mode and owner are those of a link itself, the content is that of what it leads to.
        """
        first = self._member(box, path, content=content)
        if first is None:
            return None
        facts, target = first
        for _ in range(_MAX_LINKS if content else 0):
            if not target:
                break
            followed, target = self._member(box, target, content=True) or (facts, "")
            facts = replace(facts, content=followed.content)
        return facts

    def _member(self, box: str, path: str, *, content: bool) -> tuple[FileFacts, str] | None:
        """Read the first entry of a path's archive: what it is, and where it points if it is a link.

        The answer is left after that: a folder's archive holds all that is in it.
        """
        client = self.client
        url = f"{client.base_url}/v{client.api_version}/containers/{box}/archive"
        with client.get(url, params={"path": path}, stream=True, timeout=client.timeout) as answer:
            if answer.status_code == _NOT_FOUND:
                return None
            answer.raise_for_status()
            with tarfile.open(fileobj=ChunkReader(answer.iter_content(_CHUNK)), mode="r|") as archive:
                return _first(archive, path, content=content)

    def _wait(self, box: str, timeout: float) -> tuple[int | None, str]:
        try:
            return int(self.client.wait(box, timeout=timeout)["StatusCode"]), ""
        except OSError:
            # "Took too long" and "engine is gone" look the same here; the next call tells them apart.
            self._kill(box)
            self.client.wait(box, timeout=_SETTLING)
            return None, f"did not end within {timeout:g} s"

    def _kill(self, box: str) -> None:
        try:
            self.client.kill(box)
        except OSError as error:
            if not refusal(error):  # a refusal: it just ended by itself
                raise

    @contextlib.contextmanager
    def _made(self, settings: Mapping[str, Any]) -> Iterator[str]:
        box = self.client.create_container_from_config(settings)["Id"]
        try:
            yield box
        finally:
            with contextlib.suppress(OSError):  # gone already, or the engine is: nothing more can be done
                self.client.remove_container(box, v=True, force=True)

    def _settings(
        self, image: str, environment: Mapping[str, str], network: str | None, **more: object
    ) -> dict[str, Any]:
        """Give the body of `POST /containers/create` (docker's Engine API)."""
        return {
            "Image": image, "Env": [f"{name}={value}" for name, value in environment.items()],
            "Labels": dict(self.labels), "Healthcheck": {"Test": ["NONE"]},
            "HostConfig": self._limits(network), **more,
        }  # fmt: skip

    def _limits(self, network: str | None) -> dict[str, Any]:
        return {
            "NetworkMode": network or "none", "LogConfig": _LOG, "CapDrop": _DROPPED,
            "Memory": self.test.memory, "MemorySwap": self.test.memory, "PidsLimit": self.test.processes,
            "SecurityOpt": ["no-new-privileges"],
        }  # fmt: skip

    def _forget(self, image: str) -> None:
        with contextlib.suppress(OSError):
            self.client.remove_image(image, force=True)


def _first(archive: tarfile.TarFile, path: str, *, content: bool) -> tuple[FileFacts, str] | None:
    member = archive.next()
    if member is None:
        return None
    readable = content and member.isreg() and member.size <= MAX_FILE
    file = archive.extractfile(member) if readable else None
    target = posixpath.join(posixpath.dirname(path), member.linkname) if member.issym() else ""
    return file_facts(member, file.read() if file else None), target


@contextlib.contextmanager
def own_network(client: Any, name: str, labels: Mapping[str, str], *, internal: bool) -> Iterator[str]:
    """Make a bridge network for one run, without a way out when internal, and remove it afterwards."""
    made = client.create_network(name, driver="bridge", internal=internal, labels=dict(labels))["Id"]
    try:
        yield name
    finally:
        with contextlib.suppress(OSError):
            client.remove_network(made)
