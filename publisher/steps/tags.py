"""Move tags to what a committed record says: version tags first, `latest` after all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from publisher.errors import PublisherError, TagMoved
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest
from publisher.ports.transfer import Stranger, TagReport
from publisher.records.release import DestinationState, Move, RegistryOutcome, ReleaseRecord
from publisher.steps.destinations import Destinations
from publisher.steps.workbench import Workbench
from publisher.transfer.inventory import TagMove

_NONE: Mapping[Digest, Manifest] = MappingProxyType({})


@dataclass(slots=True)
class _Tally:
    """What happened at one registry; `error` is why the rest of its tags were left."""

    moved: int = 0
    strangers: list[Stranger] = field(default_factory=list)
    error: PublisherError | None = None

    def add(self, report: TagReport) -> None:
        self.moved += len(report.moved)
        self.strangers += report.strangers
        self.error = self.error or report.error


@dataclass(frozen=True, slots=True)
class TagMover:
    """Rolls a record forward at every destination; doing it again changes nothing."""

    bench: Workbench
    destinations: Destinations
    force: bool = False

    def roll_forward(
        self,
        record: ReleaseRecord,
        manifests: Mapping[Digest, Manifest] = _NONE,
        only: Collection[str] | None = None,
    ) -> tuple[RegistryOutcome, ...]:
        """Move every tag of the record, at the registries `only` names if it does.

        A tag that somebody else moved meanwhile stays where it is and makes its registry incomplete;
        an optional registry that fails lags.  `manifests` are the bytes that are known.

        Raises:
            RegistryError: a required registry failed; a rerun goes on from there.
        """
        names = [name for name in self.destinations.registries if only is None or name in only]
        moves = [tag_move(move, manifests) for move in record.moves if move.registry in names]
        tallies = self._move_all(moves)
        late = {item.registry: item.reason for item in record.unfinished if item.registry}
        return tuple(_outcome(name, tallies.get(name, _Tally()), late.get(name, "")) for name in names)

    def _move_all(self, moves: Sequence[TagMove]) -> Mapping[str, _Tally]:
        """Move tags, again without each optional registry that failed: others do not wait for it."""
        tallies: dict[str, _Tally] = {}
        while moves:
            failed = {name for name, tally in tallies.items() if tally.error}
            reports = self.bench.transfer.move_tags(moves, force=self.force)
            for name, report in reports.items():
                tallies.setdefault(name, _Tally()).add(report)
            errors = {name: tally.error for name, tally in tallies.items() if tally.error}
            self.destinations.judge(errors, "tags could not be moved everywhere", known=failed)
            left = [move for name, report in reports.items() if name not in errors for move in report.left]
            moves = left if errors.keys() - failed else ()
        return tallies


def tag_move(move: Move, manifests: Mapping[Digest, Manifest] = _NONE) -> TagMove:
    """Give a recorded move with the bytes of its manifest, where they are known."""
    return TagMove(
        move.registry,
        move.repository,
        move.tag,
        move.previous,
        move.digest,
        manifests.get(move.digest),
        move.latest,
    )


def _outcome(name: str, tally: _Tally, late: str) -> RegistryOutcome:
    if tally.strangers:
        told = "; ".join(one.text for one in tally.strangers)
        return RegistryOutcome(name, DestinationState.INCOMPLETE, tally.moved, told)
    if tally.error or late:
        told = tally.error.what if tally.error else late
        return RegistryOutcome(name, DestinationState.LAGGING, tally.moved, told)
    return RegistryOutcome(name, DestinationState.COMPLETE, tally.moved)


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
