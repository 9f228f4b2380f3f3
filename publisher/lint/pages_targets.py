"""Pages about targets, their names and their parents, across files."""

from __future__ import annotations

from publisher.lint.page import Page, PlanPage


class TargetTwice(PlanPage):
    """A target is declared in two files.

    The first in the order of the files holds.

    Wrong:
        # AI/hello/meta.yml and Others/hello/meta.yml, both published as `hello`
        1.0-oe2403: 1.0/Dockerfile

    Right:
        # only in one of the two
        1.0-oe2403: 1.0/Dockerfile
    """

    id = "P002"


class TagTwice(PlanPage):
    """Two targets claim the same tag: by their own name or by an alias.

    A target's own tag goes before an alias, and whoever had the name in the last state keeps it, so
    that a newcomer cannot take a published tag away.

    Wrong:
        v1: {path: Dockerfile, aliases: [stable]}
        v2: {path: Dockerfile, aliases: [stable]}

    Right:
        v1: {path: Dockerfile}
        v2: {path: Dockerfile, aliases: [stable]}
    """

    id = "P003"


class LatestTwice(PlanPage):
    """Two targets of one image, from different files or states, claim `latest`.

    Wrong:
        v1: {path: Dockerfile, latest: true}
        v2: {path: Dockerfile, latest: true}

    Right:
        v2: {path: Dockerfile, latest: true}
    """

    id = "P004"


class NoRoute(PlanPage):
    """No route takes an image, so it would be built and go nowhere.

    Wrong:
        routes: [{images: [python], to: [hub]}]     # and there is an image `hello`

    Right:
        routes: [{images: [python, hello], to: [hub]}]
    """

    id = "P010"


class MissingParent(PlanPage):
    """A parent that belongs to this catalog is not declared: retired, or misspelled.

    A reference below one of `catalog.references` means an image of this catalog, whatever a registry
    still has of an older one: what it was built from, the catalog no longer says.

    Wrong:
        FROM docker.io/acme/python:3.1     # the catalog has python:3.10

    Right:
        FROM docker.io/acme/python:3.10
    """

    id = "P011"


class ParentCycle(PlanPage):
    """Images are built on each other in a circle, so none of them can be the first.

    The message names the way round, from child to parent.

    Wrong:
        # a/Dockerfile
        FROM docker.io/acme/b:v1
        # b/Dockerfile
        COPY --from=docker.io/acme/a:v1 /x /

    Right:
        # b/Dockerfile, with what both need in an image of its own
        COPY --from=docker.io/acme/common:v1 /x /
    """

    id = "P012"


class WiderThanParent(PlanPage):
    """A target is declared for a platform on which its parent is not built.

    Wrong:
        # python/meta.yml
        3.10: {path: Dockerfile, platforms: [linux/arm64]}
        # hello/meta.yml
        v1: {path: Dockerfile, base: "python:3.10", platforms: [linux/amd64, linux/arm64]}

    Right:
        v1: {path: Dockerfile, base: "python:3.10", platforms: [linux/arm64]}
    """

    id = "P013"


class UnusedBase(PlanPage):
    """`base` names a parent, and the built stage does not use the argument BASE.

    The image stands on something else than the catalog says, and is not rebuilt with that parent.

    Wrong:
        v1: {path: Dockerfile, base: "python:3.10"}     # Dockerfile: FROM debian:12

    Right:
        ARG BASE
        FROM $BASE
    """

    id = "P015"


class NotBuiltAnyMore(PlanPage):
    """A change touches a target that is frozen or at its end of life, so it is not built.

    It is an error where another target of the change needs it.

    Wrong:
        v1: {path: Dockerfile, status: frozen}     # and its Dockerfile is changed

    Right:
        v1: {path: Dockerfile}
    """

    id = "P016"


class Blocked(PlanPage):
    """A target that the change touches cannot be built because of an older problem, its own or a parent's.

    Wrong:
        # hello stands on python, whose meta.yml names a Dockerfile that is not there
        v1: {path: Dockerfile, base: "python:3.10"}

    Right:
        # python/meta.yml, mended in the same change or before
        3.10: {path: Dockerfile}
    """

    id = "P017"


class MissingContext(PlanPage):
    """The folder that `context` names has no file.

    Git knows no empty folders, and a symbolic link is not followed.  The build would see nothing, and
    no change of a file would ever rebuild it.

    Wrong:
        v1: {path: Dockerfile, context: ../share}     # the folder is called shared

    Right:
        v1: {path: Dockerfile, context: ../shared}
    """

    id = "P022"


class PlatformTag(PlanPage):
    """A tag of one platform, which a registry without indexes needs, is taken or too long.

    Where `indexes: false` a tag of several platforms stands as one tag for each: `v1` as `v1-amd64`
    and `v1-arm64`.

    Wrong:
        # the image goes to a registry with `indexes: false`
        v1: {path: Dockerfile, platforms: [linux/amd64, linux/arm64]}
        v1-amd64: {path: slim/Dockerfile}

    Right:
        v1: {path: Dockerfile, platforms: [linux/amd64, linux/arm64]}
        v1-slim: {path: slim/Dockerfile}
    """

    id = "P023"


PAGES: tuple[type[Page], ...] = (
    TargetTwice, TagTwice, LatestTwice, NoRoute, MissingParent, ParentCycle, WiderThanParent, UnusedBase,
    NotBuiltAnyMore, Blocked, MissingContext, PlatformTag,
)  # fmt: skip
