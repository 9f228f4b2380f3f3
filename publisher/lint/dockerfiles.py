"""Dockerfiles that nobody builds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from publisher.catalog.paths import ROOT, folder_of, folders_above, resolve
from publisher.catalog.problem import Position, Problem, Severity
from publisher.catalog.rules import Rule as CatalogRule
from publisher.lint.page import LintRule
from publisher.lint.state import State, scalars
from publisher.plan.rules import Rule as PlanRule

_NAMED = re.compile(r"Dockerfile(?:\..+)?|.+\.Dockerfile")
_NO_DOCKERFILE = re.compile(r".*\.(?:dockerignore|j2|jinja2?|tmpl|template|tpl|in|md|txt|orig|rej|bak)")
"""Ends of names that stand beside a Dockerfile, or that one is made from."""
_ABOUT_TAGS = {CatalogRule.TAG, CatalogRule.RESERVED_TAG, CatalogRule.DUPLICATE_TAG, PlanRule.TARGET_TWICE.id}
"""For these an entry is refused whose path is sound."""
_OF_RESOLVED = {rule.id for rule in PlanRule} - {PlanRule.TARGET_TWICE.id, PlanRule.UNUSABLE_FILE.id}
"""For these no entry is refused."""


class UndeclaredDockerfile(LintRule):
    """A Dockerfile lies in an image's folder, and no entry of a `meta.yml` names it.

    Nothing builds it, so nobody notices when it stops working.  Most often the entry was forgotten
    when a version was added, or the file was left behind when one was removed.

    Wrong:
        # hello/meta.yml, beside 1.0/Dockerfile and 2.0/Dockerfile
        v1.0: {path: 1.0/Dockerfile}

    Right:
        v1.0: {path: 1.0/Dockerfile}
        v2.0: {path: 2.0/Dockerfile}
    """

    id = "L001"
    severity = Severity.WARNING
    fix = "add an entry for it, or remove the file"

    def check(self, state: State) -> Iterator[Problem]:
        named = {entry.dockerfile for entry in state.snapshot.entries.values()}
        refused = _named_by_refused(state)
        for path in state.snapshot.tree:
            name = path.rpartition("/")[2]
            if "ockerfile" not in name or path in named or not _is_dockerfile(name):
                continue
            folder = next((one for one in reversed(folders_above(path)) if one in state.metas), None)
            if folder is None:
                continue
            meta = state.metas[folder]
            others = refused.get(meta, frozenset())
            if others is not None and path not in others:
                yield self.problem(f"no entry of {meta} names this Dockerfile", Position(path, 1, 1))


def _is_dockerfile(name: str) -> bool:
    return bool(_NAMED.fullmatch(name)) and not _NO_DOCKERFILE.fullmatch(name)


def _named_by_refused(state: State) -> Mapping[str, frozenset[str] | None]:
    """Give the paths that each `meta.yml` with refused entries may name; None where that is not certain.

    Such entries are missing from the snapshot; what they name is no less declared.
    """
    metas = set(state.metas.values())
    rules: dict[str, set[str]] = {}
    for problem in state.snapshot.problems:
        if problem.severity is Severity.ERROR and problem.file in metas and problem.rule not in _OF_RESOLVED:
            rules.setdefault(problem.file, set()).add(problem.rule)
    return {path: _named(path, state) if found <= _ABOUT_TAGS else None for path, found in rules.items()}


def _named(meta: str, state: State) -> frozenset[str] | None:
    """Give every path that a text of the file may mean; None where a matrix makes paths."""
    folder = folder_of(meta)
    places = (folder, folder_of(folder), ROOT)  # the openEuler layout knows all three
    texts = set(scalars(state.node(meta)))
    if any("{" in text for text in texts):
        return None
    found = (resolve(place, text.lstrip("/")) for place in places for text in texts)
    return frozenset(path for path in found if path)
