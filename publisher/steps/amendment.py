"""Tags that go to another released version because a person says so: proposed, proven, recorded, done.

Nothing is built.  What is released already is proven once more and brought wherever its tags are; the
record is the same kind of record that a merge writes, so that a run finishes it should this one die.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from publisher.catalog.target import TargetId
from publisher.errors import PublisherError, UsageError
from publisher.oci.reference import Repository
from publisher.plan.tags import is_latest
from publisher.ports.git import Commit
from publisher.records.release import Destination, Hold, Move, RecordKind, ReleasedImage, ReleaseRecord
from publisher.records.retreat import Staying, Switch
from publisher.records.timeline import Timeline
from publisher.steps.chain import StoredRecord, is_complete
from publisher.steps.inventory import shipment
from publisher.steps.lagging import Place, leave_out, reason
from publisher.steps.plan import check_descent
from publisher.steps.proof import Prover
from publisher.steps.routing import deliveries_of, digest_at, with_keepers
from publisher.steps.run import Runner
from publisher.steps.tag_changes import TagChange, TagLookup
from publisher.steps.tags import tag_move, tags_error
from publisher.steps.transaction import Publication
from publisher.transfer.cost import TransferCost, transfer_cost, with_record
from publisher.transfer.figures import LaneFigures


@dataclass(frozen=True, slots=True)
class Amendment:
    """What is to be done: `holds` are all that are in force afterwards, `costs` those of the transfer."""

    kind: RecordKind
    why: str
    switches: tuple[Switch, ...] = ()
    staying: tuple[Staying, ...] = ()
    moves: tuple[Move, ...] = ()
    images: tuple[ReleasedImage, ...] = ()
    holds: tuple[Hold, ...] = ()
    costs: Mapping[str, TransferCost] | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether all of it is so already."""
        return not self.switches


@dataclass(frozen=True, slots=True)
class AmendmentReport:
    """What came of it; no record where nothing was to be done, or it was a dry run."""

    amendment: Amendment
    record: ReleaseRecord | None = None
    release: str = ""
    errors: tuple[PublisherError, ...] = ()
    figures: Mapping[str, LaneFigures] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """Give the exit code of the earliest phase that failed; 0 when all went well."""
        return min((error.exit_code for error in self.errors), default=0)


@dataclass(frozen=True, slots=True)
class Past:
    """The newest record, and the chain that it ends."""

    last: StoredRecord
    timeline: Timeline


@dataclass(frozen=True, slots=True)
class Amender:
    """Carries amendments out; `show` hears of each before anything of it is done."""

    runner: Runner
    show: Callable[[Amendment], None] = lambda _amendment: None

    def past(self, head: Commit) -> Past:
        """Read the chain.

        Raises:
            UsageError: nothing was released yet.
            PlanError: the head does not descend from what was released last.
        """
        stored = list(self.runner.chain.walk())
        if not stored:
            hint = "`publisher run --base empty` makes the first release"
            raise UsageError("nothing was released yet", hint=hint)
        check_descent(self.runner.git, head, stored[0].record)
        return Past(stored[0], Timeline.of(item.record for item in stored))

    def carry_out(
        self, past: Past, amendment: Amendment, changes: Callable[[Switch], Iterable[TagChange]]
    ) -> AmendmentReport:
        """Finish what an earlier run committed, then prove, show and do it.

        Raises:
            VerifyError: what the tags are to name does not verify any more.
            TagMoved: somebody else moved one of the tags.
            RegistryError: a required registry failed; a rerun goes on from there.
        """
        late = self.runner.finish(past.last)
        wanted = [change for switch in amendment.switches for change in changes(switch)]
        silent = self.runner.destinations.silent()
        lookup = TagLookup(
            self.runner.bench, silent, self.runner.options.force, pending=self._is_pending(past)
        )
        amendment = replace(amendment, moves=lookup.moves(wanted), images=self._images(amendment, wanted))
        Prover(self.runner.bench).prove(item.image for item in amendment.images)
        amendment = replace(amendment, costs=self.costs(amendment))
        self.show(amendment)
        if self.runner.options.dry_run or amendment.is_empty:
            return AmendmentReport(amendment, errors=late)
        report = self.publish(past.last, amendment)
        return replace(report, errors=(*late, *report.errors))

    def _is_pending(self, past: Past) -> bool:
        """Tell whether a dry run looks at tags that a run would move first."""
        chain = self.runner.chain
        return self.runner.options.dry_run and not is_complete(chain.outcome(past.last))

    def _images(self, amendment: Amendment, changes: Sequence[TagChange]) -> tuple[ReleasedImage, ...]:
        """Give what must be complete wherever a tag is to name it."""
        places: dict[TargetId, dict[str, None]] = {}
        for change in changes:
            places.setdefault(change.target, {})[change.registry] = None
        return tuple(
            replace(item.to.released, destinations=self._destinations(item.target, places), reasons=())
            for item in amendment.switches
            if item.to.released is not None and item.target in places
        )

    def _destinations(
        self, target: TargetId, places: Mapping[TargetId, Iterable[str]]
    ) -> tuple[Destination, ...]:
        """Give the repositories, and those that keep their evidence."""
        settings = self.runner.bench.settings
        tagged = [settings.registries[name] for name in places[target]]
        return with_keepers(settings, tagged, target.image)

    def costs(self, amendment: Amendment) -> Mapping[str, TransferCost]:
        """Give what each registry is asked and sent at most."""
        bench = self.runner.bench
        deliveries = [
            delivery
            for item in amendment.images
            for delivery in deliveries_of(item, shipment(bench.staging, bench.builds, item.image))
        ]
        moves = [tag_move(one) for one in amendment.moves]
        return with_record(transfer_cost(deliveries, moves))

    def publish(self, last: StoredRecord, amendment: Amendment) -> AmendmentReport:
        """Write the record of an amendment, do what it says, and end it."""
        record = leave_out(self._record(last, amendment), self._silent(amendment))
        published = self.runner.transaction.run(last, record)
        if published.stored is None:
            return AmendmentReport(amendment, errors=published.errors, figures=published.figures)
        return self._release(published.stored, published, amendment)

    def _silent(self, amendment: Amendment) -> Mapping[Place, str]:
        """Give the places at optional registries that do not answer: they get it later."""
        silent = self.runner.destinations.silent()
        places = {
            (item.image.target, place.registry) for item in amendment.images for place in item.destinations
        }
        places |= {(move.target, move.registry) for move in amendment.moves}
        return {place: reason(place[1], silent[place[1]]) for place in places if place[1] in silent}

    def _release(self, stored: StoredRecord, published: Publication, amendment: Amendment) -> AmendmentReport:
        moved = tags_error(published.outcomes)
        errors = (*published.errors, *([moved] if moved else []))
        if published.errors:
            return AmendmentReport(amendment, stored.record, errors=errors, figures=published.figures)
        address = self.runner.releases.run(stored, published.outcomes)
        return AmendmentReport(amendment, stored.record, address, errors, published.figures)

    def _record(self, last: StoredRecord, amendment: Amendment) -> ReleaseRecord:
        """Make the record: the catalog stays where it is, and so does what is left to be done."""
        bench = self.runner.bench
        return ReleaseRecord(
            sequence=last.record.sequence + 1,
            previous=last.digest,
            source=bench.settings.source,
            base=last.record.base,
            head=last.record.head,
            time=bench.now(),
            who=bench.who,
            why=amendment.why,
            images=amendment.images,
            moves=amendment.moves,
            unfinished=last.record.unfinished,
            holds=amendment.holds,
            kind=amendment.kind,
        )

    def changes(self, timeline: Timeline, switch: Switch) -> Iterator[TagChange]:
        """Give the tags that name a target by the chain, at the registries that there still are."""
        for state in timeline.tags_of(switch.target):
            change = self.change(timeline, switch, state.registry, state.repository, state.tag)
            if change is not None:
                yield change

    def change(
        self, timeline: Timeline, switch: Switch, registry: str, repository: Repository, tag: str
    ) -> TagChange | None:
        """Give what a tag is to name; None where the registry is no longer the one that it was."""
        settings = self.runner.bench.settings.registries.get(registry)
        if settings is None or settings.repository(switch.target.image) != repository:
            return None
        image = switch.to.released.image if switch.to.released else None
        digest = switch.to.digest if settings.indexes or image is None else digest_at(tag, image)
        known = tuple(state.digest for state in timeline.tag(registry, repository, tag))
        latest = is_latest(tag, tuple(switch.to.build_ids))
        if digest is None:
            return None
        return TagChange(registry, repository, tag, switch.target, digest, known, latest)
