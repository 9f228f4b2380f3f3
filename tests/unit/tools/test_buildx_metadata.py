"""What buildx writes about a build."""

from __future__ import annotations

import json
from typing import Any

import pytest

from publisher.errors import BuildError
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.records.build import Material
from publisher.tools.buildx_metadata import parse_metadata

DIGEST, OTHER = Digest.of(b"built"), Digest.of(b"base")
BASE = f"pkg:docker/127.0.0.1%3A5000/builds?digest={OTHER}&platform=linux%2Farm64"
FRONTEND = f"pkg:docker/127.0.0.1%3A5000/builds?digest={OTHER}"
USED = [
    {"uri": BASE, "digest": {"sha256": OTHER.hex}},
    {"uri": FRONTEND, "digest": {"sha256": OTHER.hex}},
    {"uri": "https://example.org/x.run", "digest": {"sha256": OTHER.hex}},
    {"uri": "https://example.org/r.git#main", "digest": {"sha1": "ab" * 20}},
    {"uri": "pkg:oci/x/base@1?digest=" + OTHER + "&platform=linux%2Famd64"},
]


def document(provenance: Any, key: str = "buildx.build.provenance") -> bytes:
    return json.dumps({"containerimage.digest": DIGEST, key: provenance, "image.name": "x"}).encode()


@pytest.mark.parametrize(
    "raw",
    [
        document({"invocation": {}, "materials": USED}),
        document({"invocation": {}, "materials": USED}, "buildx.build.provenance/linux/arm64"),
        document({"buildDefinition": {"resolvedDependencies": USED}, "runDetails": {}}),
    ],
    ids=["v0.2", "v0.2 by platform", "v1"],
)
def test_both_forms_of_provenance_are_read(raw: bytes) -> None:
    result = parse_metadata(raw)
    assert result.digest == DIGEST
    assert result.materials == (
        Material("https://example.org/r.git#main", "sha1:" + "ab" * 20),
        Material("https://example.org/x.run", OTHER),
        Material(FRONTEND, OTHER),
        Material(BASE, OTHER, Platform("linux/arm64")),
        Material(f"pkg:oci/x/base@1?digest={OTHER}&platform=linux%2Famd64", OTHER, Platform("linux/amd64")),
    )


def test_a_build_from_scratch_has_no_materials() -> None:
    assert parse_metadata(document({"invocation": {}})).materials == ()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        json.dumps({"containerimage.digest": DIGEST}).encode(),
        document(None),
        document({"neither": "form"}),
        document({"invocation": {}, "materials": [{}]}),
        document({"invocation": {}, "materials": [{"uri": BASE, "digest": {"sha256": DIGEST.hex}}]}),
        document({"invocation": {}, "materials": [{"uri": "pkg:docker/x?platform=nonsense"}]}),
    ],
)
def test_what_cannot_be_checked_is_refused(raw: bytes) -> None:
    with pytest.raises(BuildError, match="did not say what it built"):
        parse_metadata(raw)
