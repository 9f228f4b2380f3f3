"""The plain transfer: one blob after another, from staging to one destination.

It asks before it sends, so running it again sends nothing.  The parallel engine will
stand behind the same port.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import assert_never

from publisher.errors import RegistryError
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.ports.progress import Progress
from publisher.ports.registry import Registry
from publisher.transfer.operations import (
    AddReferrer,
    CheckContents,
    PutManifest,
    SendBlob,
    ShipmentOperations,
)

CHECK_DEADLINE = 20.0
"""Seconds that a registry may take until what was written shows up in its answers."""


@dataclass(frozen=True, slots=True)
class Copier:
    """Copies through registry clients; `registry` gives the client of a host.

    `stopped` tells that the whole run is given up (Ctrl-C), asked between operations.
    """

    registry: Callable[[str], Registry]
    progress: Progress
    stopped: Callable[[], bool] = lambda: False
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def execute(self, registry: str, operations: Sequence[ShipmentOperations]) -> None:
        """Carry out all operations in order; see `publisher.ports.transfer`."""
        for shipment in operations:
            _Delivery(self, registry, shipment).run()


@dataclass(slots=True)
class _Delivery:
    """One shipment on its way to one destination."""

    copier: Copier
    name: str
    shipment: ShipmentOperations
    listed: dict[Digest, frozenset[Digest]] = field(default_factory=dict)

    def run(self) -> None:
        if self._is_there():
            return
        for step in self.shipment.steps:
            if self.copier.stopped():
                raise RegistryError("the run was given up", where=self.name, hint="run again to go on")
            match step:
                case SendBlob():
                    self._send_blob(step)
                case PutManifest():
                    self._put_manifest(step)
                case AddReferrer():
                    self._add_referrer(step)
                case _:
                    assert_never(step)
        self._await_checks()

    def _is_there(self) -> bool:
        return all(self._wrong(check) is None for check in self.shipment.checks)

    def _send_blob(self, step: SendBlob) -> None:
        registry, path = self._at(step.repository), step.repository.path
        if registry.has_blob(path, step.blob.digest):
            return
        if step.mount_from is not None and registry.mount_blob(path, step.blob, step.mount_from.path):
            return
        source = self._at(step.source)

        def open_source() -> AbstractContextManager[Iterator[bytes]]:
            return source.open_blob(step.source.path, step.blob)

        self.copier.progress.update("publish", self.name, f"{step.repository} {step.blob.digest.short}")
        registry.put_blob(path, step.blob, open_source)
        self.copier.progress.transferred(self.name, step.blob.size)

    def _put_manifest(self, step: PutManifest) -> None:
        registry, path = self._at(step.repository), step.repository.path
        found = registry.head_manifest(path, step.reference)
        if found is None or found.digest != step.manifest.digest:
            registry.put_manifest(path, step.reference, step.manifest)
            self.copier.progress.reached("publish:manifest")

    def _add_referrer(self, step: AddReferrer) -> None:
        digest = step.manifest.digest
        if digest not in self._listed(step.repository, step.subject):
            self._at(step.repository).add_referrer(step.repository.path, step.manifest)

    def _listed(self, repository: Repository, subject: Digest) -> frozenset[Digest]:
        if subject not in self.listed:
            found = self._at(repository).referrers(repository.path, subject)
            self.listed[subject] = frozenset(item.digest for item in found)
        return self.listed[subject]

    def _await_checks(self) -> None:
        deadline = self.copier.clock() + CHECK_DEADLINE
        for check in self.shipment.checks:
            pause = 0.1
            while (wrong := self._wrong(check)) is not None:
                if self.copier.clock() >= deadline:
                    raise RegistryError(
                        f"contents are not complete at {self.name}: {wrong}",
                        where=f"{check.repository}@{check.digest}",
                        hint="run again; if it stays, the registry drops referrers or manifests",
                    )
                self.copier.sleep(pause)
                pause = min(2 * pause, 2.0)

    def _wrong(self, check: CheckContents) -> str | None:
        """Say what a destination lacks; None when it holds a digest with its tag and all its evidence."""
        registry, path = self._at(check.repository), check.repository.path
        found = registry.head_manifest(path, check.tag or check.digest)
        if found is None or found.digest != check.digest:
            return f"{check.tag or 'the manifest'} is not there"
        if not check.referrers:
            return None
        listed = {item.digest for item in registry.referrers(path, check.digest)}
        missing = check.referrers - listed
        return f"{len(missing)} of {len(check.referrers)} referrers are not listed" if missing else None

    def _at(self, repository: Repository) -> Registry:
        return self.copier.registry(repository.host)
