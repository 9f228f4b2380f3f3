"""A small catalog without a problem, and cases that break exactly one rule in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.catalog.problem import Problem
from publisher.lint.check import find_problems
from publisher.plan.planner import make_plan
from publisher.plan.snapshot import load_snapshot
from tests.fakes.files import MemoryFiles

Content = Mapping[str, str | bytes | None]
"""Text by path; None takes the file away."""

SETTINGS = """\
version: 1
source: https://github.com/acme/images
catalog: {references: [docker.io/acme]}
staging: {prefix: ghcr.io/acme/staging}
registries:
  hub: {prefix: docker.io/acme}
routes:
  - {images: ["*"], to: [hub]}
policy: {tests: {linux/amd64: untested, linux/arm64: untested}}
"""
FILES: Content = {
    "publisher.yml": SETTINGS,
    "hello/meta.yml": "v1: {path: Dockerfile}\n",
    "hello/Dockerfile": "FROM scratch\nCOPY hello /\n",
    "hello/hello": "#!/bin/sh\necho hello\n",
}
NO_CATALOG: Content = dict.fromkeys(FILES)
"""Takes the small catalog away, for a catalog of another layout."""
DIGEST = "sha256:" + "a" * 64


@dataclass(frozen=True)
class Case:
    """`wrong` breaks the rule at `at` and no other rule, `right` breaks none; both are laid over `FILES`.

    With `before` the rule is one of the planner's, about a change from there.
    """

    rule: str
    at: str
    wrong: Content
    right: Content
    modes: Mapping[str, str] = field(default_factory=dict)
    right_modes: Mapping[str, str] = field(default_factory=dict)
    before: Content | None = None

    def broken(self) -> set[tuple[str, str]]:
        """Give rule and place of what is wrong with `wrong`."""
        return places(self._find(self.wrong, self.modes))

    def mended(self) -> set[tuple[str, str]]:
        """Give rule and place of what is wrong with `right`: nothing."""
        return places(self._find(self.right, self.right_modes))

    def _find(self, changes: Content, modes: Mapping[str, str]) -> tuple[Problem, ...]:
        return problems(changes, modes) if self.before is None else change(self.before, changes)


def meta(text: str) -> Content:
    """Replace the one `meta.yml`."""
    return {"hello/meta.yml": text}


def settings(old: str, new: str) -> Content:
    """Replace a text in `publisher.yml`."""
    assert old in SETTINGS
    return {"publisher.yml": SETTINGS.replace(old, new)}


def lock(section: str, key: str) -> str:
    """Give a lock with one entry, its key in line 3."""
    content = '{number: 1, date: "2026-01-31T12:00:00Z"}'
    if section != "generations":
        digests = f'digests: {{linux/amd64: "{DIGEST}"}}'
        content = f'{{source: docker.io/library/debian, date: "2026-01-31T12:00:00Z", {digests}}}'
    return f'version: 1\n{section}:\n  "{key}":\n    {content}\n'


def files(changes: Content, modes: Mapping[str, str] | None = None) -> MemoryFiles:
    """Give the small catalog with changes."""
    content = {path: text for path, text in {**FILES, **changes}.items() if text is not None}
    return MemoryFiles(content, modes)


def problems(changes: Content, modes: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
    """Lint the small catalog with changes."""
    return find_problems(files(changes, modes), "head")


def change(before: Content, after: Content) -> tuple[Problem, ...]:
    """Plan a change of the small catalog."""
    base = load_snapshot(files(before), "1" * 40)
    return make_plan(base, load_snapshot(files(after), "2" * 40, last=base)).problems


def places(found: tuple[Problem, ...]) -> set[tuple[str, str]]:
    """Give rule and place of each."""
    return {(str(problem.rule), str(problem.position)) for problem in found}
