"""Targets that nobody tests."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.catalog.problem import Problem, Severity
from publisher.catalog.settings import TestLevel
from publisher.lint.page import LintRule
from publisher.lint.state import State
from publisher.oci.platform import Platform


class MissingSmokeTest(LintRule):
    """An entry has no smoke test, and the policy asks for one on its platforms.

    The target would be built and then not published: `policy.tests` says the least that a platform
    must have passed, by default a test under emulation.  One command that shows that the program
    starts is enough.

    Wrong:
        v1: {path: Dockerfile}

    Right:
        v1: {path: Dockerfile, smoke: smoke.yml}
        # smoke.yml
        version: 1
        commands: [{run: [hello, --version], output: "^hello 1"}]
    """

    id = "L005"
    severity = Severity.WARNING
    fix = "add `smoke: smoke.yml`, or say `untested` for the platform in policy.tests of publisher.yml"

    def check(self, state: State) -> Iterator[Problem]:
        snapshot = state.snapshot
        if snapshot.settings.assumed:  # nobody has stated a policy
            return
        tested = {p for p in _platforms(state) if snapshot.settings.test_level(p) is not TestLevel.UNTESTED}
        for target, entry in snapshot.entries.items():
            wanted = [str(platform) for platform in entry.platforms if platform in tested]
            if entry.smoke is None and wanted and not snapshot.is_dormant(target):
                message = f"{target} has no smoke test, which the policy wants for {', '.join(wanted)}"
                yield self.problem(message, entry.position, target=target)


def _platforms(state: State) -> set[Platform]:
    return {platform for entry in state.snapshot.entries.values() for platform in entry.platforms}
