"""Status and republication in a `World`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from publisher.oci.digest import Digest
from publisher.oci.index import assemble_index
from publisher.oci.platform import Platform
from publisher.records.release import RECORDS_NAME
from publisher.records.timeline import Timeline
from publisher.steps.amendment import Amender
from publisher.steps.republish import RepublishOptions, RepublishReport, RepublishStep
from publisher.steps.run import Runner, RunOptions
from publisher.steps.standing import GOOD, Standing, TagStatus
from publisher.steps.status import StatusReport, StatusStep
from publisher.steps.thorough import Thorough
from tests.unit.steps.world import World

ARM64 = Platform("linux/arm64")
Place = tuple[str, str]
"""A registry and `image:tag`."""


def look(world: World, registry: str | None = None, *, quick: bool = False) -> StatusReport:
    timeline = Timeline.of(world.records())
    return StatusStep(world.bench(), world.snapshot(), timeline, quick).run(None, registry)


def statuses(world: World) -> Mapping[Place, TagStatus]:
    """Give what is not as it should be."""
    found = {(one.tag.registry, one.tag.name): one for one in look(world).tags}
    return {place: one for place, one in found.items() if one.standing not in GOOD}


def standings(world: World) -> Mapping[Place, Standing]:
    return {place: one.standing for place, one in statuses(world).items()}


def republish(
    world: World,
    *names: str,
    every: bool = False,
    registry: str | None = None,
    thorough: bool = False,
    force: bool = False,
    dry_run: bool = False,
) -> RepublishReport:
    bench = world.bench()
    bench = replace(bench, transfer=Thorough(bench.transfer)) if thorough else bench
    amender = Amender(Runner(bench, world.git, RunOptions(force=force, dry_run=dry_run)))
    return RepublishStep(amender).run(
        world.git.resolve("HEAD"), RepublishOptions(names, every=every, registry=registry)
    )


def empty_out(world: World, host: str) -> None:
    """Let a registry lose everything but the release records."""
    registry = world.registries[host]
    for held in (registry.manifests, registry.tagged, registry.blobs):
        for repository in [name for name in held if not name.endswith(RECORDS_NAME)]:
            del held[repository]


def strange(world: World, host: str, image: str, tag: str) -> Digest:
    """Let somebody else move a tag to an index that no record knows."""
    registry = world.registries[host]
    known = registry.manifests[f"us/{image}"][registry.tagged[f"us/{image}"][tag]]
    theirs = assemble_index([replace(known.manifests[0], platform=ARM64)], oci=True)
    registry.put_manifest(f"us/{image}", tag, theirs)
    return theirs.digest
