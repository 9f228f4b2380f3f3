"""The registry port: one suite for the fake and for every real kind."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from publisher.errors import DigestMismatch, Malformed, NotFound
from publisher.oci.descriptor import OCI_EMPTY, OCI_INDEX, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import parse_manifest
from publisher.ports.registry import Placement, Registry
from tests.contract.registries import (
    ARTIFACT,
    KINDS,
    LAYER,
    TokenRegistry,
    closed,
    image_of,
    open_registry,
    opener,
    opener_at,
    push_blob,
    push_image,
    push_referrer,
    referrer_of,
    repository,
    running_token_registry,
)

NOWHERE = Digest.of(b"nobody ever pushed this")


@pytest.fixture(scope="module")
def token_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenRegistry]:
    with running_token_registry(tmp_path_factory.mktemp("token")) as running:
        yield running


@pytest.fixture(params=KINDS)
def registry(request: pytest.FixtureRequest) -> Registry:
    return open_registry(request.param, request)


def read(registry: Registry, name: str, blob: Descriptor) -> bytes:
    with registry.open_blob(name, blob) as chunks:
        return b"".join(chunks)


def test_answers_a_ping(registry: Registry) -> None:
    registry.ping()


def test_an_image_comes_back_as_it_was_pushed(registry: Registry) -> None:
    name = repository()
    image = push_image(registry, name, "1.0")
    assert registry.get_manifest(name, "1.0").raw == image.raw
    assert registry.get_manifest(name, image.digest) == image
    assert read(registry, name, image.layers[0]) == b"layer"


def test_heads_tell_type_digest_and_size(registry: Registry) -> None:
    name = repository()
    image = push_image(registry, name, "1.0")
    expected = Descriptor(image.media_type, image.digest, image.size)
    assert registry.head_manifest(name, "1.0") == expected
    assert registry.head_manifest(name, image.digest) == expected
    assert registry.has_blob(name, image.layers[0].digest)


def test_a_manifest_by_digest_has_no_tag(registry: Registry) -> None:
    name = repository()
    config = push_blob(registry, name, b"{}", OCI_EMPTY)
    image = image_of(push_blob(registry, name, b"by digest"), config)
    described = registry.put_manifest(name, image.digest, image)
    assert described.digest == image.digest
    assert registry.head_manifest(name, image.digest)
    assert registry.tags(name) == ()


def test_a_tag_moves(registry: Registry) -> None:
    name = repository()
    push_image(registry, name, "1.0", b"old")
    new = push_image(registry, name, "1.0", b"new")
    head = registry.head_manifest(name, "1.0")
    assert head
    assert head.digest == new.digest


def test_an_index_keeps_its_bytes(registry: Registry) -> None:
    name = repository()
    image = push_image(registry, name, "amd64")
    child = {**image.descriptor.to_plain(), "platform": {"os": "linux", "architecture": "amd64"}}
    raw = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [child]}, indent=3).encode()
    index = parse_manifest(raw)
    registry.put_manifest(name, "1.0", index)
    assert registry.get_manifest(name, "1.0").raw == raw


def test_what_is_missing_is_none_or_not_found(registry: Registry) -> None:
    name = repository()
    assert registry.head_manifest(name, "none") is None
    assert registry.head_manifest(name, NOWHERE) is None
    assert not registry.has_blob(name, NOWHERE)
    assert registry.tags(name) == ()
    assert registry.referrers(name, NOWHERE) == ()
    with pytest.raises(NotFound):
        registry.get_manifest(name, "none")
    with pytest.raises(NotFound):
        read(registry, name, Descriptor(LAYER, NOWHERE, 1))


def test_a_manifest_under_a_wrong_digest_is_refused(registry: Registry) -> None:
    name = repository()
    image = push_image(registry, name, "1.0")
    with pytest.raises(DigestMismatch):
        registry.put_manifest(name, NOWHERE, image)
    assert registry.head_manifest(name, NOWHERE) is None


@pytest.mark.parametrize("size", [-1, 0, 1], ids=["short", "other", "long"])
def test_a_blob_with_wrong_bytes_is_refused(registry: Registry, size: int) -> None:
    name, content = repository(), b"these are not the bytes"
    blob = Descriptor(LAYER, NOWHERE, len(content) + size)
    with pytest.raises(DigestMismatch):
        registry.put_blob(name, blob, opener(content))
    assert not registry.has_blob(name, NOWHERE)


def test_reading_more_than_was_described_is_refused(registry: Registry) -> None:
    name = repository()
    blob = push_blob(registry, name, b"twelve bytes")
    with pytest.raises(DigestMismatch):
        read(registry, name, replace(blob, size=11))


def test_an_empty_blob(registry: Registry) -> None:
    name = repository()
    blob = push_blob(registry, name, b"")
    assert registry.has_blob(name, blob.digest)
    assert read(registry, name, blob) == b""


def test_a_blob_of_eight_mebibytes_comes_in_pieces(registry: Registry) -> None:
    name, content = repository(), bytes(range(256)) * (8 * 4096)
    blob = push_blob(registry, name, content)
    with registry.open_blob(name, blob) as chunks:
        pieces = list(chunks)
    assert max(map(len, pieces)) <= 1024 * 1024
    assert b"".join(pieces) == content


def test_leaving_a_blob_half_read_does_no_harm(registry: Registry) -> None:
    name = repository()
    blob = push_blob(registry, name, bytes(4 * 1024 * 1024))
    for _ in range(3):
        with registry.open_blob(name, blob) as chunks:
            next(chunks)
    assert registry.has_blob(name, blob.digest)


@pytest.mark.parametrize("start", [1, 5, 11])
def test_a_blob_is_read_from_the_middle(registry: Registry, start: int) -> None:
    name = repository()
    blob = push_blob(registry, name, b"twelve bytes")
    with registry.open_blob(name, blob, start) as chunks:
        assert b"".join(chunks) == b"twelve bytes"[start:]


@pytest.mark.parametrize("registry", [kind for kind in KINDS if kind != "quay"], indirect=True)
def test_a_blob_of_another_repository_is_mounted(registry: Registry) -> None:
    source, name, content = repository(), repository(), uuid.uuid4().bytes
    blob = push_blob(registry, source, content)
    assert registry.place_blob(name, blob, closed, source) is Placement.MOUNTED
    assert read(registry, name, blob) == content
    assert registry.place_blob(name, blob, closed, name) is Placement.MOUNTED


@pytest.mark.parametrize("mount_from", [None, "itself", "another"])
@pytest.mark.parametrize("size", [0, 16, 200_000])
def test_a_blob_that_is_not_there_is_sent(registry: Registry, size: int, mount_from: str | None) -> None:
    name, content = repository(), (uuid.uuid4().bytes * 12_500)[:size]
    blob = Descriptor(LAYER, Digest.of(content), size)
    origin = {"itself": name, "another": repository(), None: None}[mount_from]
    push_image(registry, name, "1.0")
    assert registry.place_blob(name, blob, opener_at(content), origin) in set(Placement)
    assert read(registry, name, blob) == content


def test_blobs_find_their_way_into_several_repositories(registry: Registry) -> None:
    contents = [uuid.uuid4().bytes * 5000, uuid.uuid4().bytes]
    blobs = [Descriptor(LAYER, Digest.of(content), len(content)) for content in contents]
    names = [repository() for _ in range(3)]
    for name in names:
        for blob, content in zip(blobs, contents, strict=True):
            registry.place_blob(name, blob, opener_at(content), names[0])
            assert read(registry, name, blob) == content


def test_tags_are_listed_sorted(registry: Registry) -> None:
    name = repository()
    for tag in ("b", "a", "1.0"):
        push_image(registry, name, tag)
    assert registry.tags(name) == ("1.0", "a", "b")


def test_referrers_carry_type_and_annotations(registry: Registry) -> None:
    name = repository()
    image = push_image(registry, name, "1.0")
    assert registry.referrers(name, image.digest) == ()
    referrer = push_referrer(registry, name, image.descriptor, "first")
    (found,) = registry.referrers(name, image.digest)
    assert (found.digest, found.size) == (referrer.digest, referrer.size)
    assert found.artifact_type == ARTIFACT
    assert found.annotations == {"note": "first"}


def test_adding_a_referrer_twice_lists_it_once(registry: Registry) -> None:
    name = repository()
    image = push_image(registry, name, "1.0")
    push_referrer(registry, name, image.descriptor, "same")
    push_referrer(registry, name, image.descriptor, "same")
    assert len(registry.referrers(name, image.digest)) == 1


def test_referrers_added_at_once_are_all_listed(registry: Registry) -> None:
    name = repository()
    image = push_image(registry, name, "1.0")
    with ThreadPoolExecutor(8) as pool:
        adds = [pool.submit(push_referrer, registry, name, image.descriptor, str(n)) for n in range(8)]
        added = {add.result().digest for add in adds}
    assert {one.digest for one in registry.referrers(name, image.digest)} == added


def test_referrers_are_entered_all_at_once(registry: Registry) -> None:
    name = repository()
    image = push_image(registry, name, "1.0")
    config = push_blob(registry, name, b"{}", OCI_EMPTY)
    referrers = [referrer_of(image.descriptor, str(number), config) for number in range(4)]
    for referrer in referrers:
        registry.put_manifest(name, referrer.digest, referrer)
    registry.enter_referrers(name, image.digest, referrers[:3])
    registry.enter_referrers(name, image.digest, referrers[2:])
    registry.enter_referrers(name, image.digest, ())
    listed = [one.digest for one in registry.referrers(name, image.digest)]
    assert sorted(listed) == sorted(one.digest for one in referrers)


def test_foreign_entries_of_the_fallback_index_stay(registry: Registry) -> None:
    name = repository()
    image = push_image(registry, name, "1.0")
    config = push_blob(registry, name, b"{}", OCI_EMPTY)
    foreign = referrer_of(image.descriptor, "theirs", config)
    registry.put_manifest(name, foreign.digest, foreign)
    entry = {**foreign.descriptor.to_plain(), "annotations": {"note": "theirs", "kept": "as it is"}}
    raw = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]}).encode()
    registry.put_manifest(name, image.digest.fallback_tag, parse_manifest(raw))
    ours = push_referrer(registry, name, image.descriptor, "ours")
    assert {one.digest for one in registry.referrers(name, image.digest)} == {foreign.digest, ours.digest}
    index = json.loads(registry.get_manifest(name, image.digest.fallback_tag).raw)
    assert index["manifests"][0] == entry


def test_a_referrer_needs_a_subject(registry: Registry) -> None:
    name = repository()
    image = push_image(registry, name, "1.0")
    with pytest.raises(Malformed):
        registry.add_referrer(name, image)


@pytest.mark.parametrize("reference", ["../../other/manifests/1.0", "a/b", "", "sha256:short", "x" * 129])
def test_a_reference_cannot_lead_elsewhere(registry: Registry, reference: str) -> None:
    with pytest.raises(Malformed):
        registry.head_manifest(repository(), reference)
