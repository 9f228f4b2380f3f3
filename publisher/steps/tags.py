"""Move tags forward to what a committed record says: version tags first, `latest` after all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from publisher.catalog.settings import RegistrySettings
from publisher.errors import PublisherError, TagMoved
from publisher.oci.digest import Digest
from publisher.records.release import DestinationState, Move, RegistryOutcome, ReleaseRecord
from publisher.steps.destinations import Destinations, raise_first
from publisher.steps.workbench import Workbench


@dataclass(slots=True)
class _Tally:
    """What happened at one registry."""

    moved: int = 0
    strangers: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TagMover:
    """Rolls a record forward at every destination; doing it again changes nothing."""

    bench: Workbench
    destinations: Destinations
    force: bool = False

    def roll_forward(self, record: ReleaseRecord) -> tuple[RegistryOutcome, ...]:
        """Move every tag of the record.

        A tag that somebody else moved meanwhile stays where it is and makes its registry incomplete.

        Raises:
            RegistryError: a registry failed; a rerun goes on from there.
        """
        tallies = {name: _Tally() for name in self.destinations.registries}
        errors: dict[str, PublisherError] = {}
        for latest in (False, True):
            moves = [move for move in record.moves if move.latest is latest]
            if errors or not moves:
                continue

            def work(settings: RegistrySettings, moves: Sequence[Move] = moves) -> None:
                self._move_all([m for m in moves if m.registry == settings.name], tallies[settings.name])

            errors = self.destinations.each(work)[1]
        raise_first(errors, "tags could not be moved everywhere")
        return tuple(_outcome(name, tally) for name, tally in tallies.items())

    def _move_all(self, moves: Sequence[Move], tally: _Tally) -> None:
        for move in moves:
            self._move(move, tally)

    def _move(self, move: Move, tally: _Tally) -> None:
        registry = self.bench.registry(move.repository.host)
        current = registry.head_manifest(move.repository.path, move.tag)
        seen = current.digest if current else None
        if seen == move.digest:
            return
        if seen != move.previous and not self.force:
            tally.strangers.append(_stranger(move, seen))
            return
        manifest = registry.get_manifest(move.repository.path, move.digest)
        registry.put_manifest(move.repository.path, move.tag, manifest)
        tally.moved += 1
        self.bench.progress.reached("publish:tag")
        self.bench.progress.update(
            "publish", move.registry, f"{move.repository}:{move.tag} → {move.digest.short}"
        )


def _stranger(move: Move, seen: Digest | None) -> str:
    found = seen.short if seen else "nothing"
    expected = move.previous.short if move.previous else "nothing"
    return f"{move.repository}:{move.tag} names {found} instead of {expected}"


def _outcome(name: str, tally: _Tally) -> RegistryOutcome:
    state = DestinationState.INCOMPLETE if tally.strangers else DestinationState.COMPLETE
    return RegistryOutcome(name, state, tally.moved, "; ".join(tally.strangers))


def tags_error(outcomes: Sequence[RegistryOutcome]) -> TagMoved | None:
    """Give the error for tags that somebody else moved, if there are any."""
    strangers = [outcome for outcome in outcomes if outcome.state is DestinationState.INCOMPLETE]
    if not strangers:
        return None
    return TagMoved(
        "somebody else moved tags since the plan looked at them; they were left alone",
        where=", ".join(outcome.registry for outcome in strangers),
        detail="\n".join(outcome.message for outcome in strangers),
        hint="find out who moved them, then run again with --force to move them on",
    )
