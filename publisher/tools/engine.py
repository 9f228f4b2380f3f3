"""Smoke tests on a docker engine; the only module that imports docker.

Every command gets a container of its own, so images without a shell or `sleep` can be tested and no check
sees what another did.  Files are read from a container that is never started.  A probe's container sits in a
bridge network of the run; it is asked at its own address, so the engine must be on this machine.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.catalog.smoke import SmokeTest
from publisher.errors import EngineUnavailable
from publisher.oci.platform import Platform
from publisher.oci.reference import Reference
from publisher.records.test import CheckResult, TestMode
from publisher.tools.engine_archive import load_archive, unload_image
from publisher.tools.engine_box import Boxes, is_missing, own_network, refusal
from publisher.tools.engine_owner import OWNER_LABEL, RUN_LABEL, Owner, is_left_behind
from publisher.tools.engine_session import Session

if TYPE_CHECKING:
    from docker import APIClient

HINT = "start docker (`sudo systemctl start docker`), or let DOCKER_HOST name an engine that runs"
_PATIENCE = 120
"""Seconds that the engine may take for one answer (a pull reports progress meanwhile)."""
_BINFMT = Path("/proc/sys/fs/binfmt_misc")
_QEMU = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "386": "i386",
    "loong64": "loongarch64",
    "mips64le": "mips64el",
}
"""GOARCH → qemu's name, where they differ."""


class DockerEngine:
    """A docker engine at `endpoint` (`unix://…`, `tcp://…`; None: DOCKER_HOST, else docker's own socket).

    `credentials` maps a registry host to user name and password; others are pulled from anonymously.
    """

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        credentials: Mapping[str, tuple[str, str]] | None = None,
        binfmt: Path = _BINFMT,
    ) -> None:
        self._endpoint = endpoint
        self._credentials = dict(credentials or {})
        self._binfmt = binfmt

    def mode(self, platform: Platform) -> TestMode | None:
        """Tell how the platform would run here.

        Emulation is seen from this machine's binfmt_misc, so it counts for an engine on this machine only;
        the handler must have flag F: without, the emulator would have to be inside the image.

        Raises:
            EngineUnavailable: no engine answers.
        """
        with self._client() as client:
            version = client.version()
            if (version["Os"], version["Arch"]) == (platform.os, platform.architecture):
                return TestMode.NATIVE
            local = client.base_url.startswith("http+docker://")
        return TestMode.EMULATED if local and self._emulates(platform) else None

    def run(
        self, image: str, platform: Platform, test: SmokeTest, said: Callable[[str], None]
    ) -> tuple[CheckResult, ...]:
        """Run every check of a test on `repository@digest`.

        Raises:
            EngineUnavailable: the engine does not answer, or cannot pull the image.
        """
        with self._client() as client:
            details = self._pull(client, image, platform, said)
            found = Platform(f"{details['Os']}/{details['Architecture']}")
            if (found.os, found.architecture) != (platform.os, platform.architecture):
                message = f"the image is for {found}, not {platform}"
                said(f"FAILED: platform: {message}")
                return (CheckResult("platform", passed=False, message=message),)
            return self._check(client, image, details.get("Config") or {}, test, said)

    def forget(self, image: str) -> bool:
        """Remove an image from the engine, unless a container or tag still uses it; tell whether it went.

        Nothing calls this by itself: the next layer's test would have to pull everything again.

        Raises:
            EngineUnavailable: no engine answers.
        """
        with self._client() as client:
            try:
                client.remove_image(image)
            except OSError as error:
                if not refusal(error):
                    raise
                return False
            return True

    def load(self, archive: Path) -> str:
        """Take an image from a tar and give its id.

        Raises:
            EngineUnavailable: the engine does not answer, or cannot read the archive.
        """
        with self._client() as client:
            return load_archive(client, archive)

    def unload(self, image: str) -> None:
        """Remove a loaded image, unless it has a name or a container uses it.

        Raises:
            EngineUnavailable: no engine answers.
        """
        with self._client() as client:
            unload_image(client, image)

    def cleanup_stale(self) -> int:
        """Remove containers, images and networks of runs that were killed; give their number.

        Raises:
            EngineUnavailable: no engine answers.
        """
        here, wanted = Owner.of(os.getpid()), {"label": RUN_LABEL}
        with self._client() as client:
            boxes = [box for box in client.containers(all=True, filters=wanted) if _stale(box, here)]
            for box in boxes:
                _gone(client.remove_container, box["Id"], v=True, force=True)
            images = [image for image in client.images(filters=wanted) if _stale(image, here)]
            for image in images:
                _gone(client.remove_image, image["Id"], force=True)
            networks = [network for network in client.networks(filters=wanted) if _stale(network, here)]
            for network in networks:
                _gone(client.remove_network, network["Id"])
        return len(boxes) + len(images) + len(networks)

    def _emulates(self, platform: Platform) -> bool:
        name = _QEMU.get(platform.architecture, platform.architecture)
        try:
            lines = (self._binfmt / f"qemu-{name}").read_text().splitlines()
        except OSError:
            return False
        flags = next((line for line in lines if line.startswith("flags:")), "")
        return platform.os == "linux" and "enabled" in lines and "F" in flags.partition(":")[2]

    @contextlib.contextmanager
    def _client(self) -> Iterator[APIClient]:
        """Connect, and turn every foreign error into ours."""
        import docker
        from docker.constants import DEFAULT_UNIX_SOCKET
        from docker.errors import DockerException
        from docker.utils import kwargs_from_env

        options: dict[str, Any] = {"base_url": self._endpoint} if self._endpoint else {**kwargs_from_env()}
        where = options.setdefault("base_url", DEFAULT_UNIX_SOCKET.replace("http+unix", "unix"))
        try:
            _knock(where)
            client = docker.APIClient(**options, version="auto", timeout=_PATIENCE)
            with contextlib.closing(client):
                yield client
        except (DockerException, OSError) as error:
            words = refusal(error) if isinstance(error, OSError) else None
            message = "the docker engine refuses" if words else "no docker engine answers"
            raise EngineUnavailable(message, where=where, detail=words or str(error), hint=HINT) from error

    def _pull(
        self, client: APIClient, image: str, platform: Platform, said: Callable[[str], None]
    ) -> Mapping[str, Any]:
        try:
            return _details(client, image)
        except OSError as error:
            if not is_missing(error) or image.startswith("sha256:"):  # a loaded one cannot be pulled
                raise
        said(f"pull {image}")
        username, password = self._credentials.get(Reference.parse(image).repository.host, ("", ""))
        try:
            # Never None: then the client would read docker's own configuration file.
            client.pull(
                image, platform=str(platform), auth_config={"username": username, "password": password}
            )
            return _details(client, image)
        except OSError as error:
            if not (words := refusal(error)):
                raise
            hint = (
                "check that staging holds the image and that its credentials are set; then run the test again"
            )
            raise EngineUnavailable(
                "the engine cannot pull the image", where=image, detail=words, hint=hint
            ) from error

    def _check(
        self,
        client: APIClient,
        image: str,
        config: Mapping[str, Any],
        test: SmokeTest,
        said: Callable[[str], None],
    ) -> tuple[CheckResult, ...]:
        run = uuid.uuid4().hex
        labels = {RUN_LABEL: run, OWNER_LABEL: str(Owner.of(os.getpid()) or "")}
        with contextlib.ExitStack() as stack:
            network = None
            if test.probes or test.network:
                made = own_network(client, f"publisher-{run}", labels, internal=not test.network)
                network = stack.enter_context(made)
            session = Session(Boxes(client, labels, test, network), image, config, test, said)
            return session.results()


def _knock(endpoint: str) -> None:
    """See whether anybody listens: docker's client leaves its socket open where nobody does."""
    if endpoint.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(endpoint.removeprefix("unix://"))


def _details(client: Any, image: str) -> Mapping[str, Any]:
    return dict(client.inspect_image(image))


def _stale(thing: Mapping[str, Any], here: Owner | None) -> bool:
    created = thing.get("Created") or 0
    age = time.time() - created if isinstance(created, int | float) else 0.0
    return is_left_behind((thing.get("Labels") or {}).get(OWNER_LABEL, ""), age, here)


def _gone(remove: Callable[..., object], name: str, **options: bool) -> None:
    try:
        remove(name, **options)
    except OSError as error:
        if not refusal(error):
            raise
