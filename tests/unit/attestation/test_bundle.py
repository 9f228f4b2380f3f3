"""Reading what cosign wrote; the referrer below is one that cosign 3.1.2 made, its test key long gone."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from publisher.attestation.bundle import describe_bundle, evidence_kind, parse_envelope
from publisher.errors import Malformed
from publisher.oci.descriptor import OCI_MANIFEST, SIGSTORE_BUNDLE, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.records.evidence import EvidenceKind

BLOB = (
    b'{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey'
    b'":{"hint":"z/rUsqNTtcpANIAkof5GyaDxon0vIIuaw3V4Z6x0YeA="}},"dsseEnvelope":{"payload":"eyJfdHlwZ'
    b"SI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEiLCJzdWJqZWN0IjpbeyJkaWdlc3QiOnsic2hhMjU2IjoiNjhi"
    b"OTFhYjI2NjU3YTY2MTJhZDQxOTgxZTg3ODc2OGU4YzZkZGVhZjgwOTRkNGZkOGUzN2M1ZDYyYjRkMjc5MCJ9LCJhbm5vdGF"
    b"0aW9ucyI6e319XSwicHJlZGljYXRlVHlwZSI6Imh0dHBzOi8vc2lnc3RvcmUuZGV2L2Nvc2lnbi9zaWduL3YxIiwicHJlZG"
    b'ljYXRlIjp7fX0=","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"MEYCIQDaTq+x'
    b'c+IwvWPfBBcwdXPAHpJgED+oOW+4XMjsqDH/fAIhANOlufPoeeQATsjTGCECqd3FrIIAexyZrgIh+NLOUlk7"}]}}'
)
RAW = (
    b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaTyp'
    b'e":"application/vnd.oci.empty.v1+json","size":2,"digest":"sha256:44136fa355b3678a1146ad16f7e864'
    b'9e94fb4fc21fe77e8310c060f61caaff8a","artifactType":"application/vnd.dev.sigstore.bundle.v0.3+js'
    b'on"},"layers":[{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","size":659,"digest"'
    b':"sha256:e94ccc9c0b432b5df91b2608d0c2880fa27aa6433d40a21ee99d13810dac9cf4"}],"annotations":{"de'
    b'v.sigstore.bundle.content":"dsse-envelope","dev.sigstore.bundle.predicateType":"https://sigstor'
    b'e.dev/cosign/sign/v1","org.opencontainers.image.created":"2026-11-22T08:52:14Z"},"subject":{"me'
    b'diaType":"application/vnd.oci.image.manifest.v1+json","size":415,"digest":"sha256:68b91ab26657a'
    b'6612ad41981e878768e8c6ddeaf8094d4fd8e37c5d62b4d2790"},"artifactType":"application/vnd.dev.sigst'
    b'ore.bundle.v0.3+json"}'
)
SUBJECT = Digest("sha256:68b91ab26657a6612ad41981e878768e8c6ddeaf8094d4fd8e37c5d62b4d2790")
REFERRER = parse_manifest(RAW)


def test_a_signature_of_cosign_is_read() -> None:
    statement = describe_bundle(REFERRER, BLOB)
    assert statement.predicate_type == EvidenceKind.SIGNATURE
    assert statement.predicate == b"{}"
    assert statement.subjects == (SUBJECT,)
    assert REFERRER.subject
    assert REFERRER.subject.digest == SUBJECT


def test_the_kind_stands_in_the_annotations_of_manifest_and_descriptor() -> None:
    assert evidence_kind(REFERRER) is EvidenceKind.SIGNATURE
    assert evidence_kind(REFERRER.descriptor) is EvidenceKind.SIGNATURE


@pytest.mark.parametrize(
    "referrer",
    [
        Descriptor(OCI_MANIFEST, SUBJECT, 1, artifact_type=SIGSTORE_BUNDLE),
        replace(REFERRER, artifact_type="application/vnd.other"),
        replace(REFERRER, annotations={"dev.sigstore.bundle.predicateType": "https://example.org/other"}),
    ],
)
def test_without_annotation_or_of_a_foreign_kind_it_is_none(referrer: Descriptor | Manifest) -> None:
    assert evidence_kind(referrer) is None


@pytest.mark.parametrize(
    ("manifest", "blob"),
    [
        (REFERRER, BLOB + b" "),
        (replace(REFERRER, artifact_type=None), BLOB),
        (replace(REFERRER, layers=()), BLOB),
        (replace(REFERRER, annotations={"dev.sigstore.bundle.predicateType": EvidenceKind.SBOM}), BLOB),
    ],
)
def test_what_does_not_belong_together_is_refused(manifest: Manifest, blob: bytes) -> None:
    with pytest.raises(Malformed):
        describe_bundle(manifest, blob)


@pytest.mark.parametrize(
    "envelope",
    [
        None, {}, [], {"payloadType": "text/plain", "payload": ""},
        {"payloadType": "application/vnd.in-toto+json", "payload": "*"},
        {"payloadType": "application/vnd.in-toto+json", "payload": base64.b64encode(b"[]").decode()},
        {"payloadType": "application/vnd.in-toto+json", "payload": base64.b64encode(
            json.dumps({"predicateType": "x", "subject": [{"digest": {"sha256": "0"}}]}).encode()).decode()},
        {"payloadType": "application/vnd.in-toto+json", "payload": base64.b64encode(
            json.dumps({"predicateType": "x", "subject": [], "predicate": "\ud800"}).encode()).decode()},
    ],
)  # fmt: skip
def test_an_envelope_that_is_none_is_refused(envelope: object) -> None:
    with pytest.raises(Malformed):
        parse_envelope(envelope)
