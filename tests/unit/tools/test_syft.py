"""Making syft's document the same from run to run; `tests/contract/test_sbom.py` runs the program."""

from __future__ import annotations

import pytest

from publisher.errors import Malformed
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Reference
from publisher.tools.syft import normalised

IMAGE = Reference.parse(f"registry.test/demo@{Digest.of(b'image')}")
AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")


def document(moment: str, number: str) -> dict[str, object]:
    return {
        "spdxVersion": "SPDX-2.3",
        "creationInfo": {"created": moment, "creators": ["Tool: syft-1.51.0"]},
        "documentNamespace": f"https://anchore.com/{number}",
        "packages": [{"name": "openssl"}],
    }


def test_two_runs_give_one_document() -> None:
    first = normalised(document("2026-01-01T00:00:00Z", "1"), IMAGE, AMD64)
    assert first == normalised(document("2027-01-01T00:00:00Z", "2"), IMAGE, AMD64)
    assert first["packages"] == [{"name": "openssl"}]
    assert first["creationInfo"]["creators"] == ["Tool: syft-1.51.0"]


def test_another_platform_has_another_namespace() -> None:
    made = {str(normalised(document("x", "1"), IMAGE, each)["documentNamespace"]) for each in (AMD64, ARM64)}
    assert len(made) == 2
    assert all(str(IMAGE.digest) in each for each in made)


def test_another_version_is_refused() -> None:
    with pytest.raises(Malformed):
        normalised({**document("x", "1"), "spdxVersion": "SPDX-3.0"}, IMAGE, AMD64)
