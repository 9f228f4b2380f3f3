"""Signatures and attestations (cosign)."""

from __future__ import annotations

from typing import Protocol

from publisher.oci.reference import Reference
from publisher.records.evidence import EvidenceKind


class Signer(Protocol):
    """Signs and verifies digests in a registry, as one fixed identity.

    References are `repository@digest`.  One writer per digest at a time.
    """

    def sign(self, reference: Reference) -> None:
        """Attach a signature.

        Raises:
            AttestError: cosign failed, with its last lines.
        """

    def attest(self, reference: Reference, kind: EvidenceKind, predicate: bytes) -> None:
        """Attach a signed in-toto statement with this predicate (JSON).

        Raises:
            AttestError: cosign failed, with its last lines.
        """

    def verify(self, reference: Reference) -> bool:
        """Tell whether a signature *of type signature* by the expected identity is there.

        Raises:
            VerifyError: cosign could not tell (registry error, missing tool).
        """

    def verified_predicates(self, reference: Reference, kind: EvidenceKind) -> tuple[bytes, ...]:
        """Give the predicates (JSON) of that kind whose signatures verify and whose subject is this digest.

        Raises:
            VerifyError: cosign could not tell.
        """
