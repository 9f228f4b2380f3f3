"""Reading any image with everything that belongs to it: children, referrers, and their referrers.

The image is somebody else's: depth and number are bounded, and an index that names itself ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from publisher import codec
from publisher.errors import RegistryError
from publisher.oci.descriptor import INDEX_TYPES, MANIFEST_TYPES, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest
from publisher.oci.reference import Repository
from publisher.ports.registry import Registry
from publisher.transfer.inventory import Shipment, Subject

MAX_CHILD_DEPTH = 4
MAX_REFERRER_DEPTH = 3
MAX_MANIFESTS = 2000
"""Manifests of one image, referrers included."""
MAX_BYTES = 64 * 1024 * 1024
"""Bytes of all manifests of one image."""
_KNOWN = INDEX_TYPES | MANIFEST_TYPES


@dataclass(slots=True)
class SourceReader:
    """Reads one image; `strange` are referrers that stay behind, as no registry client can read them."""

    registry: Registry
    repository: Repository
    strange: list[Descriptor] = field(default_factory=list)
    children: dict[Digest, Subject] = field(default_factory=dict)
    attached: dict[Digest, Subject] = field(default_factory=dict)
    _manifests: dict[Digest, Manifest] = field(default_factory=dict)
    _bytes: int = 0

    def read(self, digest: Digest) -> Shipment:
        """Read the image of that digest.

        Raises:
            NotFound: it is not there, or something that it names is not.
            RegistryError: the registry failed, or the image is too large or too deep.
        """
        root = self._manifest(digest)
        self._read_children(root, 1)
        return Shipment(
            self.repository,
            Subject(root, self._referrers(root, 1)),
            None,
            tuple(self.children.values()),
            tuple(self.attached.values()),
        )

    def _read_children(self, parent: Manifest, depth: int) -> None:
        """Read what an index names, children first."""
        for named in parent.manifests:
            if named.digest in self.children:
                continue
            if depth > MAX_CHILD_DEPTH:
                raise self._too_much(f"indexes lie more than {MAX_CHILD_DEPTH} deep in one another", named)
            child = self._manifest(named.digest)
            self._read_children(child, depth + 1)
            self.children[named.digest] = Subject(child, self._referrers(child, 1))

    def _referrers(self, subject: Manifest, depth: int) -> tuple[Manifest, ...]:
        found = tuple(self._readable(subject))
        if found and depth > MAX_REFERRER_DEPTH:
            raise self._too_much(f"referrers refer to one another more than {MAX_REFERRER_DEPTH} deep", found[0])
        return tuple(self._referrer(named, depth) for named in found)

    def _referrer(self, named: Descriptor, depth: int) -> Manifest:
        known = named.digest in self._manifests
        manifest = self._manifest(named.digest)
        if not known:
            self._read_children(manifest, 1)
            own = self._referrers(manifest, depth + 1)
            if own:
                self.attached[named.digest] = Subject(manifest, own)
        return manifest

    def _readable(self, subject: Manifest) -> Iterator[Descriptor]:
        """Give the referrers of the known media types; a list of others' making may hold anything."""
        for named in self.registry.referrers(self.repository.path, subject.digest):
            if named.media_type in _KNOWN:
                yield named
            else:
                self.strange.append(named)

    def _manifest(self, digest: Digest) -> Manifest:
        if digest not in self._manifests:
            manifest = self.registry.get_manifest(self.repository.path, digest)
            self._bytes += manifest.size
            if len(self._manifests) >= MAX_MANIFESTS or self._bytes > MAX_BYTES:
                raise self._too_much(f"more than {MAX_MANIFESTS} manifests, or {MAX_BYTES >> 20} MiB", manifest)
            self._manifests[digest] = without_foreign(manifest)
        return self._manifests[digest]

    def _too_much(self, what: str, at: Descriptor | Manifest) -> RegistryError:
        return RegistryError(f"the image is more than can be copied: {what}", where=f"{self.repository}@{at.digest}")


def without_foreign(manifest: Manifest) -> Manifest:
    """Leave out of the view the layers that lie elsewhere: no registry holds them, none must be sent.

    OCI image specification 1.1, layer.md#non-distributable-layers.
    """
    if not any(_may_be_foreign(layer) for layer in manifest.layers):
        return manifest
    plain = codec.parse(manifest.raw)["layers"]
    kept = tuple(
        layer for layer, said in zip(manifest.layers, plain, strict=True)
        if not (_may_be_foreign(layer) and said.get("urls"))
    )  # fmt: skip
    return replace(manifest, layers=kept)


def _may_be_foreign(layer: Descriptor) -> bool:
    return ".foreign." in layer.media_type or ".nondistributable." in layer.media_type
