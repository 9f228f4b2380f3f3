"""SLSA v1 predicates: the published shape, and what is read back."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from publisher.attestation.provenance import (
    BUILD_TYPE,
    INDEX_TYPE,
    BuildStatement,
    IndexStatement,
    Run,
    build_provenance,
    index_provenance,
    read_build_statement,
    read_index_statement,
)
from publisher.catalog.target import TargetId
from publisher.errors import Malformed
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.plan.build_id import COMPATIBILITY
from publisher.plan.inputs import BuildInputs
from publisher.records.build import Material
from publisher.records.image import IndexedPlatform, IndexRecord
from tests.unit.attestation.shapes import SLSA_V1

AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")
COMMIT = "c" * 40
RUN = Run(
    "https://github.com/acme/images",
    COMMIT,
    "https://github.com/acme/images/.github/workflows/publish.yml",
    "https://github.com/acme/images/actions/runs/7",
    datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC),
    datetime(2026, 1, 31, 12, 5, 0, tzinfo=UTC),
    "0.1.0",
)
INPUTS = BuildInputs(
    target=TargetId("cann:8.0"),
    platform=ARM64,
    build_platform=AMD64,
    dockerfile="cann/Dockerfile",
    dockerfile_oid="d" * 40,
    context="cann",
    files=(),
    args={"VERSION": "8.0"},
    stage=None,
    parents=(),
    bases=(),
    frontend=None,
    format="oci",
    epoch=315532800,
    generation=2,
    build_id=BuildId("sha256:" + "b" * 64),
)
IMAGE = Material("pkg:docker/x/os?platform=linux%2Farm64", "sha256:" + "a" * 64, ARM64)
FILE = Material("https://example.org/x.run", "sha256:" + "e" * 64)
BARE = Material("https://example.org/y.run", "")

INDEX = IndexRecord(
    TargetId("cann:8.0"),
    Digest("sha256:" + "1" * 64),
    123,
    "application/vnd.oci.image.index.v1+json",
    (
        IndexedPlatform(AMD64, Digest("sha256:" + "2" * 64), BuildId("sha256:" + "3" * 64)),
        IndexedPlatform(ARM64, Digest("sha256:" + "4" * 64), BuildId("sha256:" + "5" * 64)),
    ),
)


def definition(predicate: bytes) -> Any:
    return json.loads(predicate)["buildDefinition"]


@pytest.mark.parametrize(
    "predicate",
    [build_provenance(INPUTS, [IMAGE, FILE, BARE], RUN), index_provenance(INDEX, RUN)],
    ids=["build", "index"],
)
def test_the_shape_is_slsa_v1(predicate: bytes) -> None:
    Draft202012Validator(SLSA_V1).validate(json.loads(predicate))


def test_a_build_says_what_the_author_chose_and_what_the_publisher_decided() -> None:
    plain = definition(build_provenance(replace(INPUTS, stage="runtime"), [], RUN))
    assert plain["buildType"] == BUILD_TYPE
    assert plain["externalParameters"] == {
        "source": "https://github.com/acme/images",
        "commit": COMMIT,
        "dockerfile": "cann/Dockerfile",
        "context": "cann",
        "target": "cann:8.0",
        "platform": "linux/arm64",
        "args": {"VERSION": "8.0"},
        "stage": "runtime",
    }
    assert plain["internalParameters"] == {
        "buildId": "sha256:" + "b" * 64,
        "epoch": 315532800,
        "generation": 2,
        "format": "oci",
        "compatibility": COMPATIBILITY,
        "buildPlatform": "linux/amd64",
    }


def test_dependencies_are_the_commit_and_the_observed_materials() -> None:
    plain = definition(build_provenance(INPUTS, [IMAGE, BARE, FILE], RUN))
    assert plain["resolvedDependencies"] == [
        {"uri": f"git+https://github.com/acme/images@{COMMIT}", "digest": {"gitCommit": COMMIT}},
        {"uri": FILE.uri, "digest": {"sha256": "e" * 64}},
        {"uri": BARE.uri},
        {"uri": IMAGE.uri, "digest": {"sha256": "a" * 64}, "annotations": {"platform": "linux/arm64"}},
    ]


def test_the_run_is_described() -> None:
    assert json.loads(build_provenance(INPUTS, [], RUN))["runDetails"] == {
        "builder": {"id": RUN.builder_id, "version": {"publisher": "0.1.0"}},
        "metadata": {
            "invocationId": RUN.invocation,
            "startedOn": "2026-01-31T12:00:00Z",
            "finishedOn": "2026-01-31T12:05:00Z",
        },
    }


def test_the_order_of_materials_does_not_matter() -> None:
    assert build_provenance(INPUTS, [IMAGE, FILE], RUN) == build_provenance(INPUTS, [FILE, IMAGE], RUN)


def test_a_build_is_read_back() -> None:
    statement = read_build_statement(build_provenance(INPUTS, [IMAGE, FILE, BARE], RUN))
    assert statement == BuildStatement(
        INPUTS.build_id, ARM64, COMMIT, tuple(sorted([FILE, BARE, IMAGE], key=_uri))
    )


def _uri(material: Material) -> str:
    return material.uri


def test_an_index_is_read_back() -> None:
    predicate = index_provenance(INDEX, RUN)
    assert definition(predicate)["buildType"] == INDEX_TYPE
    assert read_index_statement(predicate) == IndexStatement(INDEX.target, COMMIT, INDEX.platforms)


def test_a_build_is_not_an_index() -> None:
    with pytest.raises(Malformed):
        read_index_statement(build_provenance(INPUTS, [], RUN))
    with pytest.raises(Malformed):
        read_build_statement(index_provenance(INDEX, RUN))


_VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.just([[]]),
    st.just([1]),
)


def _paths(plain: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    return [path for key, value in items for path in ((*prefix, key), *_paths(value, (*prefix, key)))]


@given(st.data())
def test_a_damaged_predicate_is_malformed_or_read_never_a_crash(data: st.DataObject) -> None:
    index = data.draw(st.booleans())
    plain = json.loads(
        index_provenance(INDEX, RUN) if index else build_provenance(INPUTS, [IMAGE, FILE], RUN)
    )
    *path, last = data.draw(st.sampled_from(_paths(plain)))
    place = plain
    for key in path:
        place = place[key]
    place[last] = data.draw(_VALUES)
    raw = json.dumps(plain).encode()
    with suppress(Malformed):
        read_index_statement(raw) if index else read_build_statement(raw)


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[]", b"null", b'{"buildDefinition": 1}', b"\xff", b"[" * 100_000]
)
def test_something_else_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_build_statement(raw)
