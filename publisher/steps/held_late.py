"""Held targets at optional registries that missed their rollback: what they are to name there.

Everything else that such a registry lacks is brought as the plan builds it; a held target must be
brought as the chain holds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from publisher.plan.plan import Held
from publisher.plan.tags import is_latest
from publisher.records.release import Move, ReleasedImage, ReleaseRecord, Unfinished
from publisher.records.timeline import Timeline
from publisher.steps.chain import Chain
from publisher.steps.routing import destinations_of, digest_at


@dataclass(frozen=True, slots=True)
class HeldLate:
    """What `late` registries are given of held targets."""

    chain: Chain
    late: Iterable[Unfinished]

    def add_to(self, record: ReleaseRecord, held: Iterable[Held]) -> ReleaseRecord:
        """Add the held versions, and the tags that are to name them, to the record of a run.

        A target that the run itself brings waits for the next one.

        Raises:
            RegistryError: such a registry does not answer.
        """
        places = {(item.target, item.registry) for item in self.late}
        busy = {item.image.target for item in record.images}
        wanted = [
            replace(one, moves=tuple(move for move in one.moves if (one.target, move.registry) in places))
            for one in held
            if one.target not in busy
        ]
        if not any(one.moves for one in wanted):
            return record
        timeline = Timeline.of(stored.record for stored in self.chain.walk())
        found = [(one, image) for one in wanted if (image := _image(timeline, one))]
        images = (self._at(image, {move.registry for move in one.moves}) for one, image in found)
        moves = (move for one, image in found for move in self._moves(timeline, one, image))
        return replace(record, images=(*record.images, *images), moves=(*record.moves, *moves))

    def _at(self, image: ReleasedImage, names: set[str]) -> ReleasedImage:
        places = destinations_of(self.chain.bench.settings, image.image.target, only=names)
        return replace(image, destinations=places, reasons=())

    def _moves(self, timeline: Timeline, held: Held, image: ReleasedImage) -> Iterator[Move]:
        """Give the moves of names that the chain knows; new ones wait until the target is thawed."""
        settings = self.chain.bench.settings.registries
        known = {state.tag for state in timeline.tags_of(held.target)}
        for move in held.moves:
            registry = settings[move.registry]
            digest = held.digest if registry.indexes else digest_at(move.tag, image.image)
            repository = registry.repository(move.image)
            found = self.chain.bench.registry(repository.host).head_manifest(repository.path, move.tag)
            previous = found.digest if found else None
            if move.tag in known and digest is not None and digest != previous:
                latest = is_latest(move.tag, [item.platform for item in image.image.platforms])
                yield Move(move.registry, repository, move.tag, previous, digest, held.target, latest)


def _image(timeline: Timeline, held: Held) -> ReleasedImage | None:
    if not held.moves:
        return None
    versions = (one for one in timeline.versions(held.target) if one.digest == held.digest)
    return next((one.released for one in versions if one.released), None)
