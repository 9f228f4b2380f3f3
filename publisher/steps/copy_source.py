"""Reading any image with everything that belongs to it: children, referrers, and their referrers.

The image is somebody else's: depth and number are bounded, and an index that names itself ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock

from publisher import codec
from publisher.errors import NotFound, RegistryError
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
MANY = 8
"""Images of one repository from which listing its tags pays."""
_KNOWN = INDEX_TYPES | MANIFEST_TYPES


@dataclass(slots=True)
class ReferrerLists:
    """The lists of referrers in one repository, for several readers.

    Where the registry has no API each list is a tag.  With many images to read it is cheaper to list the
    tags once than to ask for each: most manifests, referrers above all, have no referrers.
    """

    registry: Registry
    repository: Repository
    images: int = 1
    _tags: frozenset[str] | None = None
    _is_known: bool = False
    _lock: Lock = field(default_factory=Lock)

    def of(self, digest: Digest) -> tuple[Descriptor, ...]:
        """Give what refers to a digest.

        Raises:
            RegistryError: the registry failed.
        """
        if self.images >= MANY and self.registry.capabilities.referrers_api is False:
            tags = self._known()
            if tags is not None and digest.fallback_tag not in tags:
                return ()
        return self.registry.referrers(self.repository.path, digest)

    def _known(self) -> frozenset[str] | None:
        with self._lock:
            if not self._is_known:
                self._is_known = True
                try:
                    self._tags = frozenset(self.registry.tags(self.repository.path))
                except RegistryError:  # more tags than are listed, or no right to list: each is asked for
                    self._tags = None
            return self._tags


@dataclass(slots=True)
class SourceReader:
    """Reads one image; `strange` are listed as referrers and cannot be: deleted, unreadable, or of others."""

    registry: Registry
    repository: Repository
    lists: ReferrerLists
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
            digest.permanent_tag,
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
        """Read what refers to a manifest; what the list names wrongly stays behind."""
        found = []
        for named in self.lists.of(subject.digest):
            manifest = self._referrer(named, subject, depth)
            if manifest is None:
                self.strange.append(named)
            else:
                found.append(manifest)
        return tuple(found)

    def _referrer(self, named: Descriptor, subject: Manifest, depth: int) -> Manifest | None:
        if named.media_type not in _KNOWN:
            return None
        known = named.digest in self._manifests
        try:
            manifest = self._manifest(named.digest)
        except NotFound:  # somebody deleted it, and not its line in the fallback tag
            return None
        if manifest.subject is None or manifest.subject.digest != subject.digest:
            return None
        if depth > MAX_REFERRER_DEPTH:
            raise self._too_much(
                f"referrers refer to one another more than {MAX_REFERRER_DEPTH} deep", manifest
            )
        if not known:
            self._read_children(manifest, 1)
            self._attach(manifest, depth)
        return manifest

    def _attach(self, manifest: Manifest, depth: int) -> None:
        """Read the referrers of a referrer; it comes before them in the order of `attached`."""
        self.attached[manifest.digest] = Subject(manifest)
        own = self._referrers(manifest, depth + 1)
        self.attached[manifest.digest] = Subject(manifest, own)
        if not own:
            del self.attached[manifest.digest]

    def _manifest(self, digest: Digest) -> Manifest:
        if digest not in self._manifests:
            manifest = self.registry.get_manifest(self.repository.path, digest)
            self._bytes += manifest.size
            if len(self._manifests) >= MAX_MANIFESTS or self._bytes > MAX_BYTES:
                raise self._too_much(
                    f"more than {MAX_MANIFESTS} manifests, or {MAX_BYTES >> 20} MiB", manifest
                )
            self._manifests[digest] = without_foreign(manifest)
        return self._manifests[digest]

    def _too_much(self, what: str, at: Descriptor | Manifest) -> RegistryError:
        return RegistryError(
            f"the image is more than can be copied: {what}", where=f"{self.repository}@{at.digest}"
        )


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
