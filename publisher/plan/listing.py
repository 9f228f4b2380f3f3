"""The catalog as a list: what each tag is made from, and what stands on what."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from publisher.catalog.problem import Problem
from publisher.catalog.target import TargetId
from publisher.codec import to_plain
from publisher.oci.platform import Platform
from publisher.plan.graph import ancestors, children_of, descendants, waves
from publisher.plan.snapshot import Snapshot

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """One target.  `file` and `combination` say where it is declared; `stage` is the Dockerfile's.

    `parents` and `children` are images of the catalog, `bases` external references; all are empty
    where the Dockerfile cannot be resolved.  `plannable` tells that nothing keeps it from being built.
    """

    image: str
    tag: str
    aliases: tuple[str, ...]
    latest: bool
    platforms: tuple[Platform, ...]
    dockerfile: str
    context: str
    stage: str | None
    base: TargetId | None
    parents: tuple[TargetId, ...]
    children: tuple[TargetId, ...]
    bases: tuple[str, ...]
    args: Mapping[str, str]
    smoke: str | None
    requires: Mapping[str, str]
    internal: bool
    status: str
    file: str
    line: int
    column: int
    combination: Mapping[str, str]
    plannable: bool

    @property
    def target(self) -> TargetId:
        """Give `image:tag`."""
        return TargetId.of(self.image, self.tag)


@dataclass(frozen=True, slots=True)
class Listing:
    """Targets of one state, parents first, and the problems that concern them."""

    commit: str
    targets: tuple[Listed, ...]
    problems: tuple[Problem, ...]
    schema_version: int = SCHEMA_VERSION


def as_json(listing: Listing) -> str:
    """Give the document that `--format json` prints."""
    plain = to_plain(listing)
    document = {"schema_version": plain.pop("schema_version"), **plain}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def list_catalog(snapshot: Snapshot, chosen: Collection[TargetId] | None = None) -> Listing:
    """List the chosen targets with all that they stand on and all that stands on them; by default all."""
    shown = set(snapshot.entries) if chosen is None else _chain(snapshot, chosen)
    wave = waves(snapshot.parents)
    order = sorted(shown, key=lambda target: (wave.get(target, len(wave)), target))
    children = children_of(snapshot.parents)
    targets = tuple(_listed(snapshot, target, children[target]) for target in order)
    return Listing(snapshot.commit, targets, _problems(snapshot, None if chosen is None else targets))


def _chain(snapshot: Snapshot, chosen: Iterable[TargetId]) -> set[TargetId]:
    roots = set(chosen)
    above = {parent for target in roots for parent in ancestors(snapshot.parents, target)}
    return (above | descendants(snapshot.parents, roots)) & snapshot.entries.keys()


def _problems(snapshot: Snapshot, targets: Iterable[Listed] | None) -> tuple[Problem, ...]:
    """Give the problems of the targets' images and of the files that declare them; of no targets, all."""
    if targets is None:
        return snapshot.problems
    images, files = set(), set()
    for target in targets:
        images.add(target.image)
        files.add(target.file)
    return tuple(
        problem
        for problem in snapshot.problems
        if (problem.target or "").partition(":")[0] in images or problem.file in files
    )


def _listed(snapshot: Snapshot, target: TargetId, children: Collection[TargetId]) -> Listed:
    entry = snapshot.entries[target]
    place = entry.position
    builds = snapshot.inputs.get(target, {})
    bases = dict.fromkeys(base.reference for inputs in builds.values() for base in inputs.bases)
    return Listed(
        image=target.image, tag=target.tag, aliases=entry.aliases, latest=entry.latest,
        platforms=entry.platforms, dockerfile=entry.dockerfile, context=entry.context, stage=entry.stage,
        base=entry.base, parents=snapshot.parents.get(target, ()), children=tuple(children),
        bases=tuple(bases), args=entry.args, smoke=entry.smoke, requires=entry.requires,
        internal=entry.internal, status=entry.status, file=place.file, line=place.line, column=place.column,
        combination=entry.combination, plannable=bool(builds),
    )  # fmt: skip
