"""Commands that prove an image by hand, with cosign alone; they work when pasted."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from publisher.catalog.settings import SigningMode, SigningSettings
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.records.evidence import EvidenceKind

_IS_SIGNATURE = f'grep -o \'"type":"{EvidenceKind.SIGNATURE}"\''
"""`cosign verify` also succeeds for an image that carries nothing but a signed SBOM, so its answer must
name the type."""


def verify_signature(repository: Repository, digest: Digest, signing: SigningSettings) -> str:
    """Give the command that succeeds only if the image carries a signature by the expected identity."""
    return f"{_join(['cosign', 'verify', *_identity(signing), f'{repository}@{digest}'])} | {_IS_SIGNATURE}"


def verify_evidence(
    repository: Repository, digest: Digest, kind: EvidenceKind, signing: SigningSettings
) -> str:
    """Give the command that succeeds only if the image carries signed evidence of that kind."""
    argv = [
        "cosign",
        "verify-attestation",
        *_identity(signing),
        "--type",
        str(kind),
        f"{repository}@{digest}",
    ]
    return f"{_join(argv)} > /dev/null"


def _identity(signing: SigningSettings) -> list[str]:
    match signing.mode:
        case SigningMode.KEY:
            return ["--key", signing.public or "cosign.pub", "--insecure-ignore-tlog=true"]
        case SigningMode.KEYLESS:
            return [
                "--certificate-identity",
                signing.identity or "",
                "--certificate-oidc-issuer",
                signing.issuer or "",
            ]


def _join(argv: Sequence[str]) -> str:
    return shlex.join(argv)
