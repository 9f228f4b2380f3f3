"""Where an image goes, and what is delivered there: the whole of it, or what the registry can hold."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from publisher.catalog.settings import RegistrySettings, Settings
from publisher.catalog.target import TargetId
from publisher.oci.digest import Digest
from publisher.plan.platform_tags import suffix
from publisher.records.image import AttestedImage
from publisher.records.release import LAYERS_NAME, Destination, ReleasedImage
from publisher.transfer.inventory import Delivery, Shipment


def destinations_of(
    settings: Settings, target: TargetId, *, internal: bool = False, only: Collection[str] | None = None
) -> tuple[Destination, ...]:
    """Give the repositories that hold an image: those of its route, and those that keep their evidence.

    `only` names registries to which the route is limited; their evidence goes along.
    """
    name = LAYERS_NAME if internal else target.image
    routed = [item for item in settings.route(target.image) if only is None or item.name in only]
    return with_keepers(settings, routed, name)


def with_keepers(
    settings: Settings, registries: Sequence[RegistrySettings], name: str
) -> tuple[Destination, ...]:
    """Give a repository of each registry, and of those that keep their evidence."""
    keepers = [settings.registries[item.evidence] for item in registries if item.evidence]
    found = {item.name: item for item in (*registries, *keepers)}
    return tuple(_destination(item, name) for item in found.values())


def _destination(registry: RegistrySettings, name: str) -> Destination:
    return Destination(registry.name, registry.repository(name), registry.evidence, registry.indexes)


def deliveries_of(item: ReleasedImage, parcel: Shipment) -> list[Delivery]:
    """Give what brings an image to all of its destinations."""
    return [delivery for place in item.destinations for delivery in _deliveries(place, parcel)]


def _deliveries(place: Destination, parcel: Shipment) -> list[Delivery]:
    parcels = [parcel] if place.indexes else [_alone(parcel, n) for n in range(len(parcel.children))]
    return [Delivery(place.registry, one, place.repository, place.evidence is None) for one in parcels]


def _alone(parcel: Shipment, number: int) -> Shipment:
    """Give one platform, under a permanent tag of its own."""
    child = parcel.children[number]
    return Shipment(parcel.source, child, child.manifest.digest.permanent_tag)


def digest_at(tag: str, image: AttestedImage) -> Digest | None:
    """Give the platform manifest that a tag names at a registry without indexes.

    The longest ending counts: that of `linux/arm` is part of nothing, but systems may end alike.
    """
    if len(image.platforms) == 1:
        return image.platforms[0].digest
    fitting = [item for item in image.platforms if tag.endswith(f"-{suffix(item.platform)}")]
    longest = max(fitting, key=lambda item: len(suffix(item.platform)), default=None)
    return longest.digest if longest else None
