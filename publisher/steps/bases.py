"""External bases of a catalog: which there are, who uses them, and what a registry says they are now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from publisher import codec
from publisher.catalog.lock import LockedBase
from publisher.catalog.target import TargetId
from publisher.errors import CatalogError, Malformed, RegistryError
from publisher.oci.descriptor import MANIFEST_TYPES, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import MAX_MANIFEST, Manifest
from publisher.oci.platform import Platform
from publisher.oci.reference import Reference, Repository
from publisher.plan.inputs import Base
from publisher.plan.names import catalog_name
from publisher.plan.snapshot import Snapshot
from publisher.ports.registry import Registry


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """A build that needs a base on a platform."""

    platform: Platform
    target: TargetId
    dockerfile: str


@dataclass(frozen=True, slots=True)
class External:
    """A base by its spelled reference, all its uses, and what the lock has of it."""

    reference: str
    uses: tuple[Use, ...]
    locked: LockedBase | None

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """Give the platforms on which it is needed."""
        return tuple(sorted({use.platform for use in self.uses}))

    @property
    def source(self) -> Repository:
        """Give where it is fetched from: the lock's word, else the reference's own registry."""
        return Repository(self.locked.source) if self.locked else Reference.parse(self.reference).repository


def external_bases(snapshot: Snapshot) -> tuple[External, ...]:
    """Find the bases that the lock must know; a reference with a digest stands for itself."""
    uses: dict[str, set[Use]] = {}
    for base, use in _used(snapshot):
        reference = Reference.parse(base.reference)
        if reference.digest is None and catalog_name(reference, snapshot.settings, snapshot.owners) is None:
            uses.setdefault(base.reference, set()).add(use)
    bases = snapshot.lock.bases
    return tuple(
        External(name, tuple(sorted(users)), bases.get(name)) for name, users in sorted(uses.items())
    )


def _used(snapshot: Snapshot) -> Iterator[tuple[Base, Use]]:
    for target, by_platform in snapshot.inputs.items():
        for inputs in by_platform.values():
            for base in (*inputs.bases, *([inputs.frontend] if inputs.frontend else [])):
                yield base, Use(base.platform, target, inputs.dockerfile)


def look_up(registry: Registry, base: External, source: Repository, now: datetime) -> LockedBase:
    """Ask what a base is now; the entry of the lock is given back as it is where it is still right.

    The date, which is part of every BuildId, stays as long as no digest that is used changes.

    Raises:
        RegistryError: the registry does not answer, refuses, or has no such tag.
        CatalogError: the base is not there for a platform on which it is needed.
    """
    manifest = _fetch(registry, base, source)
    offered = offered_platforms(registry, source, manifest)
    digests = {platform: offered[platform] for platform in base.platforms if platform in offered}
    if len(digests) < len(base.platforms):
        raise _missing(base, source, offered)
    found = LockedBase(source, digests, now, manifest.digest if manifest.is_index else None)
    return _kept(base.locked, found)


def _kept(before: LockedBase | None, found: LockedBase) -> LockedBase:
    if before is None:
        return found
    both = before.digests.keys() & found.digests.keys()
    if not both or any(before.digests[platform] != found.digests[platform] for platform in both):
        return found
    is_whole = both == found.digests.keys()
    if is_whole and (before.source, before.index) == (found.source, found.index):
        return before
    return replace(found, date=before.date)


def _fetch(registry: Registry, base: External, source: Repository) -> Manifest:
    tag = Reference.parse(base.reference).tag or "latest"
    try:
        return registry.get_manifest(source.path, tag)
    except RegistryError as error:
        mirror = f"for a mirror use --source {base.reference}=HOST/REPOSITORY"
        raise type(error)(
            f"the base {base.reference} cannot be looked up: {error.what}",
            where=f"{source}:{tag}",
            detail=error.detail,
            hint=f"{error.hint}; {mirror}" if error.hint else f"check its name in {_places(base)}; {mirror}",
        ) from error


def _places(base: External) -> str:
    return ", ".join(sorted({use.dockerfile for use in base.uses}))


def offered_platforms(
    registry: Registry, source: Repository, manifest: Manifest
) -> Mapping[Platform, Digest]:
    """Give what there is by platform; of two manifests for one platform the first, as BuildKit does."""
    if not manifest.is_index:
        return {_platform_of(registry, source, manifest): manifest.digest}
    offered: dict[Platform, Digest] = {}
    for child in manifest.manifests:
        if child.platform and child.media_type in MANIFEST_TYPES:
            offered.setdefault(child.platform, child.digest)
    return offered


def _platform_of(registry: Registry, source: Repository, manifest: Manifest) -> Platform:
    """Read the platform from the configuration, where there is no index that says it."""
    where = f"{source}@{manifest.digest}"
    if manifest.config is None or manifest.config.size > MAX_MANIFEST:
        raise RegistryError("the base is no image: it has no configuration of reasonable size", where=where)
    plain = codec.parse(_blob(registry, source, manifest.config), where=where)
    try:
        variant = f"/{plain['variant']}" if plain.get("variant") else ""
        return Platform(f"{plain['os']}/{plain['architecture']}{variant}")
    except (KeyError, TypeError, AttributeError, Malformed) as error:
        raise RegistryError(
            "the base is no image: its configuration names no platform", where=where, detail=repr(error)[:200]
        ) from error


def _blob(registry: Registry, source: Repository, blob: Descriptor) -> bytes:
    with registry.open_blob(source.path, blob) as chunks:
        return b"".join(chunks)


def _missing(base: External, source: Repository, offered: Mapping[Platform, Digest]) -> CatalogError:
    lacking = [platform for platform in base.platforms if platform not in offered]
    users = [
        f"needed on {u.platform} by {u.target} ({u.dockerfile})" for u in base.uses if u.platform in lacking
    ]
    return CatalogError(
        f"the base {base.reference} is not there for {', '.join(lacking)}",
        where=str(source),
        detail="\n".join([*users, f"it is there for {', '.join(sorted(offered)) or 'no platform at all'}"]),
        hint="leave the platform out with `platforms:` in meta.yml, or build on another base",
    )
