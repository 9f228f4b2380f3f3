"""All targets of a state: what each uses, what is wrong, and the BuildIds of the sound ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from publisher.catalog.entry import Entry
from publisher.catalog.problem import Position, Problem, Severity
from publisher.catalog.settings import Settings
from publisher.catalog.target import TargetId
from publisher.codec import canonical
from publisher.errors import CatalogError
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.plan.build_id import Identity
from publisher.plan.declarations import LOCK_FILE, Declarations
from publisher.plan.draft import Draft, Drafter, finish
from publisher.plan.graph import cycles, descendants, waves
from publisher.plan.inputs import BuildInputs
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
) -> Resolution:
    """Resolve every target; one that cannot be built takes its descendants out, and nobody else."""
    drafter = Drafter(entries, owners, declared.settings, declared.lock, sources)
    drafts, bad = _draft_all(drafter)
    parents = {target: _parents(entry, drafts[target], drafter) for target, entry in entries.items()}
    problems = [*declared.problems, *found, *sources.problems, *bad, *_routes(entries, declared.settings)]
    problems += _cycles(parents, entries)
    problems += _stale(declared, entries)
    broken = {
        target
        for problem in problems
        if problem.severity is Severity.ERROR
        for target in entries.keys() & {problem.target}
    }
    out = descendants(parents, broken | declared.kept.keys())
    sound = {target: drafts[target] for target in waves(parents) if target not in out}
    inputs, identities = _finish_all(sound, drafter)
    outlines = {
        target: _outline(entries[target], drafts[target], drafter)
        for target in entries
        if target not in inputs
    }
    return Resolution(
        inputs, identities, parents, outlines, tuple(sorted(dict.fromkeys(problems), key=_order))
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
    problems += (
        p for by_platform in drafts.values() for draft in by_platform.values() for p in draft.problems
    )
    return {
        target: _triggered(by_platform, drafts, drafter) for target, by_platform in drafts.items()
    }, problems


def _triggered(own: Mapping[Platform, Draft], drafts: Drafts, drafter: Drafter) -> Mapping[Platform, Draft]:
    """Count the whole context where a parent carries ONBUILD instructions, which may copy anything."""
    triggers = {
        platform: any(drafts[parent.target][parent.platform].resolved.triggers for parent in draft.parents
                      if parent.platform in drafts[parent.target])
        for platform, draft in own.items()
    }  # fmt: skip
    return {
        platform: replace(draft, files=drafter.files(draft.entry, None)) if triggers[platform] else draft
        for platform, draft in own.items()
    }


def _parents(entry: Entry, drafts: Mapping[Platform, Draft], drafter: Drafter) -> tuple[TargetId, ...]:
    """Give the in-repo parents; of a Dockerfile that cannot be resolved, the one that `base` names."""
    used = {parent.target for draft in drafts.values() for parent in draft.parents}
    if not drafts and entry.base and entry.base in drafter.owners:
        used.add(drafter.owners[entry.base])
    return tuple(sorted(used))


def _routes(entries: Mapping[TargetId, Entry], settings: Settings) -> Iterator[Problem]:
    for target, entry in entries.items():
        if not settings.route(target.image):
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
    named = {**declared.lock.generations, **declared.lock.adopted}
    for target in sorted(named.keys() - set(entries)):
        yield Rule.STALE_LOCK.problem(
            f"publisher.lock names {target}, which is not declared", Position(LOCK_FILE)
        )


def _finish_all(
    drafts: Drafts, drafter: Drafter
) -> tuple[dict[TargetId, Mapping[Platform, BuildInputs]], dict[TargetId, Mapping[Platform, Identity]]]:
    """Finish drafts that come in build order."""
    ids: dict[tuple[TargetId, Platform], BuildId] = {}
    inputs: dict[TargetId, Mapping[Platform, BuildInputs]] = {}
    identities: dict[TargetId, Mapping[Platform, Identity]] = {}
    for target, by_platform in drafts.items():
        done = {platform: finish(draft, drafter, ids) for platform, draft in by_platform.items()}
        inputs[target] = {platform: made for platform, (made, _) in done.items()}
        identities[target] = {platform: identity for platform, (_, identity) in done.items()}
        ids.update({(target, platform): made.build_id for platform, made in inputs[target].items()})
    return inputs, identities


def _outline(entry: Entry, drafts: Mapping[Platform, Draft], drafter: Drafter) -> Digest:
    """Sum up what is known of a target that cannot be built, where its line in the file does not count."""
    files = drafter.sources.tree.files
    named = [files.get(path) for path in (entry.dockerfile, entry.smoke) if path]
    used = [[draft.platform, draft.files, draft.bases] for draft in drafts.values()]
    generation = drafter.lock.generations.get(entry.target)
    return Digest.of(canonical([replace(entry, position=Position("")), named, used, generation]))
