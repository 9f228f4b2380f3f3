"""Everything that is wrong with a state of the catalog: what was noted while it was read, and lint's own."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.catalog.files import Files
from publisher.catalog.matrix.combinations import with_combinations
from publisher.catalog.problem import Problem, UnusableFile
from publisher.lint.rules import LINT_RULES
from publisher.lint.state import RememberedFiles, State
from publisher.lint.suggestions import with_suggestions
from publisher.plan.memory import Memory
from publisher.plan.snapshot import load_snapshot


def find_problems(files: Files, commit: str, memory: Memory | None = None) -> tuple[Problem, ...]:
    """Give all problems in the order of their places; where the settings are wrong, those of the settings.

    `memory` holds what was read before.

    Raises:
        CatalogError: this is no catalog.
        HistoryError: an object is not in the repository.
    """
    remembered = RememberedFiles(files)
    try:
        snapshot = load_snapshot(remembered, commit, memory=memory)
    except UnusableFile as unusable:
        return unusable.problems
    state = State(snapshot, remembered)
    found = [problem for rule in LINT_RULES for problem in rule.check(state)]
    noted = with_suggestions(snapshot)
    combinations: dict[str, Mapping[str, str]] = {
        target: entry.combination for target, entry in snapshot.entries.items()
    }
    named = with_combinations([*noted, *found], combinations)
    return tuple(sorted(dict.fromkeys(named), key=_order))


def _order(problem: Problem) -> tuple[object, ...]:
    return problem.position, problem.rule, problem.message, problem.target or ""
