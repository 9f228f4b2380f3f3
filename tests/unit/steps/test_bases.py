"""Which bases there are, and what a registry says of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest

from publisher import codec
from publisher.catalog.lock import LockedBase
from publisher.errors import CatalogError, NotFound, RegistryError, RegistryUnreachable
from publisher.oci.descriptor import OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.steps.bases import External, Use, external_bases, look_up
from tests.fakes.registry import FakeRegistry
from tests.unit.plan.five_layers import BASE_DIGEST, OS, state

AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")
OLD, NOW = datetime(2024, 5, 1, tzinfo=UTC), datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
NAME = "docker.io/library/debian:12"
SOURCE = Repository("registry.test/library/debian")


def push(registry: FakeRegistry, about: Any) -> Manifest:
    """Push an image with this configuration."""
    raw = about if isinstance(about, bytes) else json.dumps(about).encode()
    config = Descriptor(OCI_CONFIG, Digest.of(raw), len(raw))
    registry.put_blob(SOURCE.path, config, lambda: nullcontext(iter([raw])))
    plain = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config.to_plain(), "layers": []}
    manifest = parse_manifest(codec.canonical(plain))
    registry.put_manifest(SOURCE.path, manifest.digest, manifest)
    return manifest


def push_index(
    registry: FakeRegistry, *platforms: str, edition: int = 1
) -> tuple[Digest, dict[Platform, Digest]]:
    """Push one image a platform, and an attestation as BuildKit adds them, under the tag 12."""
    listed: list[dict[str, Any]] = []
    digests: dict[Platform, Digest] = {}
    for name in platforms:
        os, architecture, *variant = name.split("/")
        child = push(registry, {"os": os, "architecture": architecture, "edition": edition})
        about = {"os": os, "architecture": architecture, **({"variant": variant[0]} if variant else {})}
        listed.append({**child.descriptor.to_plain(), "platform": about})
        digests.setdefault(Platform(name), child.digest)
    extra = push(registry, {"attestation": edition})
    listed.append({**extra.descriptor.to_plain(), "platform": {"os": "unknown", "architecture": "unknown"}})
    index = parse_manifest(codec.canonical({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": listed}))
    registry.put_manifest(SOURCE.path, "12", index)
    return index.digest, digests


def external(locked: LockedBase | None = None, *platforms: Platform) -> External:
    uses = tuple(Use(platform, OS, "os/Dockerfile") for platform in platforms or (AMD64,))
    return External(NAME, uses, locked)


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry()


def test_bases_and_front_ends_are_found_with_their_users_and_pinned_ones_left_out() -> None:
    both = "ubuntu: {path: Dockerfile, internal: true, platforms: [linux/amd64, linux/arm64]}\n"
    snapshot = state(
        {
            "os/meta.yml": both,
            "os/Dockerfile": f"# syntax=docker/dockerfile:1\nFROM debian@{BASE_DIGEST} AS a\n"
            "FROM --platform=$BUILDPLATFORM golang:1 AS b\nFROM ubuntu:22.04\nCOPY --from=a /x /\n"
            "COPY --from=b /x /\n",
            "python/Dockerfile": "ARG BASE\nFROM $BASE\nCOPY --from=docker.io/library/ubuntu:22.04 /x /\n",
        }
    )
    found = {base.reference: base for base in external_bases(snapshot)}
    assert set(found) == {
        "docker.io/library/ubuntu:22.04",
        "docker.io/library/golang:1",
        "docker.io/docker/dockerfile:1",
    }
    ubuntu = found["docker.io/library/ubuntu:22.04"]
    assert ubuntu.platforms == (AMD64, ARM64)
    assert {use.dockerfile for use in ubuntu.uses} == {"os/Dockerfile", "python/Dockerfile"}
    assert ubuntu.locked is not None
    assert ubuntu.source == "docker.io/library/ubuntu"
    assert found["docker.io/library/golang:1"].locked is None


def test_an_adopted_image_is_no_base_to_refresh() -> None:
    lock = f"""\
version: 1
adopted:
  "os:ubuntu":
    {{source: "hub.example/os", date: "2024-05-01T00:00:00Z", digests: {{"linux/amd64": "{BASE_DIGEST}"}}}}
"""
    used = [use for base in external_bases(state({"publisher.lock": lock})) for use in base.uses]
    assert {use.target for use in used} == {OS}


def test_the_index_and_the_needed_platforms_are_taken(registry: FakeRegistry) -> None:
    index, digests = push_index(registry, "linux/amd64", "linux/arm64/v8", "linux/s390x")
    pushed = len(registry.writes)
    found = look_up(registry, external(None, AMD64, ARM64), SOURCE, NOW)
    assert found == LockedBase(SOURCE, {AMD64: digests[AMD64], ARM64: digests[ARM64]}, NOW, index)
    assert len(registry.writes) == pushed


def test_an_image_without_an_index_says_its_platform_itself(registry: FakeRegistry) -> None:
    single = push(registry, {"os": "linux", "architecture": "arm64", "variant": "v8"})
    registry.put_manifest(SOURCE.path, "12", single)
    assert look_up(registry, external(None, ARM64), SOURCE, NOW) == LockedBase(
        SOURCE, {ARM64: single.digest}, NOW
    )


def test_what_is_still_right_is_given_back_as_it_is(registry: FakeRegistry) -> None:
    index, digests = push_index(registry, "linux/amd64", "linux/arm64")
    before = LockedBase(SOURCE, {AMD64: digests[AMD64]}, OLD, index)
    assert look_up(registry, external(before), SOURCE, NOW) is before


def test_the_date_stays_while_no_used_digest_changes(registry: FakeRegistry) -> None:
    index, digests = push_index(registry, "linux/amd64", "linux/arm64")
    for before in (
        LockedBase("mirror.test/debian", {AMD64: digests[AMD64]}, OLD, index),
        LockedBase(SOURCE, {AMD64: digests[AMD64]}, OLD, Digest.of(b"with another s390x")),
        LockedBase(SOURCE, {AMD64: digests[AMD64]}, OLD),
    ):
        found = look_up(registry, external(before, AMD64, ARM64), SOURCE, NOW)
        assert found == LockedBase(SOURCE, dict(digests), OLD, index)


def test_the_date_moves_with_a_digest(registry: FakeRegistry) -> None:
    _, digests = push_index(registry, "linux/amd64")
    index, newer = push_index(registry, "linux/amd64", edition=2)
    found = look_up(registry, external(LockedBase(SOURCE, digests, OLD)), SOURCE, NOW)
    assert found == LockedBase(SOURCE, newer, NOW, index)


def test_a_missing_platform_names_base_platform_and_users(registry: FakeRegistry) -> None:
    push_index(registry, "linux/amd64")
    with pytest.raises(CatalogError, match=f"the base {NAME} is not there for linux/arm64") as caught:
        look_up(registry, external(None, AMD64, ARM64), SOURCE, NOW)
    assert caught.value.where == SOURCE
    assert caught.value.detail.splitlines() == [
        "needed on linux/arm64 by os:ubuntu (os/Dockerfile)",
        "it is there for linux/amd64",
    ]
    assert caught.value.hint


@pytest.mark.parametrize(("down", "kind"), [(True, RegistryUnreachable), (False, NotFound)])
def test_a_base_that_cannot_be_had_is_named(
    registry: FakeRegistry, down: bool, kind: type[RegistryError]
) -> None:
    registry.down = down
    with pytest.raises(kind, match=f"the base {NAME} cannot be looked up") as caught:
        look_up(registry, external(), SOURCE, NOW)
    assert caught.value.where == f"{SOURCE}:12"
    assert f"--source {NAME}=" in caught.value.hint


@pytest.mark.parametrize(
    "config",
    [{"os": "linux"}, {"os": "linux", "architecture": ["x"]}, ["x"], {"os": "Win dows", "architecture": "x"}],
)
def test_what_is_no_image_is_no_base(registry: FakeRegistry, config: Any) -> None:
    registry.put_manifest(SOURCE.path, "12", push(registry, config))
    with pytest.raises(RegistryError, match="the base is no image"):
        look_up(registry, external(), SOURCE, NOW)


def test_a_huge_configuration_is_not_read(registry: FakeRegistry) -> None:
    huge = Descriptor(OCI_CONFIG, Digest.of(b""), 1 << 40)
    plain: Mapping[str, Any] = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": huge.to_plain(),
        "layers": [],
    }
    registry.strict = False
    registry.put_manifest(SOURCE.path, "12", parse_manifest(codec.canonical(plain)))
    with pytest.raises(RegistryError, match="reasonable size"):
        look_up(registry, external(), SOURCE, NOW)
