"""End holds: the tags of a target go on to its newest version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from publisher.catalog.target import TargetId
from publisher.errors import UsageError
from publisher.plan.snapshot import Snapshot
from publisher.plan.tags import desired_tags
from publisher.ports.git import Commit
from publisher.records.holds import released
from publisher.records.release import RecordKind
from publisher.records.retreat import Switch
from publisher.records.timeline import Timeline
from publisher.steps.amendment import Amender, Amendment, AmendmentReport, Past
from publisher.steps.states import load_commit
from publisher.steps.tag_changes import TagChange


@dataclass(frozen=True, slots=True)
class ThawStep:
    """Ends holds."""

    amender: Amender

    def run(self, head: Commit, names: Sequence[str]) -> AmendmentReport:
        """Thaw.

        Raises:
            UsageError: one of the targets is not held; lists those that are.
            VerifyError: the newest version does not verify any more.
            TagMoved: somebody else moved one of the tags.
            RegistryError: a required registry failed; a rerun goes on from there.
        """
        past = self.amender.past(head)
        targets = tuple(dict.fromkeys(_held(past, name) for name in names))
        holds = past.timeline.holds
        switches = tuple(_switch(past.timeline, target) for target in targets if target in holds)
        amendment = Amendment(
            RecordKind.THAW,
            f"Thaw {', '.join(targets)}",
            switches,
            holds=released(past.last.record.holds, targets),
        )
        git = self.amender.runner.git
        snapshot = load_commit(git, past.last.record.head)
        return self.amender.carry_out(
            past, amendment, lambda switch: self._changes(past.timeline, snapshot, switch)
        )

    def _changes(self, timeline: Timeline, snapshot: Snapshot, switch: Switch) -> Iterator[TagChange]:
        """Give the tags that name it, and those that it got while it was held."""
        found = {(change.repository, change.tag): change for change in self.amender.changes(timeline, switch)}
        yield from found.values()
        for place, target in desired_tags(snapshot).items():
            if target == switch.target and (place.repository, place.tag) not in found:
                change = self.amender.change(timeline, switch, place.registry, place.repository, place.tag)
                if change is not None:
                    yield change


def _held(past: Past, name: str) -> TargetId:
    """Give the held target of a name.

    Raises:
        UsageError: it is not held.
    """
    holds = past.timeline.holds
    target = next((one for one in holds if one == name), None) or past.timeline.owner(name)
    if target is not None and (target in holds or target in _just_thawed(past)):
        return target
    listed = [f"{hold.target} at {hold.digest.short} since record {hold.since}" for hold in holds.values()]
    raise UsageError(
        f"{name[:200]!r} is not held",
        detail="\n".join(["held are:", *(f"  {line}" for line in listed)]) if listed else "nothing is held",
        hint="only `publisher rollback` holds something",
    )


def _just_thawed(past: Past) -> frozenset[TargetId]:
    """Give what the newest record thawed: a run that died after that is repeated with the same words."""
    record = past.last.record
    if record.kind is not RecordKind.THAW:
        return frozenset()
    return frozenset(past.timeline.at(record.sequence - 1).holds) - past.timeline.holds.keys()


def _switch(timeline: Timeline, target: TargetId) -> Switch:
    newest, current = timeline.newest(target), timeline.current(target)
    if newest is None:
        raise UsageError(f"no release record describes {target}")
    return Switch(target, newest, current or newest, newest)
