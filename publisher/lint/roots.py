"""Where the catalog is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.catalog.problem import Problem, Severity
from publisher.lint.page import LintRule
from publisher.lint.state import State
from publisher.plan.declarations import SETTINGS_FILE


class EmptyCatalog(LintRule):
    """There is no `meta.yml` below the catalog's root, so there is nothing to publish.

    Most often `catalog.root` names another folder than the one with the images.

    Wrong:
        catalog: {root: images}     # the images are in meta/

    Right:
        catalog: {root: meta}
    """

    id = "L011"
    severity = Severity.WARNING
    fix = "correct catalog.root, or add an image"

    def check(self, state: State) -> Iterator[Problem]:
        root = state.snapshot.settings.root
        if not state.metas:
            at = state.place(SETTINGS_FILE, "catalog", "root")
            yield self.problem(f"there is no meta.yml in a folder below `{root:.200}`", at)
