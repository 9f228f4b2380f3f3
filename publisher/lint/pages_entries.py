"""Pages about the entries of a `meta.yml`, each by itself or against its neighbours."""

from __future__ import annotations

from publisher.lint.page import Page


class BadImageName(Page):
    """The folder of a `meta.yml` does not make an image name, or makes a reserved one.

    The published name is the folder below the catalog's root: lower-case letters and digits with
    `.`, `_` or `-` between them.  `layers` and `publisher-records` belong to the publisher.

    Wrong:
        Hello_World/meta.yml

    Right:
        hello-world/meta.yml
    """

    id = "M007"
    fix = "rename the folder"


class BadTag(Page):
    """A tag or alias is not a valid OCI tag.

    A tag has up to 128 letters, digits, `_`, `.` and `-`, and begins with none of the last two.

    Wrong:
        "1.0+cpu": {path: Dockerfile}

    Right:
        1.0-cpu: {path: Dockerfile}
    """

    id = "M008"
    fix = "use up to 128 of letters, digits, `_`, `.`, `-`"


class ReservedTag(Page):
    """A tag is reserved: `d-…`, `b-…`, `r-…` and `sha256-…` are the publisher's own names.

    `latest` is no entry either: it is a second name, and the entry that owns it says so.

    Wrong:
        latest: {path: Dockerfile}

    Right:
        v1: {path: Dockerfile, latest: true}
    """

    id = "M009"
    fix = "rename the tag, or declare `latest: true`"


class DuplicateTag(Page):
    """Two entries of one image claim the same tag, or an alias that is the other's tag.

    Of a tag that stands twice neither declaration is taken: which one was meant, nobody knows.

    Wrong:
        v1: {path: a/Dockerfile}
        v1: {path: b/Dockerfile}

    Right:
        v1: {path: a/Dockerfile}
        v2: {path: b/Dockerfile}
    """

    id = "M010"
    fix = "keep one of them"


class BadPath(Page):
    """A path is absolute, empty, names a folder instead of a file, or leaves the repository.

    Everything that a build takes must be in git, or nobody could tell what it was built from.

    Wrong:
        v1: {path: ../../elsewhere/Dockerfile}

    Right:
        v1: {path: v1/Dockerfile}
    """

    id = "M011"
    fix = "write a path relative to the folder of this file"


class BadPlatform(Page):
    """A platform is not written as os/architecture, or no operating system or architecture is called so.

    Wrong:
        v1: {path: Dockerfile, platforms: [arm64]}

    Right:
        v1: {path: Dockerfile, platforms: [linux/arm64]}
    """

    id = "M012"
    fix = "write os/architecture, such as linux/arm64"


class BadBase(Page):
    """`base` does not name an image and a tag of this catalog.

    It is the parent whose published reference the build argument BASE receives.  An image from
    elsewhere is named in FROM.

    Wrong:
        v1: {path: Dockerfile, base: python}

    Right:
        v1: {path: Dockerfile, base: "python:3.10"}
    """

    id = "M014"
    fix = "write an image of this catalog, such as `python:3.10`"


class BadArgument(Page):
    """A build argument's name is not valid, or is one that the publisher or BuildKit sets.

    With `TARGETPLATFORM` or `SOURCE_DATE_EPOCH` set by hand, a build would be another one than its
    plan and its provenance say.

    Wrong:
        v1: {path: Dockerfile, args: {TARGETARCH: arm64}}

    Right:
        v1: {path: Dockerfile, platforms: [linux/arm64]}
    """

    id = "M016"
    fix = "rename the argument, or remove it"


class SecondLatest(Page):
    """More than one entry of an image owns `latest`.

    `latest` is declared and never computed, so exactly one entry may declare it.

    Wrong:
        v1: {path: Dockerfile, latest: true}
        v2: {path: Dockerfile, latest: true}

    Right:
        v1: {path: Dockerfile}
        v2: {path: Dockerfile, latest: true}
    """

    id = "M017"
    fix = "keep one owner"


PAGES: tuple[type[Page], ...] = (
    BadImageName, BadTag, ReservedTag, DuplicateTag, BadPath, BadPlatform, BadBase, BadArgument, SecondLatest,
)  # fmt: skip
