"""Routes and registries that do not go together, or do nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from fnmatch import translate

from publisher.catalog.paths import below
from publisher.catalog.problem import Position, Problem, Severity
from publisher.errors import Malformed
from publisher.lint.page import LintRule
from publisher.lint.state import State
from publisher.oci.reference import MAX_REPOSITORY, Repository
from publisher.plan.declarations import SETTINGS_FILE
from publisher.plan.nearest import LOOKED_FOR, nearest_word

DOCKER_HUB = "docker.io"
_WILD = re.compile(r"[*?\[]")
_LEAST_NAME = 2
"""Shortest name of a repository on Docker Hub (docs.docker.com/docker-hub/repos/create/)."""


class UnmatchedRoute(LintRule):
    """A pattern of a route takes no image: none is called so, or earlier routes took them all.

    The first route that matches wins.  A pattern that never does is a typing error, a left-over, or
    stands below one that takes everything, and then images go elsewhere than the file seems to say.
    A lone `*` may stay for images to come.

    Wrong:
        routes:
          - {images: ["*"], to: [hub]}
          - {images: [openmind], to: [modelers]}   # `*` has taken it already

    Right:
        routes:
          - {images: [openmind], to: [modelers]}
          - {images: ["*"], to: [hub]}
    """

    id = "L006"
    severity = Severity.WARNING
    fix = "correct the name, move the route up, or remove it"

    def check(self, state: State) -> Iterator[Problem]:
        images = _images(state)
        left = set(images)
        found = 0
        for route, one in enumerate(state.snapshot.settings.routes if images else ()):
            taken = {pattern: set(_taken(pattern, left)) for pattern in one.images}
            for item, pattern in enumerate(one.images):
                if not taken[pattern] and pattern != "*":
                    at = state.place(SETTINGS_FILE, "routes", route, "images", item)
                    yield self._unmatched(pattern, at, images, suggest=found < LOOKED_FOR)
                    found += 1
            left -= set().union(*taken.values())

    def _unmatched(self, pattern: str, at: Position, images: frozenset[str], *, suggest: bool) -> Problem:
        what = f"the route `{pattern:.120}`"
        if any(_taken(pattern, images)):
            message = f"{what} takes nothing that an earlier route does not take"
            return self.problem(message, at, fix="move it up, or remove it")
        return self.problem(
            f"{what} matches no image", at, fix=nearest_word(pattern, images) if suggest else ""
        )


class UnusedRegistry(LintRule):
    """A registry is described, and no route leads to it: nothing is ever published there.

    Wrong:
        registries:
          hub: {prefix: docker.io/acme}
          quay: {prefix: quay.io/acme}
        routes: [{images: ["*"], to: [hub]}]

    Right:
        routes: [{images: ["*"], to: [hub, quay]}]
    """

    id = "L007"
    severity = Severity.WARNING
    fix = "name it in a route, or remove it"

    def check(self, state: State) -> Iterator[Problem]:
        settings = state.snapshot.settings
        used = {name for route in settings.routes for name in route.to}
        used |= {settings.registries[name].evidence or name for name in used & settings.registries.keys()}
        for name in state.snapshot.settings.registries:
            if name not in used:
                at = state.place(SETTINGS_FILE, "registries", name)
                yield self.problem(f"no route leads to the registry `{name}`", at)


class UnfitRegistry(LintRule):
    """A registry cannot hold what its route brings to it.

    Docker Hub takes names of exactly two parts, `namespace/name`, and a name has two characters at
    least; every registry has an end to the length of names.  Publishing would fail only when
    everything is built, and then no tag moves on any registry.

    Wrong:
        registries: {hub: {prefix: docker.io/acme}}
        routes: [{images: [tools/hello], to: [hub]}]   # docker.io/acme/tools/hello has three parts

    Right:
        registries: {quay: {prefix: quay.io/acme}}
        routes: [{images: [tools/hello], to: [quay]}]
    """

    id = "L008"
    fix = "route the image to a registry that takes such names, or rename its folder"

    def check(self, state: State) -> Iterator[Problem]:
        settings = state.snapshot.settings
        if why := _refusal(settings.staging, "builds") if settings.staging else "":
            at = state.place(SETTINGS_FILE, "staging", "prefix")
            yield self.problem(f"staging {why}", at, fix="give it a prefix of one part behind the host")
        unfit = {name for name, one in settings.registries.items() if _refusal(one.prefix, "layers")}
        for name in sorted(unfit):
            why = _refusal(settings.registries[name].prefix, "layers")
            at = state.place(SETTINGS_FILE, "registries", name, "prefix")
            yield self.problem(f"`{name}` {why}", at, fix="give it a prefix of one part behind the host")
        yield from self._images(state, unfit)

    def _images(self, state: State, unfit: set[str]) -> Iterator[Problem]:
        seen: set[str] = set()
        for entry in state.snapshot.entries.values():
            image = entry.target.image
            if entry.internal or image in seen:
                continue
            seen.add(image)
            for registry in state.snapshot.settings.route(image):
                if registry.name not in unfit and (why := _refusal(registry.prefix, image)):
                    yield self.problem(f"`{registry.name}` {why}", entry.position, target=entry.target)


def _refusal(prefix: str, name: str) -> str:
    """Say why a registry cannot hold a repository; empty where it can."""
    text = f"{prefix}/{name}"
    try:
        repository = Repository(text)
    except Malformed:
        return f"cannot hold {text[:200]}: longer than {MAX_REPOSITORY} characters, or not a name"
    if repository.host != DOCKER_HUB:
        return ""
    parts = text.split("/")[1:]
    if len(parts) != 2:
        return f"cannot hold {text}: names on Docker Hub have two parts, namespace/name"
    short = len(parts[1]) < _LEAST_NAME
    return f"cannot hold {text}: names on Docker Hub have two characters at least" if short else ""


def _images(state: State) -> frozenset[str]:
    """Give the images that are declared, and those whose `meta.yml` cannot be read."""
    entries = state.snapshot.entries
    read = {entry.position.file for entry in entries.values()}
    unread = (folder for folder, path in state.metas.items() if path not in read)
    folders = {name for folder in unread if (name := below(state.snapshot.settings.root, folder))}
    return frozenset(folders | {target.image for target in entries})


def _taken(pattern: str, images: Collection[str]) -> Iterable[str]:
    if not _WILD.search(pattern):
        return (pattern,) if pattern in images else ()
    return filter(re.compile(translate(pattern)).match, images)
