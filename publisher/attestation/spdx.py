"""SPDX documents: the packages of an image, and how two images differ.

Only what release notes need is read.  Specification: SPDX 2.3,
https://spdx.github.io/spdx-spec/v2.3/package-information/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from publisher import codec
from publisher.errors import Malformed

MAX_PACKAGES = 200_000
"""Most packages that are read from one document."""
_PURL_TYPE = re.compile(r"pkg:([a-zA-Z][a-zA-Z0-9.+-]{0,63})/")
"""The type of a package URL, https://github.com/package-url/purl-spec"""
_NOT_SOFTWARE = frozenset({"CONTAINER", "OPERATING-SYSTEM"})
"""Purposes of the entries that stand for the image itself."""


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """A package inside an image; `type` is its package URL's (`deb`, `rpm`, `pypi`), empty where unknown."""

    name: str
    version: str
    type: str = ""


@dataclass(frozen=True, slots=True, order=True)
class PackageChange:
    """A package in both images; versions are joined by commas where several are installed."""

    name: str
    type: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PackageChanges:
    """How two images differ, each list sorted by name."""

    added: tuple[Package, ...] = ()
    removed: tuple[Package, ...] = ()
    changed: tuple[PackageChange, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether the images hold the same packages."""
        return not (self.added or self.removed or self.changed)


def packages(spdx: bytes) -> tuple[Package, ...]:
    """Read the packages of an SPDX 2.3 JSON document, each once, sorted.

    Raises:
        Malformed: not such a document, or too large.
    """
    plain = codec.parse(spdx, where="SBOM")
    if not isinstance(plain, dict) or not str(plain.get("spdxVersion", "")).startswith("SPDX-2."):
        raise Malformed("not an SPDX 2 document")
    listed = plain.get("packages", [])
    if not isinstance(listed, list) or len(listed) > MAX_PACKAGES:
        raise Malformed("the SPDX document has no bearable list of packages")
    return tuple(sorted({_package(item) for item in listed if _is_software(item)}))


def difference(before: Iterable[Package], after: Iterable[Package]) -> PackageChanges:
    """Compare the packages of two images by name and type."""
    old, new = _versions(before), _versions(after)
    return PackageChanges(
        added=tuple(_flat(new, new.keys() - old.keys())),
        removed=tuple(_flat(old, old.keys() - new.keys())),
        changed=tuple(
            PackageChange(name, kind, ", ".join(old[name, kind]), ", ".join(new[name, kind]))
            for name, kind in sorted(old.keys() & new.keys())
            if old[name, kind] != new[name, kind]
        ),
    )


def _is_software(item: Any) -> bool:
    if not isinstance(item, dict):
        raise Malformed("a package of the SPDX document is not an object")
    return item.get("primaryPackagePurpose") not in _NOT_SOFTWARE


def _package(item: Mapping[str, Any]) -> Package:
    name, version = item.get("name"), item.get("versionInfo", "")
    if not isinstance(name, str) or not isinstance(version, str):
        raise Malformed("a package of the SPDX document lacks its name")
    return Package(name, version, _type(item.get("externalRefs")))


def _type(references: Any) -> str:
    if not isinstance(references, list):
        return ""
    for reference in references:
        if isinstance(reference, dict) and reference.get("referenceType") == "purl":
            found = _PURL_TYPE.match(str(reference.get("referenceLocator")))
            return found[1].lower() if found else ""
    return ""


def _versions(listed: Iterable[Package]) -> dict[tuple[str, str], list[str]]:
    versions: dict[tuple[str, str], list[str]] = {}
    for package in sorted(set(listed)):
        versions.setdefault((package.name, package.type), []).append(package.version)
    return versions


def _flat(versions: Mapping[tuple[str, str], list[str]], keys: Iterable[tuple[str, str]]) -> list[Package]:
    return [Package(name, version, kind) for name, kind in sorted(keys) for version in versions[name, kind]]
