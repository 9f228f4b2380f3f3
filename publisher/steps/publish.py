"""Publish: the release record of a plan, handed to the publish transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from publisher.catalog.target import TargetId
from publisher.plan.plan import Plan, PlannedMove
from publisher.plan.snapshot import Snapshot
from publisher.records.holds import remaining
from publisher.records.image import AttestedImage
from publisher.records.release import (
    LAYERS_NAME,
    Destination,
    Move,
    ReleasedImage,
    ReleaseRecord,
    Unfinished,
)
from publisher.steps.chain import StoredRecord
from publisher.steps.transaction import Publication, Transaction
from publisher.steps.workbench import Workbench

LATEST = "latest"


@dataclass(frozen=True, slots=True)
class PublishStep:
    """The publish transaction of one plan."""

    bench: Workbench
    snapshot: Snapshot
    plan: Plan
    transaction: Transaction
    why: str

    def run(
        self,
        last: StoredRecord | None,
        images: Mapping[TargetId, AttestedImage],
        unfinished: Sequence[Unfinished],
    ) -> Publication:
        """Bring images to their destinations and move their tags.

        Raises:
            RegistryError: staging failed, or a registry failed after the commit point; a rerun goes on.
        """
        return self.transaction.run(last, self._record(last, images, unfinished))

    def _record(
        self,
        last: StoredRecord | None,
        images: Mapping[TargetId, AttestedImage],
        unfinished: Sequence[Unfinished],
    ) -> ReleaseRecord:
        moves = tuple(move for planned in self.plan.moves for move in self._move(planned, images))
        return ReleaseRecord(
            sequence=last.record.sequence + 1 if last else 1,
            previous=last.digest if last else None,
            source=self.bench.settings.source,
            base=self.plan.base,
            head=self.plan.head,
            time=self.bench.now(),
            who=self.bench.who,
            why=self.why,
            images=tuple(self._released(image) for image in images.values()),
            moves=moves,
            unfinished=tuple(sorted(unfinished, key=lambda item: item.target)),
            retired=tuple(TargetId.of(item.image, item.tag) for item in self.plan.retired),
            holds=remaining(last.record.holds if last else (), images.values(), moves),
        )

    def _released(self, image: AttestedImage) -> ReleasedImage:
        entry = self.snapshot.entries[image.target]
        build = next((item for item in self.plan.builds if item.target == image.target), None)
        routes = self.bench.settings.route(image.target.image)
        name = LAYERS_NAME if entry.internal else image.target.image
        return ReleasedImage(
            image,
            tuple(Destination(route.name, route.repository(name)) for route in routes),
            build.reasons if build else (),
            entry.dockerfile,
            self.snapshot.parents.get(image.target, ()),
            entry.internal,
            entry.requires,
        )

    def _move(self, planned: PlannedMove, images: Mapping[TargetId, AttestedImage]) -> tuple[Move, ...]:
        image = images.get(planned.target)
        if image is None or planned.expected == image.digest:
            return ()
        repository = self.bench.settings.registries[planned.registry].repository(planned.image)
        return (
            Move(
                planned.registry,
                repository,
                planned.tag,
                planned.expected,
                image.digest,
                planned.target,
                planned.tag == LATEST,
            ),
        )
