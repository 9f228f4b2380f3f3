"""Pages about what `publisher.lock` says, or fails to say."""

from __future__ import annotations

from publisher.lint.page import Page, PlanPage


class UnlockedBase(PlanPage):
    """An image from outside has no digest in `publisher.lock` for a platform that needs it.

    The plan goes on, and the build refuses: without a digest nobody could say later what the image
    was built on.

    Wrong:
        FROM docker.io/library/debian:12     # publisher.lock does not name it

    Right:
        # publisher.lock, written by `publisher refresh bases`
        bases:
          "docker.io/library/debian:12": {source: …, date: …, digests: {"linux/amd64": "sha256:…"}}
    """

    id = "P014"


class StaleLock(PlanPage):
    """`publisher.lock` has a generation or an adopted digest of a target that is not declared.

    It has no effect.  If the target was renamed, its generation did not move along, and the new name
    may get an older image than the old one had.

    Wrong:
        generations: {"hello:v1": {number: 2, date: "2026-01-31T12:00:00Z"}}     # the tag is v2 now

    Right:
        generations: {"hello:v2": {number: 2, date: "2026-01-31T12:00:00Z"}}
    """

    id = "P018"


class Adopted(PlanPage):
    """A change touches a target whose published image was adopted, so it is not built.

    `publisher adopt` takes tags over as they are.  As long as the lock names the digest, that is the
    image, whatever its Dockerfile says.

    Wrong:
        adopted: {"hello:v1": {…}}     # and hello/Dockerfile is changed

    Right:
        adopted: {}
    """

    id = "P019"


class NoLock(PlanPage):
    """No image from outside has a digest: there is no `publisher.lock`, or it names no bases.

    This says once, for a catalog in the openEuler layout, what P014 says of each reference.

    Wrong:
        # AI/hello/1.0/Dockerfile, and no publisher.lock
        FROM openeuler/openeuler:24.03-lts

    Right:
        # publisher.lock, written by `publisher refresh bases`
        bases:
          "docker.io/openeuler/openeuler:24.03-lts": {…}
    """

    id = "P021"


PAGES: tuple[type[Page], ...] = (UnlockedBase, StaleLock, Adopted, NoLock)
