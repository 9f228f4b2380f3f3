"""Evidence of a digest in staging: look before attaching, one writer per digest at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from publisher.attestation.bundle import evidence_kind
from publisher.errors import AttestError
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.reference import Reference, Repository
from publisher.ports.registry import Registry
from publisher.ports.signer import Signer
from publisher.records.evidence import Evidence, EvidenceKind


@dataclass(slots=True)
class EvidenceDesk:
    """Attaches and finds evidence in one repository."""

    registry: Registry
    signer: Signer
    repository: Repository
    _locks: dict[Digest, threading.RLock] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def reference(self, digest: Digest) -> Reference:
        """Give `repository@digest`."""
        return Reference(self.repository, digest=digest)

    @contextmanager
    def writing(self, digest: Digest) -> Iterator[None]:
        """Hold the right to attach evidence to a digest."""
        with self._guard:
            lock = self._locks.setdefault(digest, threading.RLock())
        with lock:
            yield

    def listed(self, digest: Digest) -> tuple[Evidence, ...]:
        """List what is attached, by kind; referrers that we do not know are left out.

        Raises:
            RegistryError: the list cannot be read; this never looks like `nothing attached`.
        """
        found = [
            (self._kind(item), item.digest) for item in self.registry.referrers(self.repository.path, digest)
        ]
        return tuple(sorted({Evidence(kind, manifest) for kind, manifest in found if kind is not None}))

    def _kind(self, referrer: Descriptor) -> EvidenceKind | None:
        kind = evidence_kind(referrer)
        if kind is None and referrer.artifact_type in (None, "", *_BUNDLES):
            manifest = self.registry.get_manifest(self.repository.path, referrer.digest)
            kind = evidence_kind(manifest.descriptor)
        return kind

    def predicates(self, digest: Digest, kind: EvidenceKind) -> tuple[bytes, ...]:
        """Give the verified predicates of a kind; asks cosign only where something is listed."""
        if not any(item.kind is kind for item in self.listed(digest)):
            return ()
        return self.signer.verified_predicates(self.reference(digest), kind)

    def ensure_predicate(
        self, digest: Digest, kind: EvidenceKind, valid: Callable[[bytes], bool], make: Callable[[], bytes]
    ) -> tuple[Evidence, ...]:
        """Attach a predicate unless a valid one is there; give the evidence of that kind that counts."""
        with self.writing(digest):
            before = self._of(digest, kind)
            if before and any(
                valid(raw) for raw in self.signer.verified_predicates(self.reference(digest), kind)
            ):
                return before
            self.signer.attest(self.reference(digest), kind, make())
            return self._added(digest, kind, before)

    def ensure_signature(self, digest: Digest) -> tuple[Evidence, ...]:
        """Sign a digest unless it carries our signature."""
        kind = EvidenceKind.SIGNATURE
        with self.writing(digest):
            before = self._of(digest, kind)
            if before and self.signer.verify(self.reference(digest)):
                return before
            self.signer.sign(self.reference(digest))
            return self._added(digest, kind, before)

    def _of(self, digest: Digest, kind: EvidenceKind) -> tuple[Evidence, ...]:
        return tuple(item for item in self.listed(digest) if item.kind is kind)

    def _added(
        self, digest: Digest, kind: EvidenceKind, before: tuple[Evidence, ...]
    ) -> tuple[Evidence, ...]:
        added = tuple(item for item in self._of(digest, kind) if item not in before)
        if not added:
            raise AttestError(
                f"the {kind.name.lower().replace('_', ' ')} that was attached is not listed",
                where=str(self.reference(digest)),
                hint="run again; if it stays, look whether something else writes referrers of this digest",
            )
        return added


_BUNDLES = ("application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.oci.empty.v1+json")
