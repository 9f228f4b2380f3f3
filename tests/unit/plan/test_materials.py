"""Materials that were planned, compared with those that were used."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from publisher.catalog.lock import LockedBase
from publisher.catalog.target import TargetId
from publisher.errors import MaterialsDiffer, PlanError
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.plan.inputs import Base, BuildInputs, Parent
from publisher.plan.materials import check_materials, expected_materials
from publisher.records.build import Material

AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")
OS, DEBIAN, DEBIAN_ARM64, INDEX, FRONTEND = (
    Digest.of(name) for name in (b"os", b"deb", b"deb-arm", b"index", b"fe")
)
DEBIAN_NAME, OS_NAME, FRONTEND_NAME = (
    "docker.io/library/debian:12",
    "docker.io/x/os:1",
    "docker.io/docker/dockerfile:1",
)
LOCKED = LockedBase(
    "docker.io/library/debian", {AMD64: DEBIAN, ARM64: DEBIAN_ARM64}, datetime.now(UTC), INDEX
)
IMAGES = {OS_NAME: f"s/b@{OS}", DEBIAN_NAME: f"m/debian@{DEBIAN}", FRONTEND_NAME: f"m/fe@{FRONTEND}"}
INPUTS = BuildInputs(
    target=TargetId("python:1"),
    platform=AMD64,
    build_platform=AMD64,
    dockerfile="Dockerfile",
    dockerfile_oid="0" * 40,
    context=".",
    files=(),
    args={},
    stage=None,
    parents=(Parent(OS_NAME, TargetId("os:1"), AMD64),),
    bases=(Base(DEBIAN_NAME, AMD64, LOCKED),),
    frontend=None,
    format="oci",
    epoch=315532800,
    generation=0,
    build_id=BuildId.of(b"x"),
)


def used(digest: Digest, platform: Platform | None = AMD64, name: str = "any/name") -> Material:
    return Material(f"pkg:docker/{name}?digest={digest}", digest, platform)


def test_names_are_set_aside() -> None:
    check_materials(expected_materials(INPUTS, IMAGES), [used(OS), used(DEBIAN, name="other/name")])


def test_other_materials_pass() -> None:
    other = Material("https://example.org/cann.run", "sha256:" + "0" * 64)
    check_materials(expected_materials(INPUTS, IMAGES), [used(OS), used(DEBIAN), other])


def test_an_image_that_was_not_planned_is_named() -> None:
    with pytest.raises(MaterialsDiffer) as caught:
        check_materials(
            expected_materials(INPUTS, IMAGES), [used(OS), used(DEBIAN), used(INDEX)], where="python:1"
        )
    assert caught.value.where == "python:1"
    assert caught.value.detail == f"used, not planned: pkg:docker/any/name?digest={INDEX} ({INDEX})"


def test_a_planned_image_that_was_not_used_is_named() -> None:
    with pytest.raises(MaterialsDiffer) as caught:
        check_materials(expected_materials(INPUTS, IMAGES), [used(OS)])
    assert caught.value.detail == f"planned, not used: {DEBIAN_NAME} ({DEBIAN} linux/amd64)"


def test_the_platform_counts() -> None:
    with pytest.raises(MaterialsDiffer, match="not planned"):
        check_materials(expected_materials(INPUTS, IMAGES), [used(OS), used(DEBIAN, ARM64)])


def test_nothing_planned_and_nothing_used_is_right() -> None:
    check_materials([], [])


def test_a_front_end_is_reported_once_more_without_platform() -> None:
    inputs = replace(INPUTS, frontend=Base(FRONTEND_NAME, AMD64, None))
    expected = expected_materials(inputs, IMAGES)
    check_materials(expected, [used(OS), used(DEBIAN), used(FRONTEND), used(FRONTEND, None)])
    with pytest.raises(MaterialsDiffer, match="planned, not used"):
        check_materials(expected, [used(OS), used(DEBIAN), used(FRONTEND, None)])


def test_a_front_end_is_known_from_the_lock() -> None:
    locked = LockedBase("docker.io/docker/dockerfile", {AMD64: FRONTEND}, datetime.now(UTC), INDEX)
    inputs = replace(INPUTS, parents=(), bases=(), frontend=Base(FRONTEND_NAME, AMD64, locked))
    assert {item.digest for item in expected_materials(inputs, {})} == {FRONTEND}
    assert {item.digest for item in expected_materials(replace(inputs, platform=ARM64), {})} == {INDEX}
    with pytest.raises(PlanError):
        expected_materials(replace(inputs, frontend=Base(FRONTEND_NAME, ARM64, None)), {})


def test_a_digest_of_another_platform_is_refused_beforehand() -> None:
    inputs = replace(INPUTS, platform=ARM64, bases=(Base(DEBIAN_NAME, ARM64, LOCKED),))
    with pytest.raises(MaterialsDiffer, match="does not have for linux/arm64"):
        expected_materials(inputs, IMAGES)
    both = expected_materials(inputs, {**IMAGES, DEBIAN_NAME: f"m/debian@{INDEX}"})
    assert {(item.digest, item.platform) for item in both} == {(OS, AMD64), (INDEX, ARM64)}


def test_a_reference_without_image_is_a_plan_error() -> None:
    with pytest.raises(PlanError, match="has no digest to build with"):
        expected_materials(INPUTS, {OS_NAME: f"s/b@{OS}"})
