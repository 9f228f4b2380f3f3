"""What stands in `publisher.lock`."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.catalog.problem import Position, Problem, Severity
from publisher.lint.page import LintRule
from publisher.lint.state import State
from publisher.oci.reference import Reference
from publisher.plan.declarations import LOCK_FILE


class FloatingTag(LintRule):
    """A locked base image goes by a tag that says no version, such as `latest` or `stable`.

    The lock holds its digest, so builds stay the same; but the next `publisher refresh bases` may
    bring another major version without anybody having asked for it, and a reader of the Dockerfile
    cannot see what it is built on.

    Wrong:
        # publisher.lock, from `FROM debian`
        bases:
          "docker.io/library/debian:latest": {…}

    Right:
        # from `FROM debian:12`
        bases:
          "docker.io/library/debian:12": {…}
    """

    id = "L002"
    severity = Severity.WARNING
    fix = "name a version in FROM, then run `publisher refresh bases`"

    def check(self, state: State) -> Iterator[Problem]:
        for text in state.snapshot.lock.bases:
            reference = Reference.parse(text)
            if reference.digest is None and _floats(reference.tag or ""):
                message = f"the tag of {text} names no version"
                yield self.problem(
                    message, state.snapshot.lock.places.get(("bases", text), Position(LOCK_FILE))
                )


def _floats(tag: str) -> bool:
    return not any(char.isdigit() for char in tag)
