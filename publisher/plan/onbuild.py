"""ONBUILD instructions of a parent in the repository: they run first in every stage that is made from it.

They may use images and stages like any other instruction (BuildKit finds a stage's name in the
Dockerfile that is built), and copy files that only the child has.
https://docs.docker.com/reference/dockerfile/#onbuild
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from publisher.catalog.dockerfile.links import LinkedStage, find_stage, link, triggered
from publisher.catalog.dockerfile.reader import Dockerfile, Stage
from publisher.catalog.dockerfile.scope import global_scope, platform_args
from publisher.catalog.problem import Problem
from publisher.catalog.target import TargetId
from publisher.errors import CatalogError
from publisher.oci.platform import Platform
from publisher.plan.draft import Draft, Drafter
from publisher.plan.rules import Rule
from publisher.plan.sources import from_error

Drafts = Mapping[TargetId, Mapping[Platform, Draft]]


@dataclass(frozen=True, slots=True)
class _Carrier:
    """The stage of a parent that carries the instructions, in its Dockerfile."""

    dockerfile: Dockerfile
    stage: Stage


def run_triggers(drafts: Drafts, drafter: Drafter) -> tuple[Drafts, list[Problem]]:
    """Draft again what is made from parents with ONBUILD; what makes no sense with them is a problem."""
    done = {target: dict(by_platform) for target, by_platform in drafts.items()}
    problems: list[Problem] = []
    for target, by_platform in drafts.items():
        for platform, draft in by_platform.items():
            carriers = _carriers(draft, drafts, drafter)
            if not carriers:
                continue
            try:
                done[target][platform] = _draft_again(draft, carriers, drafter)
            except CatalogError as error:
                del done[target][platform]
                problems.append(from_error(Rule.BAD_DOCKERFILE, error, draft.entry.dockerfile, target))
    return done, problems


def _carriers(draft: Draft, drafts: Drafts, drafter: Drafter) -> dict[str, _Carrier]:
    """Give the parents that carry instructions, by the reference that the child uses."""
    found: dict[str, _Carrier] = {}
    for parent in draft.parents:
        above = drafts[parent.target].get(parent.platform)
        if above and above.resolved.triggers:
            dockerfile = drafter.sources.dockerfiles[above.entry.dockerfile]
            place = find_stage(dockerfile, above.entry.stage) if above.entry.stage else None
            found[parent.reference] = _Carrier(dockerfile, dockerfile.stages[-1 if place is None else place])
    return found


def _draft_again(draft: Draft, carriers: Mapping[str, _Carrier], drafter: Drafter) -> Draft:
    """Draft with the instructions in front; the whole context counts, since they were not written for it."""
    entry, platform = draft.entry, draft.platform
    dockerfile = drafter.sources.dockerfiles[entry.dockerfile]
    name = entry.stage or dockerfile.stages[-1].name
    automatic = platform_args(platform, drafter.settings.build_platform(platform), name)
    linked = link(dockerfile, global_scope(dockerfile, draft.args, automatic), platform)
    stages = tuple(_prefixed(one, carriers) for one in linked)
    if stages == dockerfile.stages:
        return draft
    again = drafter.draft(entry, platform, replace(dockerfile, stages=stages))
    return replace(again, files=drafter.files(entry, None))


def _prefixed(one: LinkedStage, carriers: Mapping[str, _Carrier]) -> Stage:
    carrier = carriers.get(one.base.image) if one.base and one.base.image else None
    if carrier is None:
        return one.stage
    first = triggered(carrier.stage, carrier.dockerfile, one.stage.line)
    return replace(one.stage, instructions=(*first, *one.stage.instructions))
