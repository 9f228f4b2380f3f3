"""Rolling back and thawing in a `World`, and what its tags name then."""

from __future__ import annotations

from publisher.catalog.target import TargetId
from publisher.oci.digest import Digest
from publisher.records.timeline import Timeline
from publisher.steps.amendment import Amender, AmendmentReport
from publisher.steps.rollback import RollbackOptions, RollbackStep
from publisher.steps.thaw import ThawStep
from tests.unit.steps.world import World


def rollback(
    world: World, name: str, to: str, *, along: bool = False, reason: str = "", **options: bool
) -> AmendmentReport:
    amender = Amender(world.runner(**options))
    head = world.git.resolve("HEAD")
    return RollbackStep(amender).run(head, RollbackOptions(name, to, along, reason))


def thaw(world: World, *names: str, **options: bool) -> AmendmentReport:
    return ThawStep(Amender(world.runner(**options))).run(world.git.resolve("HEAD"), names)


def edit(world: World, image: str, text: str) -> None:
    """Publish another edition of an image, and of what is built on it."""
    world.change(f"{image}/{image}.txt", text)
    report = world.run()
    assert report.exit_code == 0, [str(error) for error in report.errors]


def names(world: World, target: TargetId) -> set[Digest]:
    """Give what the names of a target name, everywhere."""
    return {
        digest for images in world.all_tags().values() for tag, digest in images.get(target.image, {}).items()
    }


def version(world: World, target: TargetId, sequence: int) -> Digest:
    found = Timeline.of(world.records()).at(sequence).current(target)
    assert found is not None
    return found.digest
