"""Publish: the release record of a plan, handed to the publish transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from publisher.catalog.target import TargetId
from publisher.oci.digest import Digest
from publisher.plan.plan import Plan, PlannedMove
from publisher.plan.snapshot import Snapshot
from publisher.plan.tags import is_latest
from publisher.records.holds import remaining
from publisher.records.image import AttestedImage
from publisher.records.release import Move, ReleasedImage, ReleaseRecord, Unfinished
from publisher.steps.chain import StoredRecord
from publisher.steps.held_late import HeldLate
from publisher.steps.lagging import Place, leave_out, reason, waiting_of
from publisher.steps.routing import destinations_of, digest_at
from publisher.steps.transaction import Publication, Transaction
from publisher.steps.workbench import Workbench


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
        waiting = [item for item in waiting_of(self.transaction.chain, last) if self._is_routed(item)]
        record = self._record(last, images, unfinished)
        silent = self.transaction.destinations.silent()
        back = [item for item in waiting if item.registry not in silent]
        record = HeldLate(self.transaction.chain, back).add_to(record, self.plan.held)
        record = leave_out(record, self._silent(record))
        return self.transaction.run(last, record, waiting)

    def _is_routed(self, item: Unfinished) -> bool:
        routes = self.bench.settings.route(item.target.image)
        return item.target in self.snapshot.entries and item.registry in [route.name for route in routes]

    def _silent(self, record: ReleaseRecord) -> Mapping[Place, str]:
        """Give the places at optional registries that did not answer: nobody knows their tags."""
        silent = self.transaction.destinations.silent()
        places = [
            (item.image.target, place.registry) for item in record.images for place in item.destinations
        ]
        places += [(move.target, move.registry) for move in record.moves]
        return {place: reason(place[1], silent[place[1]]) for place in places if place[1] in silent}

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
        return ReleasedImage(
            image,
            destinations_of(
                self.bench.settings, image.target, internal=entry.internal, only=self._only(image.target)
            ),
            build.reasons if build else (),
            entry.dockerfile,
            self.snapshot.parents.get(image.target, ()),
            entry.internal,
            entry.requires,
        )

    def _only(self, target: TargetId) -> Collection[str] | None:
        """Give the registries where tags of a target move, if that is all that is done for it."""
        plan = self.plan
        worked_on = {
            *(item.target for item in plan.builds),
            *(item.target for item in plan.copies),
            *(item.target for item in plan.tests),
        }
        if target in worked_on:
            return None
        return {move.registry for move in plan.moves if move.target == target}

    def _move(self, planned: PlannedMove, images: Mapping[TargetId, AttestedImage]) -> tuple[Move, ...]:
        image = images.get(planned.target)
        digest = self._named(planned, image) if image else None
        if image is None or digest is None or planned.expected == digest:
            return ()
        platforms = [item.platform for item in image.platforms]
        return (
            Move(
                planned.registry,
                self.bench.settings.registries[planned.registry].repository(planned.image),
                planned.tag,
                planned.expected,
                digest,
                planned.target,
                is_latest(planned.tag, platforms),
            ),
        )

    def _named(self, planned: PlannedMove, image: AttestedImage) -> Digest | None:
        """Give what a tag is to name: the index, or a platform where the registry holds no indexes."""
        if self.bench.settings.registries[planned.registry].indexes:
            return image.digest
        return digest_at(planned.tag, image)
