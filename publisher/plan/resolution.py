"""All targets of a state: what each uses, what is wrong, and the BuildIds of the sound ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from publisher.catalog.entry import Entry
from publisher.catalog.matrix.combinations import with_combinations
from publisher.catalog.paths import below, folder_of
from publisher.catalog.problem import Position, Problem, Severity
from publisher.catalog.settings import Settings
from publisher.catalog.target import TargetId
from publisher.codec import canonical
from publisher.errors import CatalogError
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.plan.build_id import Identity
from publisher.plan.builds import finish_lazily
from publisher.plan.declarations import LOCK_FILE, Declarations
from publisher.plan.draft import Draft, Drafter
from publisher.plan.former import Former
from publisher.plan.graph import cycles, descendants, waves
from publisher.plan.inputs import BuildInputs
from publisher.plan.memory import Memory
from publisher.plan.onbuild import run_triggers
from publisher.plan.platform_tags import clashes
from publisher.plan.rules import Rule
from publisher.plan.sources import Sources, from_error

Drafts = Mapping[TargetId, Mapping[Platform, Draft]]


@dataclass(frozen=True, slots=True)
class Resolution:
    """The sound targets with their inputs, the others as outlines, the graph, and every problem."""

    inputs: Mapping[TargetId, Mapping[Platform, BuildInputs]]
    identities: Mapping[TargetId, Mapping[Platform, Identity]]
    parents: Mapping[TargetId, tuple[TargetId, ...]]
    outlines: Mapping[TargetId, Digest]
    problems: tuple[Problem, ...]


def resolve_all(
    entries: Mapping[TargetId, Entry],
    owners: Mapping[str, TargetId],
    declared: Declarations,
    sources: Sources,
    found: Iterable[Problem],
    memory: Memory,
) -> Resolution:
    """Resolve every target; one that cannot be built takes its descendants out, and nobody else."""
    former = memory.former(declared.settings, declared.lock)
    drafter = Drafter(entries, owners, declared.settings, declared.lock, sources, former, memory.contexts)
    first, bad = _draft_all(drafter)
    drafts, refused = run_triggers(first, drafter)
    bad += refused
    bad += (p for by_platform in drafts.values() for draft in by_platform.values() for p in draft.problems)
    parents = {target: _parents(entry, drafts[target], drafter) for target, entry in entries.items()}
    problems = [*declared.problems, *found, *sources.problems, *bad, *_routes(entries, declared.settings)]
    problems += _cycles(parents, entries)
    problems += clashes(entries, owners, declared.settings)
    problems += _stale(declared, entries)
    problems = list(with_combinations(problems, {t: entry.combination for t, entry in entries.items()}))
    excused = {problem for problem in declared.problems if problem.target in declared.kept}
    broken = {
        target
        for problem in problems
        if problem.severity is Severity.ERROR and problem not in excused
        for target in entries.keys() & {problem.target}
    }
    out = descendants(parents, broken)
    sound = {target: drafts[target] for target in waves(parents) if target not in out}
    builds = finish_lazily(sound, drafter)
    memory.last = Former(declared.settings, declared.lock, owners, entries, first, drafts, builds)
    outlines = {
        target: _outline(entries[target], drafts[target], drafter)
        for target in entries
        if target not in sound
    }
    return Resolution(
        builds.inputs,
        builds.identities,
        parents,
        outlines,
        tuple(sorted(dict.fromkeys(problems), key=_order)),
    )


def _order(problem: Problem) -> tuple[object, ...]:
    return problem.position, problem.rule, problem.message, problem.target or ""


def _draft_all(drafter: Drafter) -> tuple[Drafts, list[Problem]]:
    """Draft every build; a Dockerfile that makes no sense with its arguments is a problem of its target."""
    drafts: dict[TargetId, dict[Platform, Draft]] = {}
    problems: list[Problem] = []
    for target, entry in drafter.entries.items():
        drafts[target] = {}
        for platform in sorted(entry.platforms) if entry.dockerfile in drafter.sources.dockerfiles else ():
            try:
                drafts[target][platform] = drafter.draft(entry, platform)
            except CatalogError as error:
                problems.append(from_error(Rule.BAD_DOCKERFILE, error, entry.dockerfile, target))
    return drafts, problems


def _parents(entry: Entry, drafts: Mapping[Platform, Draft], drafter: Drafter) -> tuple[TargetId, ...]:
    """Give the in-repo parents; of a Dockerfile that cannot be resolved, the one that `base` names."""
    used = {parent.target for draft in drafts.values() for parent in draft.parents}
    if not drafts and entry.base and entry.base in drafter.owners:
        used.add(drafter.owners[entry.base])
    return tuple(sorted(used))


def _routes(entries: Mapping[TargetId, Entry], settings: Settings) -> Iterator[Problem]:
    for target, entry in entries.items():
        if not settings.assumed and not settings.route(target.image):
            yield Rule.NO_ROUTE.problem(f"no route takes the image {target.image}", entry.position, target)


def _cycles(
    parents: Mapping[TargetId, Iterable[TargetId]], entries: Mapping[TargetId, Entry]
) -> Iterator[Problem]:
    for cycle in cycles(parents):
        for target in dict.fromkeys(cycle):
            yield Rule.CYCLE.problem(
                f"images are built on each other: {' → '.join(cycle)}", entries[target].position, target
            )


def _stale(declared: Declarations, entries: Collection[TargetId]) -> Iterator[Problem]:
    lock = declared.lock
    for section, named in (("adopted", lock.adopted.keys()), ("generations", lock.generations.keys())):
        for target in sorted(named - set(entries)):
            place = lock.places.get((section, target), Position(LOCK_FILE))
            yield Rule.STALE_LOCK.problem(f"`{section}` names {target}, which is not declared", place)


def _outline(entry: Entry, drafts: Mapping[Platform, Draft], drafter: Drafter) -> Digest:
    """Sum up what is known of a target that cannot be built, where its place in the files does not count."""
    files = drafter.sources.tree.files
    named = [files.get(path) for path in (entry.dockerfile, entry.smoke) if path]
    used = [[draft.platform, draft.files, draft.bases] for draft in drafts.values()]
    generation = drafter.lock.generations.get(entry.target)
    home = folder_of(entry.position.file)
    paths = {"dockerfile": entry.dockerfile, "context": entry.context, "smoke": entry.smoke}
    seen = {name: (below(home, path) if path else None) or path for name, path in paths.items()}
    said = [
        replace(
            entry, position=Position(""), combination={}, places={}, dockerfile="", context="", smoke=None
        ),
        seen,
    ]
    return Digest.of(canonical([said, named, used, generation]))
