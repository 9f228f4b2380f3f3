"""Referrers as cosign 3 writes them: which evidence one carries, and the statement inside.

A referrer is an OCI manifest with artifact type `application/vnd.dev.sigstore.bundle.v0.3+json`, the empty
config and one layer of that same type: a Sigstore bundle whose DSSE envelope holds an in-toto statement.
The manifest's annotations name the predicate type.  Descriptors in an answer of the referrers API repeat the
annotations; those in the fallback tag's index, as cosign writes it, have the artifact type only.
Nothing here checks a signature: that is cosign's work.

https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from publisher import codec
from publisher.errors import Malformed
from publisher.oci.descriptor import SIGSTORE_BUNDLE, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest
from publisher.records.evidence import EvidenceKind

PREDICATE_TYPE = "dev.sigstore.bundle.predicateType"
"""Annotation of a referrer: the predicate type of its statement."""
CONTENT = "dev.sigstore.bundle.content"
"""Annotation of a referrer: what the bundle holds; always `dsse-envelope` here."""
IN_TOTO = "application/vnd.in-toto+json"
"""Payload type of a DSSE envelope with an in-toto statement."""
MAX_BUNDLE = codec.MAX_DOCUMENT
"""Largest bundle that is read, in bytes."""


@dataclass(frozen=True, slots=True)
class BundleStatement:
    """What a bundle claims: `predicate` is canonical JSON, `subjects` the digests that it speaks of."""

    predicate_type: str
    predicate: bytes
    subjects: tuple[Digest, ...]


def evidence_kind(referrer: Descriptor | Manifest) -> EvidenceKind | None:
    """Tell what a referrer claims to carry, from its annotations alone.

    None for a foreign referrer, and for a descriptor without annotations (fallback tag):
    then the manifest has to be read.
    """
    predicate_type = referrer.annotations.get(PREDICATE_TYPE, "")
    if referrer.artifact_type != SIGSTORE_BUNDLE or predicate_type not in list(EvidenceKind):
        return None
    return EvidenceKind(predicate_type)


def describe_bundle(manifest: Manifest, blob: bytes) -> BundleStatement:
    """Read the statement of a referrer without verifying its signature; `blob` is its only layer.

    Raises:
        Malformed: not such a referrer, or blob, annotation and statement do not belong together.
    """
    if manifest.artifact_type != SIGSTORE_BUNDLE or len(manifest.layers) != 1:
        raise Malformed("not a referrer with a Sigstore bundle", where=str(manifest.digest))
    if manifest.layers[0].digest != Digest.of(blob):
        raise Malformed("the blob is not the layer of its manifest", where=str(manifest.digest))
    statement = parse_bundle(blob)
    if manifest.annotations.get(PREDICATE_TYPE) != statement.predicate_type:
        raise Malformed(
            "the annotation names another predicate type than the bundle", where=str(manifest.digest)
        )
    return statement


def parse_bundle(blob: bytes) -> BundleStatement:
    """Read the statement of a Sigstore bundle, unverified.

    Raises:
        Malformed: not a bundle with a DSSE envelope.
    """
    plain = codec.parse(blob)
    if not isinstance(plain, dict) or not isinstance(plain.get("dsseEnvelope"), dict):
        raise Malformed("not a Sigstore bundle with a DSSE envelope")
    return parse_envelope(plain["dsseEnvelope"])


def parse_envelope(envelope: Any) -> BundleStatement:
    """Read the in-toto statement of a DSSE envelope, given as parsed JSON.

    Raises:
        Malformed: another payload type, not base64, or not a statement.
    """
    try:
        if envelope["payloadType"] != IN_TOTO:
            raise Malformed("the envelope does not hold an in-toto statement")
        statement = codec.parse(base64.b64decode(envelope["payload"], validate=True))
        subjects = tuple(Digest(f"sha256:{item['digest']['sha256']}") for item in statement["subject"])
        predicate_type = statement["predicateType"]
        predicate = codec.canonical(statement.get("predicate", {}))
    except (KeyError, TypeError, AttributeError, binascii.Error, UnicodeEncodeError) as error:
        raise Malformed("not a DSSE envelope with an in-toto statement", detail=repr(error)) from error
    if not isinstance(predicate_type, str):
        raise Malformed("the predicate type of a statement is not a text")
    return BundleStatement(predicate_type, predicate, subjects)
