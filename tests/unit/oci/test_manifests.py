"""Descriptors, manifests and indexes from registries that may send anything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import Malformed
from publisher.oci import manifest as manifests
from publisher.oci.descriptor import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_MANIFEST,
    SIGSTORE_BUNDLE,
    Descriptor,
)
from publisher.oci.digest import Digest
from publisher.oci.index import assemble_index
from publisher.oci.manifest import parse_manifest
from publisher.oci.platform import Platform
from tests.unit.values import values

DIGEST = str(Digest.of(b"x"))
BLOB: dict[str, Any] = {"mediaType": OCI_CONFIG, "digest": DIGEST, "size": 1}
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from([DIGEST, OCI_INDEX, OCI_MANIFEST]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "mediaType",
    "config",
    "layers",
    "manifests",
    "subject",
    "annotations",
    "artifactType",
    "schemaVersion",
)


@given(values(Descriptor))
def test_a_descriptor_comes_back_from_its_form(descriptor: Descriptor) -> None:
    plain = descriptor.to_plain()
    if descriptor.size < 0:
        with pytest.raises(Malformed):
            Descriptor.from_plain(plain)
    else:
        again = Descriptor.from_plain(plain)
        assert again.to_plain() == plain
        assert (again.digest, again.platform) == (descriptor.digest, descriptor.platform)


@pytest.mark.parametrize(
    "change",
    [
        {"size": -1}, {"size": True}, {"size": "1"}, {"size": None}, {"mediaType": 1},
        {"digest": "sha512:00"}, {"digest": 5}, {"platform": "linux"}, {"platform": {"os": "linux"}},
        {"platform": {"os": "../", "architecture": "x"}},
        {"annotations": "ab"}, {"annotations": ["ab"]}, {"annotations": {"a": 1}}, {"annotations": {"a": []}},
        {"artifactType": ["x"]}, {"artifactType": 1},
    ],
)  # fmt: skip
def test_a_descriptor_with_a_wrong_field(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        Descriptor.from_plain({**BLOB, **change})


@pytest.mark.parametrize("plain", [None, [], "x", 3, {}])
def test_what_is_no_descriptor(plain: Any) -> None:
    with pytest.raises(Malformed):
        Descriptor.from_plain(plain)


def test_an_unknown_platform_is_none() -> None:
    """BuildKit's attestation manifests say unknown/unknown."""
    plain = {**BLOB, "platform": {"os": "unknown", "architecture": "unknown"}}
    assert Descriptor.from_plain(plain).platform is None


@given(st.dictionaries(st.sampled_from(FIELDS), json_values))
def test_no_answer_of_a_registry_is_more_than_malformed(plain: dict[str, Any]) -> None:
    raw = json.dumps(plain).encode()
    try:
        found = parse_manifest(raw)
    except Malformed:
        return
    assert found.raw == raw
    assert found.digest == Digest.of(raw)
    assert found.media_type in {OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST}
    assert found.descriptor.size == len(raw)


@pytest.mark.parametrize(
    "plain",
    [
        {"mediaType": ["x"]}, {"mediaType": {"a": 1}}, {"mediaType": 7}, {"mediaType": "text/html"},
        {"mediaType": OCI_INDEX, "manifests": {}}, {"mediaType": OCI_INDEX, "manifests": [1]},
        {"mediaType": OCI_MANIFEST, "layers": "x"}, {"mediaType": OCI_MANIFEST, "config": None},
        {"mediaType": OCI_MANIFEST, "subject": [1]}, {"mediaType": OCI_MANIFEST, "annotations": [1]},
        {"mediaType": OCI_MANIFEST, "artifactType": {}}, [], "x", None, 3,
    ],
)  # fmt: skip
def test_what_is_no_manifest(plain: Any) -> None:
    with pytest.raises(Malformed):
        parse_manifest(json.dumps(plain).encode())


def test_a_manifest_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "MAX_MANIFEST", 10)
    with pytest.raises(Malformed, match="too large"):
        parse_manifest(b'{"mediaType": "x"}')


def test_the_type_comes_from_the_document_then_the_header_then_the_shape() -> None:
    assert (
        parse_manifest(b'{"mediaType": "%s"}' % OCI_INDEX.encode(), DOCKER_MANIFEST).media_type == OCI_INDEX
    )
    assert parse_manifest(b"{}", f"{DOCKER_MANIFEST}; charset=utf-8").media_type == DOCKER_MANIFEST
    assert parse_manifest(b'{"manifests": []}').media_type == OCI_INDEX
    assert parse_manifest(b"{}").media_type == OCI_MANIFEST


def test_raw_bytes_are_kept_and_blobs_come_layers_first() -> None:
    layer = {**BLOB, "mediaType": "application/x", "digest": str(Digest.of(b"layer"))}
    raw = json.dumps({"mediaType": OCI_MANIFEST, "config": BLOB, "layers": [layer]}, indent=3).encode()
    found = parse_manifest(raw)
    assert found.raw == raw
    assert [blob.digest for blob in found.blobs] == [layer["digest"], DIGEST]
    assert not found.is_index


def test_the_descriptor_of_a_referrer_says_what_it_is() -> None:
    plain = {
        "mediaType": OCI_MANIFEST, "config": BLOB, "subject": {**BLOB, "mediaType": OCI_MANIFEST},
        "annotations": {"a": "b"},
    }  # fmt: skip
    old = parse_manifest(json.dumps(plain).encode()).descriptor
    assert (old.artifact_type, old.annotations) == (OCI_CONFIG, {"a": "b"}), (
        "the config's type, as before OCI 1.1"
    )
    new = parse_manifest(json.dumps({**plain, "artifactType": SIGSTORE_BUNDLE}).encode()).descriptor
    assert new.artifact_type == SIGSTORE_BUNDLE
    del plain["subject"]
    image = parse_manifest(json.dumps(plain).encode()).descriptor
    assert (image.artifact_type, image.annotations) == (None, {})


platforms = st.lists(values(Platform), min_size=1, max_size=4, unique=True)


@given(platforms, st.randoms(), st.booleans())
def test_an_index_is_the_same_whoever_assembles_it(names: list[Platform], chance: Any, oci: bool) -> None:
    items = [Descriptor(OCI_MANIFEST, Digest.of(name.encode()), 3, name) for name in names]
    first = assemble_index(items, oci=oci)
    chance.shuffle(items)
    again = assemble_index(iter(items), oci=oci)
    assert again.raw == first.raw
    assert first.media_type == (OCI_INDEX if oci else DOCKER_INDEX)
    assert [one.platform for one in first.manifests] == sorted(names)
    assert parse_manifest(first.raw).manifests == first.manifests
    assert first.is_index


@pytest.mark.parametrize("names", [[], [None], ["linux/amd64", "linux/amd64"], ["linux/amd64", None]])
def test_an_index_needs_each_platform_once(names: list[str | None]) -> None:
    items = [Descriptor(OCI_MANIFEST, Digest.of(b"x"), 3, Platform(name) if name else None) for name in names]
    with pytest.raises(Malformed, match="at least one platform"):
        assemble_index(items, oci=True)
