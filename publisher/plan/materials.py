"""What a build may use, compared with what BuildKit says it used.

A `--build-context` whose name does not match is silently pulled from the network, and a digest of
one platform is silently used for another: so belief is compared with observation, by digest and
platform.  Names are set aside, since BuildKit reports where it fetched from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from publisher.errors import MaterialsDiffer, PlanError
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.plan.inputs import Base, BuildInputs


class Observed(Protocol):
    """A material as the builder reports it (`publisher.records.build.Material`)."""

    @property
    def uri(self) -> str:
        """Give the package URL or address."""

    @property
    def digest(self) -> str:
        """Give `<algorithm>:<hex>`, empty where the builder gave none."""

    @property
    def platform(self) -> Platform | None:
        """Give the platform; None where the builder gave none, as for a front end that it resolves."""

    @property
    def is_image(self) -> bool:
        """Tell whether this is a container image."""


@dataclass(frozen=True, slots=True, order=True)
class Expected:
    """An image that the build must use; `reference` is for people."""

    digest: Digest
    platform: Platform
    reference: str


def expected_materials(inputs: BuildInputs, images: Mapping[str, str]) -> frozenset[Expected]:
    """Give every image that the build must use: parents, bases, front end.

    `images` maps each reference to the `repository@digest` that the builder was given.

    Raises:
        PlanError: a reference has no image.
        MaterialsDiffer: a base's digest is not the lock's for the platform that its stage runs on.
    """
    bases = [*inputs.bases]
    if inputs.frontend:
        bases.append(inputs.frontend)
        images = {**_locked_frontend(inputs, inputs.frontend), **images}
    for base in bases:
        _check_lock(base, _digest(base.reference, images))
    used = [(item.reference, item.platform) for item in inputs.parents]
    used += [(item.reference, item.platform) for item in bases]
    return frozenset(Expected(_digest(name, images), platform, name) for name, platform in used)


def check_materials(expected: Iterable[Expected], observed: Iterable[Observed], *, where: str = "") -> None:
    """Compare; materials that are not images are recorded elsewhere and pass here.

    Raises:
        MaterialsDiffer: an image was used that was not expected, or an expected one was not used.
    """
    expected, images = sorted(expected), [material for material in observed if material.is_image]
    strange = [material for material in images if not any(_same(item, material) for item in expected)]
    seen = {(material.digest, material.platform) for material in images}
    unused = [item for item in expected if (item.digest, item.platform) not in seen]
    if strange or unused:
        lines = [f"used, not planned: {item.uri} ({item.digest or 'no digest'})" for item in strange]
        lines += [f"planned, not used: {item.reference} ({item.digest} {item.platform})" for item in unused]
        raise MaterialsDiffer(
            "the build used other images than the plan named",
            where=where,
            detail="\n".join(lines),
            hint="write every FROM, COPY --from and RUN --mount=from as a reference that the catalog or "
            "publisher.lock knows; for a stage that runs on another platform lock the index too",
        )


def _same(expected: Expected, material: Observed) -> bool:
    return material.digest == expected.digest and material.platform in (None, expected.platform)


def _locked_frontend(inputs: BuildInputs, frontend: Base) -> Mapping[str, str]:
    """Give the image of the front end, which is passed by itself and may be absent from `images`."""
    locked = frontend.locked
    if locked is None:
        return {}
    digest = locked.digests.get(frontend.platform)
    if frontend.platform != inputs.platform and locked.index:
        digest = locked.index
    return {frontend.reference: f"{locked.source}@{digest}"} if digest else {}


def _check_lock(base: Base, digest: Digest) -> None:
    """Refuse a manifest of another platform: BuildKit would use it and report the platform it wanted."""
    locked = base.locked
    if locked and digest not in (locked.index, locked.digests.get(base.platform)):
        raise MaterialsDiffer(
            f"{base.reference} would be {digest}, which publisher.lock does not have for {base.platform}",
            hint="run `publisher refresh bases`",
        )


def _digest(reference: str, images: Mapping[str, str]) -> Digest:
    if reference not in images:
        raise PlanError(f"{reference} has no digest to build with", hint="run `publisher refresh bases`")
    return Digest(images[reference].rpartition("@")[2])
