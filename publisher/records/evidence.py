"""Kinds of evidence that are attached to a digest, and where each lies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from publisher.oci.digest import Digest


class EvidenceKind(StrEnum):
    """What a referrer proves; the value is the in-toto predicate type it carries.

    Sources: cosign's signature statement, SLSA v1 (slsa.dev/spec/v1.0/provenance),
    SPDX 2.3 document, in-toto test result v0.1.
    """

    SIGNATURE = "https://sigstore.dev/cosign/sign/v1"
    PROVENANCE = "https://slsa.dev/provenance/v1"
    SBOM = "https://spdx.dev/Document"
    TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
    OUTCOME = "https://publisher.dev/release-outcome/v1"


PLATFORM_EVIDENCE = (
    EvidenceKind.PROVENANCE,
    EvidenceKind.SBOM,
    EvidenceKind.TEST_RESULT,
    EvidenceKind.SIGNATURE,
)
"""What every platform manifest carries."""
INDEX_EVIDENCE = (EvidenceKind.PROVENANCE, EvidenceKind.TEST_RESULT, EvidenceKind.SIGNATURE)
"""What every index carries."""


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """A referrer of one digest: its kind and the digest of its own manifest."""

    kind: EvidenceKind
    digest: Digest
