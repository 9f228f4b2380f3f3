"""Evidence of a digest in staging: look before attaching, one writer per digest at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from publisher.attestation.bundle import MAX_BUNDLE, describe_bundle, evidence_kind
from publisher.errors import AttestError, Malformed
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

    def counting(
        self, digest: Digest, kind: EvidenceKind, valid: Callable[[bytes], bool]
    ) -> tuple[Evidence, ...]:
        """Give the evidence of a kind that is verified and valid; others of that kind may lie beside it."""
        listed = self._of(digest, kind)
        if not listed:
            return ()
        verified = self.signer.verified_predicates(self.reference(digest), kind)
        counts = {raw for raw in verified if valid(raw)}
        if len(listed) == 1 or not counts:
            return listed if counts else ()
        return tuple(item for item in listed if self._claim(item.digest) in counts)

    def _claim(self, referrer: Digest) -> bytes | None:
        """Read the predicate of a referrer, unverified; None where it is not one of ours."""
        try:
            return self.predicate(referrer)
        except Malformed:
            return None

    def predicate(self, referrer: Digest) -> bytes:
        """Read the predicate of a referrer, unverified.

        Raises:
            Malformed: it is no attestation of bearable size.
            RegistryError: it cannot be read.
        """
        manifest = self.registry.get_manifest(self.repository.path, referrer)
        if not manifest.layers or manifest.layers[0].size > MAX_BUNDLE:
            raise Malformed("not an attestation of bearable size", where=str(referrer))
        with self.registry.open_blob(self.repository.path, manifest.layers[0]) as chunks:
            return describe_bundle(manifest, b"".join(chunks)).predicate

    def ensure_predicate(
        self, digest: Digest, kind: EvidenceKind, valid: Callable[[bytes], bool], make: Callable[[], bytes]
    ) -> tuple[Evidence, ...]:
        """Attach a predicate unless a valid one is there; give the evidence of that kind that counts."""
        with self.writing(digest):
            if found := self.counting(digest, kind, valid):
                return found
            before = self._of(digest, kind)
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
