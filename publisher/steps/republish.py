"""Republish: bring released versions to registries that lack them, and move their tags to them.

Nothing is built, and nothing newer than what was released comes out: each target is brought at its
newest released version, one that is held at the version that it is held at.  With it come the
internal layers that it stands on.  What a registry has already is left as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from publisher.catalog.target import TargetId
from publisher.errors import PublisherError, RegistryUnreachable, TagMoved, UsageError
from publisher.plan.graph import ancestors
from publisher.plan.snapshot import Snapshot
from publisher.plan.tags import desired_tags, is_latest
from publisher.ports.git import Commit
from publisher.records.release import Move, RecordKind, ReleasedImage
from publisher.records.timeline import Timeline
from publisher.steps.amendment import Amender, Amendment, AmendmentReport, Past
from publisher.steps.live_tags import never_released, promised
from publisher.steps.routing import destinations_of
from publisher.steps.selection import check_registry, select_targets
from publisher.steps.standing import Standing, TagStatus
from publisher.steps.states import load_commit
from publisher.steps.status import StatusReport, StatusStep

_MOVED = frozenset({Standing.BEHIND, Standing.MISSING, Standing.LAGGING})
"""Tags that are moved without being forced: they name nothing, or an older version of ours."""


@dataclass(frozen=True, slots=True)
class RepublishOptions:
    """`names` are images or targets, none of them with `every`; `registry` is the only one, or all."""

    names: tuple[str, ...] = ()
    every: bool = False
    registry: str | None = None


@dataclass(frozen=True, slots=True)
class RepublishReport:
    """What came of it: `strangers` are tags that were left alone, `skipped` targets without a release."""

    done: AmendmentReport
    strangers: tuple[TagStatus, ...] = ()
    skipped: tuple[TargetId, ...] = ()

    @property
    def errors(self) -> tuple[PublisherError, ...]:
        """Give every error, that of the strangers last."""
        return (*self.done.errors, *([_left_alone(self.strangers)] if self.strangers else []))

    @property
    def exit_code(self) -> int:
        """Give the exit code of the earliest phase that failed; 0 when all went well."""
        return min((error.exit_code for error in self.errors), default=0)


@dataclass(frozen=True, slots=True)
class RepublishStep:
    """Brings versions back."""

    amender: Amender

    def run(self, head: Commit, options: RepublishOptions) -> RepublishReport:
        """Republish.

        Raises:
            UsageError: a target is not declared, was never released, or does not go to the registry.
            PlanError: the head does not descend from what was released last.
            RegistryError: a required registry failed; a rerun goes on from there.
        """
        runner = self.amender.runner
        past = self.amender.past(head)
        snapshot = load_commit(runner.git, head.oid)
        check_registry(snapshot.settings, options.registry)
        chosen, skipped = _choose(snapshot, past.timeline, options)
        late = runner.finish(past.last)
        images = _images(snapshot, past.timeline, chosen, options.registry)
        report = StatusStep(runner.bench, snapshot, past.timeline, quick=True).run(chosen, options.registry)
        self._check(report)
        movable = _MOVED | ({Standing.DRIFTED} if runner.options.force else set())
        moves = _moves(snapshot, [one for one in report.tags if one.standing in movable])
        strangers = [one for one in report.tags if one.standing is Standing.DRIFTED]
        amendment = Amendment(
            RecordKind.REPUBLISH,
            _why(options),
            moves=moves,
            images=images,
            holds=past.last.record.holds,
        )
        done = self._do(past, amendment)
        return RepublishReport(
            replace(done, errors=(*late, *done.errors)),
            () if runner.options.force else tuple(strangers),
            skipped,
        )

    def _do(self, past: Past, amendment: Amendment) -> AmendmentReport:
        amendment = replace(amendment, costs=self.amender.costs(amendment))
        self.amender.show(amendment)
        if self.amender.runner.options.dry_run:
            return AmendmentReport(amendment)
        return self.amender.publish(past.last, amendment)

    def _check(self, report: StatusReport) -> None:
        """Let a required registry that does not answer end it before anything is done."""
        registries = self.amender.runner.bench.settings.registries
        for name, reason in report.silent.items():
            if registries[name].required:
                raise RegistryUnreachable(
                    f"{name} could not be asked what its tags name: {reason}",
                    where=registries[name].prefix,
                    hint="run it again when it answers, or leave it out: name another one with --registry",
                )
            self.amender.runner.bench.progress.warning(f"the optional registry {name} is left out: {reason}")


def _why(options: RepublishOptions) -> str:
    what = "everything" if options.every else ", ".join(options.names)
    return f"Republish {what[:200]}{f' to {options.registry}' if options.registry else ''}"


def _choose(
    snapshot: Snapshot, timeline: Timeline, options: RepublishOptions
) -> tuple[tuple[TargetId, ...], tuple[TargetId, ...]]:
    """Give the targets that have a version to bring, and those that have none.

    Raises:
        UsageError: none of what a name means has one, or none of it goes to the registry.
    """
    if options.every:
        return _split(timeline, _routed(snapshot, snapshot.entries, options.registry))
    chosen: dict[TargetId, None] = {}
    skipped: dict[TargetId, None] = {}
    for name in options.names:
        named = select_targets(snapshot, name)
        routed = _routed(snapshot, named, options.registry)
        if not routed:
            raise UsageError(
                f"{name} does not go to {options.registry}",
                where="routes in publisher.yml",
                hint="route it there and commit that; then `publisher run` brings it",
            )
        released, others = _split(timeline, routed)
        if not released:
            raise _unreleased(snapshot, timeline, name, others[0])
        chosen |= dict.fromkeys(released)
        skipped |= dict.fromkeys(others)
    return tuple(chosen), tuple(skipped)


def _routed(snapshot: Snapshot, targets: Iterable[TargetId], registry: str | None) -> list[TargetId]:
    return [target for target in targets if registry is None or registry in _registries(snapshot, target)]


def _registries(snapshot: Snapshot, target: TargetId) -> Collection[str]:
    return {place.registry for place in destinations_of(snapshot.settings, target)}


def _split(
    timeline: Timeline, targets: Iterable[TargetId]
) -> tuple[tuple[TargetId, ...], tuple[TargetId, ...]]:
    found = {target: promised(timeline, target) for target in targets}
    ours = {target for target, version in found.items() if version is not None and version.released}
    return tuple(t for t in found if t in ours), tuple(t for t in found if t not in ours)


def _unreleased(snapshot: Snapshot, timeline: Timeline, name: str, target: TargetId) -> UsageError:
    if timeline.newest(target) is not None:
        return UsageError(
            f"{name} was adopted: its contents are not in staging, so they cannot be brought anywhere",
            hint=f"`publisher republish {target} --rebuild REASON` lets it be built here",
        )
    command = never_released(timeline, snapshot, target)
    return UsageError(
        f"{name} was never released, so there is nothing to bring anywhere", hint=f"`{command}` releases it"
    )


def _images(
    snapshot: Snapshot, timeline: Timeline, chosen: Sequence[TargetId], registry: str | None
) -> tuple[ReleasedImage, ...]:
    """Give the versions with their destinations, parents first; internal layers below them come along."""
    below = {one for target in chosen for one in ancestors(snapshot.parents, target)}
    layers = {one for one in below if one in snapshot.entries and snapshot.entries[one].internal}
    wave = snapshot.waves()
    order = sorted({*chosen, *layers}, key=lambda target: (wave.get(target, 0), target))
    return tuple(_released(snapshot, timeline, order, registry))


def _released(
    snapshot: Snapshot, timeline: Timeline, targets: Iterable[TargetId], registry: str | None
) -> Iterator[ReleasedImage]:
    wanted = {registry, snapshot.settings.registries[registry].evidence} if registry else None
    for target in targets:
        version = promised(timeline, target)
        if version is not None and version.released is not None:
            every = destinations_of(snapshot.settings, target, internal=version.internal)
            places = tuple(one for one in every if wanted is None or one.registry in wanted)
            if places:
                yield replace(version.released, destinations=places, reasons=())


def _moves(snapshot: Snapshot, statuses: Iterable[TagStatus]) -> tuple[Move, ...]:
    """Give the moves of declared tags, version tags before `latest`; others are on their way out."""
    declared = {(place.repository, place.tag) for place in desired_tags(snapshot)}
    moves = []
    for status in statuses:
        tag = status.tag
        if tag.key in declared and tag.digest is not None:
            latest = is_latest(tag.tag, snapshot.entries[tag.target].platforms)
            moves.append(
                Move(tag.registry, tag.repository, tag.tag, status.found, tag.digest, tag.target, latest)
            )
    return tuple(sorted(moves, key=lambda move: move.latest))


def _left_alone(strangers: Sequence[TagStatus]) -> TagMoved:
    return TagMoved(
        "somebody else moved tags; they were left alone",
        where=", ".join(dict.fromkeys(status.tag.registry for status in strangers)),
        detail="\n".join(f"{one.tag.repository}:{one.tag.tag} {one.said}" for one in strangers),
        hint="find out who moved them, then run again with --force to move them back",
    )
