"""Packages from SPDX documents, and how images differ."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.attestation import spdx
from publisher.attestation.spdx import Package, PackageChange, PackageChanges, difference, packages
from publisher.errors import Malformed


def document(*listed: Any, version: str = "SPDX-2.3") -> bytes:
    return json.dumps({"spdxVersion": version, "packages": listed}).encode()


def entry(name: str, version: str, purl: str = "") -> dict[str, Any]:
    plain: dict[str, Any] = {"name": name, "versionInfo": version, "SPDXID": f"SPDXRef-{name}"}
    if purl:
        cpe = {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a"}
        reference = {
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": purl,
        }
        plain["externalRefs"] = [cpe, reference]
    return plain


def test_packages_are_sorted_and_each_once() -> None:
    apt = entry("apt", "2.6.1", "pkg:deb/debian/apt@2.6.1?arch=amd64&distro=debian-12")
    raw = document(entry("zlib", "1"), apt, apt, entry("pip", "24", "pkg:pypi/pip@24"), {"name": "bare"})
    assert packages(raw) == (
        Package("apt", "2.6.1", "deb"),
        Package("bare", ""),
        Package("pip", "24", "pypi"),
        Package("zlib", "1"),
    )


def test_the_image_itself_is_not_a_package() -> None:
    image = {**entry("127.0.0.1/x", "sha256:1"), "primaryPackagePurpose": "CONTAINER"}
    assert packages(document(image)) == ()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        document(version="SPDX-3.0"),
        document(1),
        document({"name": 1}),
        document({"name": "x", "versionInfo": []}),
        json.dumps({"spdxVersion": "SPDX-2.3", "packages": {}}).encode(),
    ],
)
def test_another_document_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        packages(raw)


def test_a_document_may_not_grow_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spdx, "MAX_PACKAGES", 2)
    assert len(packages(document(entry("a", "1"), entry("b", "1")))) == 2
    with pytest.raises(Malformed):
        packages(document(entry("a", "1"), entry("b", "1"), entry("c", "1")))


def test_added_removed_changed() -> None:
    before = [
        Package("a", "1"),
        Package("b", "1", "deb"),
        Package("c", "1"),
        Package("k", "1"),
        Package("k", "2"),
    ]
    after = [
        Package("a", "1"),
        Package("b", "2", "deb"),
        Package("d", "1"),
        Package("k", "2"),
        Package("k", "3"),
    ]
    assert difference(before, after) == PackageChanges(
        added=(Package("d", "1"),),
        removed=(Package("c", "1"),),
        changed=(PackageChange("b", "deb", "1", "2"), PackageChange("k", "", "1, 2", "2, 3")),
    )


_PACKAGES = st.lists(
    st.builds(Package, st.sampled_from("abc"), st.sampled_from("12"), st.sampled_from(["", "deb"]))
)


@given(_PACKAGES, _PACKAGES)
def test_difference_is_empty_exactly_for_the_same_packages(
    before: list[Package], after: list[Package]
) -> None:
    assert difference(before, after).is_empty == (set(before) == set(after))


@given(_PACKAGES, _PACKAGES)
def test_the_way_back_swaps_added_and_removed(before: list[Package], after: list[Package]) -> None:
    there, back = difference(before, after), difference(after, before)
    assert (there.added, there.removed) == (back.removed, back.added)
    assert [(item.before, item.after) for item in there.changed] == [
        (item.after, item.before) for item in back.changed
    ]
