"""A signer without cryptography that leaves the same referrers as cosign 3.1 does.

What it knows is in the registries only, so evidence that was copied elsewhere verifies there, and what was
not copied does not.  `tests/contract/test_signer.py` holds it against the real one.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from publisher import codec
from publisher.attestation.bundle import (
    CONTENT,
    IN_TOTO,
    PREDICATE_TYPE,
    BundleStatement,
    describe_bundle,
    evidence_kind,
)
from publisher.errors import AttestError, PublisherError, RegistryError, VerifyError
from publisher.oci.descriptor import OCI_EMPTY, OCI_MANIFEST, SIGSTORE_BUNDLE, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.oci.reference import Reference
from publisher.ports.registry import Registry
from publisher.records.evidence import EvidenceKind

_EMPTY = b"{}"


@dataclass
class FakeSigner:
    """Implements `publisher.ports.signer` over registries by host; `identity` stands for the key."""

    registries: Mapping[str, Registry]
    identity: str = "test-key"
    signed: list[tuple[str, EvidenceKind]] = field(default_factory=list)

    def sign(self, reference: Reference) -> None:
        """Attach a statement of type signature with an empty predicate."""
        self._attach(reference, EvidenceKind.SIGNATURE, {})

    def attest(self, reference: Reference, kind: EvidenceKind, predicate: bytes) -> None:
        """Attach a statement with this predicate."""
        self._attach(reference, kind, codec.parse(predicate))

    def verify(self, reference: Reference) -> bool:
        """Look for a statement of type signature by this identity."""
        return any(found.predicate_type == EvidenceKind.SIGNATURE for found in self._valid(reference))

    def verified_predicates(self, reference: Reference, kind: EvidenceKind) -> tuple[bytes, ...]:
        """Give the predicates of that kind by this identity."""
        return tuple(found.predicate for found in self._valid(reference) if found.predicate_type == kind)

    def _attach(self, reference: Reference, kind: EvidenceKind, predicate: Any) -> None:
        with _as(AttestError, reference):
            registry, path = self._place(reference)
            subject = registry.head_manifest(path, str(reference.digest))
            if subject is None:
                raise RegistryError("the subject is not there")
            blob = self._bundle(reference, kind, predicate)
            for content in (_EMPTY, blob):
                _put(registry, path, content)
            registry.add_referrer(path, referrer(subject, kind, blob))
        self.signed.append((reference.pinned, kind))

    def _valid(self, reference: Reference) -> Iterator[BundleStatement]:
        with _as(VerifyError, reference):
            registry, path = self._place(reference)
            found = [
                registry.get_manifest(path, each.digest)
                for each in registry.referrers(path, _digest(reference))
            ]
            for manifest in found:
                if evidence_kind(manifest):
                    with registry.open_blob(path, manifest.layers[0]) as chunks:
                        blob = b"".join(chunks)
                    statement = describe_bundle(manifest, blob)
                    if self._is_ours(blob) and reference.digest in statement.subjects:
                        yield statement

    def _place(self, reference: Reference) -> tuple[Registry, str]:
        return self.registries[reference.repository.host], reference.repository.path

    def _bundle(self, reference: Reference, kind: EvidenceKind, predicate: Any) -> bytes:
        statement = {
            "_type": "https://in-toto.io/Statement/v0.1",
            "subject": [{"name": str(reference.repository), "digest": {"sha256": _digest(reference).hex}}],
            "predicateType": kind,
            "predicate": predicate,
        }
        payload = base64.b64encode(codec.canonical(statement)).decode()
        envelope = {
            "payload": payload,
            "payloadType": IN_TOTO,
            "signatures": [{"sig": self._signature(payload)}],
        }
        material = {"publicKey": {"hint": base64.b64encode(self.identity.encode()).decode()}}
        bundle = {"mediaType": SIGSTORE_BUNDLE, "verificationMaterial": material, "dsseEnvelope": envelope}
        return json.dumps(bundle).encode()

    def _signature(self, payload: str) -> str:
        return base64.b64encode(hashlib.sha256(f"{self.identity} {payload}".encode()).digest()).decode()

    def _is_ours(self, blob: bytes) -> bool:
        envelope = codec.parse(blob)["dsseEnvelope"]
        return bool(envelope["signatures"][0]["sig"] == self._signature(envelope["payload"]))


def referrer(subject: Descriptor, kind: EvidenceKind, blob: bytes) -> Manifest:
    """Make the manifest that cosign writes for a bundle."""
    plain = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": {"mediaType": OCI_EMPTY, "size": len(_EMPTY), "digest": Digest.of(_EMPTY),
                   "artifactType": SIGSTORE_BUNDLE},
        "layers": [{"mediaType": SIGSTORE_BUNDLE, "size": len(blob), "digest": Digest.of(blob)}],
        "annotations": {CONTENT: "dsse-envelope", PREDICATE_TYPE: kind,
                        "org.opencontainers.image.created": "2026-01-31T12:00:00Z"},
        "subject": {"mediaType": subject.media_type, "size": subject.size, "digest": subject.digest},
        "artifactType": SIGSTORE_BUNDLE,
    }  # fmt: skip
    return parse_manifest(json.dumps(plain).encode())


def _put(registry: Registry, path: str, content: bytes) -> None:
    @contextmanager
    def source() -> Iterator[Iterator[bytes]]:
        yield iter([content])

    blob = Descriptor("application/octet-stream", Digest.of(content), len(content))
    if not registry.has_blob(path, blob.digest):
        registry.put_blob(path, blob, source)


def _digest(reference: Reference) -> Digest:
    if reference.digest is None:
        raise AttestError("a reference with a digest is needed", where=str(reference))
    return reference.digest


@contextmanager
def _as(kind: type[PublisherError], reference: Reference) -> Iterator[None]:
    try:
        yield
    except RegistryError as error:
        raise kind(error.what, where=reference.pinned, hint="run again when the registry answers") from error
