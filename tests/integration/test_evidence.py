"""Evidence at every destination: exactly what the signed record names, listed and valid there."""

from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.oci.reference import Repository
from publisher.records.evidence import INDEX_EVIDENCE, PLATFORM_EVIDENCE, Evidence, EvidenceKind
from publisher.registry.client import RegistryClient
from tests.demo.repository import make_keys
from tests.integration.small import REGISTRIES
from tests.integration.world import World

pytestmark = pytest.mark.timeout(900)  # the first test plays the merges

WITH_API, WITHOUT_API = ("quay",), ("hub", "modelers")
SHOWN = (("hub", "cann"), ("quay", "mindspore"), ("modelers", "openmind"))
"""One image a registry, asked with cosign."""


def carriers(demo: World, registry: str) -> Iterator[tuple[Repository, Digest, Collection[Evidence]]]:
    """Give every digest that the records bring to a registry, with the evidence that they name for it."""
    for played in demo.merges:
        for item in played.record.images:
            for place in item.destinations:
                if place.registry == registry:
                    yield place.repository, item.image.digest, item.image.referrers
                    for platform in item.image.platforms:
                        yield place.repository, platform.digest, platform.referrers


def get(repository: Repository, path: str) -> tuple[int, bytes]:
    """Ask a registry, without any of our own code in between."""
    connection = http.client.HTTPConnection(repository.host, timeout=20)
    try:
        connection.request("GET", f"/v2/{repository.path}/{path}")
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def digests(index: Manifest) -> set[Digest]:
    """Give the entries of an index; each must be there once."""
    found = [item.digest for item in index.manifests]
    assert len(found) == len(set(found))
    return set(found)


def test_records_name_every_kind_once(demo: World) -> None:
    for played in demo.merges:
        for item in played.record.images:
            assert sorted(one.kind for one in item.image.referrers) == sorted(INDEX_EVIDENCE)
            for platform in item.image.platforms:
                assert sorted(one.kind for one in platform.referrers) == sorted(PLATFORM_EVIDENCE)


@pytest.mark.parametrize("registry", WITH_API)
def test_the_referrers_api_lists_what_the_record_names(demo: World, registry: str) -> None:
    for place, digest, evidence in carriers(demo, registry):
        status, raw = get(place, f"referrers/{digest}")
        assert status == 200
        assert digests(parse_manifest(raw)) == {item.digest for item in evidence}
        assert get(place, f"manifests/{digest.fallback_tag}")[0] == 404


@pytest.mark.parametrize("registry", WITHOUT_API)
def test_the_fallback_tag_lists_what_the_record_names(demo: World, registry: str) -> None:
    for place, digest, evidence in carriers(demo, registry):
        assert get(place, f"referrers/{digest}")[0] == 404
        index = RegistryClient(place.host).get_manifest(place.path, digest.fallback_tag)
        assert digests(index) == {item.digest for item in evidence}


@pytest.mark.parametrize("registry", REGISTRIES)
def test_referrers_are_whole(demo: World, registry: str) -> None:
    client = RegistryClient(demo.stack.url(registry))
    for place, digest, evidence in carriers(demo, registry):
        for item in evidence:
            manifest = client.get_manifest(place.path, item.digest)
            assert manifest.subject is not None
            assert manifest.subject.digest == digest
            assert manifest.annotations["dev.sigstore.bundle.predicateType"] == item.kind
            assert all(client.has_blob(place.path, blob.digest) for blob in manifest.blobs)


def cosign(demo: World, verb: str, key: Path, reference: str, *words: str) -> tuple[int, list[Any]]:
    """Ask cosign alone; give its exit code, and each line of its answer that is JSON."""
    argv = ["cosign", verb, "--key", str(key), "--insecure-ignore-tlog=true", *words, reference]
    done = subprocess.run(argv, env=demo.surroundings, capture_output=True, text=True, check=False)
    lines = (json.loads(line) for line in done.stdout.splitlines() if line.startswith(("{", "[")))
    return done.returncode, [one for line in lines for one in (line if isinstance(line, list) else [line])]


def shown(demo: World, registry: str, image: str) -> tuple[Repository, Digest, Digest]:
    """Give an image at a registry: repository, index, and the manifest of its only platform."""
    place = demo.destination(registry, image)
    client = RegistryClient(place.host)
    tags = demo.version_tags(demo.merges[-1], registry, image)
    index = client.get_manifest(place.path, next(iter(tags.values())))
    return place, index.digest, index.manifests[0].digest


@pytest.mark.parametrize(("registry", "image"), SHOWN)
def test_cosign_verifies_the_signature(demo: World, registry: str, image: str) -> None:
    place, *both = shown(demo, registry, image)
    for digest in both:
        code, claims = cosign(demo, "verify", demo.repository / "keys/cosign.pub", f"{place}@{digest}")
        assert code == 0
        found = {
            (one["critical"]["type"], one["critical"]["image"]["docker-manifest-digest"]) for one in claims
        }
        assert (EvidenceKind.SIGNATURE, digest) in found


@pytest.mark.parametrize(("registry", "image"), SHOWN)
def test_cosign_verifies_the_attestations(demo: World, registry: str, image: str) -> None:
    place, index, platform = shown(demo, registry, image)
    key = demo.repository / "keys/cosign.pub"
    attested = [(index, kind) for kind in INDEX_EVIDENCE] + [(platform, kind) for kind in PLATFORM_EVIDENCE]
    for digest, kind in attested:
        if kind is not EvidenceKind.SIGNATURE:
            code, _ = cosign(demo, "verify-attestation", key, f"{place}@{digest}", "--type", kind)
            assert code == 0, (digest, kind)
    code, _ = cosign(demo, "verify-attestation", key, f"{place}@{index}", "--type", EvidenceKind.SBOM)
    assert code != 0, "an index has no SBOM, so cosign's yes above means something"


@pytest.mark.parametrize(("registry", "image"), SHOWN)
def test_cosign_says_no_with_another_key(demo: World, registry: str, image: str, tmp_path: Path) -> None:
    make_keys(tmp_path)
    place, index, platform = shown(demo, registry, image)
    stranger = tmp_path / "cosign.pub"
    assert cosign(demo, "verify", stranger, f"{place}@{index}")[0] != 0
    for digest, kind in (
        (index, EvidenceKind.PROVENANCE),
        (index, EvidenceKind.TEST_RESULT),
        (platform, EvidenceKind.SBOM),
    ):
        assert cosign(demo, "verify-attestation", stranger, f"{place}@{digest}", "--type", kind)[0] != 0
