"""Which problems count against a change, and which targets they stop."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from publisher.catalog.entry import Status
from publisher.catalog.matrix.combinations import with_combinations
from publisher.catalog.problem import Problem, Severity
from publisher.catalog.target import TargetId
from publisher.errors import Malformed
from publisher.plan.changes import Changes
from publisher.plan.graph import ancestors, descendants
from publisher.plan.plan import Reason, ReasonCode
from publisher.plan.reasons import find_reasons
from publisher.plan.rules import Rule
from publisher.plan.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Verdict:
    """The problems as they count for this change; `stopped` targets get no work."""

    problems: tuple[Problem, ...]
    stopped: frozenset[TargetId]


def judge(base: Snapshot, head: Snapshot, changes: Changes, left: Collection[TargetId]) -> Verdict:
    """Weigh the head's problems: errors that the change does not touch become warnings."""
    scales = _Scales.of(base, head, changes, left)
    weighed = [scales.weigh(problem) for problem in head.problems]
    roots = set(_roots(weighed, head))
    stopped = descendants(head.parents, roots)
    stopped |= {t for t in left if t in head.entries and t not in head.inputs}
    blocked = [t for t in head.outlines if t in changes.touched and t not in stopped]
    weighed += _blocked(head, blocked)
    stopped |= descendants(head.parents, blocked)
    dormant = list(_dormant(base, head, changes, left, stopped))
    for problem, halted in dormant:
        weighed.append(problem)
        stopped |= halted
    named = with_combinations(weighed, {t: entry.combination for t, entry in head.entries.items()})
    return Verdict(tuple(sorted(named, key=_order)), frozenset(stopped))


def _order(problem: Problem) -> tuple[object, ...]:
    return problem.position, problem.rule, problem.message, problem.target or ""


@dataclass(frozen=True, slots=True)
class _Scales:
    """Tells which errors count.

    `known` are the problems of the base; `unread` the files that keep what was left from being
    read; `holding` says for each kept target that is touched why it is kept: (file, None or target).
    """

    base: Snapshot
    head: Snapshot
    touched: frozenset[TargetId]
    known: frozenset[tuple[str, ...]]
    unread: frozenset[str]
    holding: frozenset[tuple[str, TargetId | None]]

    @classmethod
    def of(cls, base: Snapshot, head: Snapshot, changes: Changes, left: Collection[TargetId]) -> _Scales:
        """Put the weights on."""
        kept = {target: file for target, file in head.kept.items() if target in changes.touched}
        return cls(
            base,
            head,
            changes.touched,
            frozenset(_said(problem) for problem in base.problems),
            frozenset(head.kept[target] for target in left if target in head.kept),
            frozenset((file, target) for own, file in kept.items() for target in (None, own)),
        )

    def weigh(self, problem: Problem) -> Problem:
        """Keep an error that the change touches; another one is a warning."""
        if problem.severity is not Severity.ERROR or problem.file in self.unread or self._counts(problem):
            return problem
        return replace(problem, severity=Severity.WARNING)

    def _counts(self, problem: Problem) -> bool:
        if problem.target in self.head.entries and problem.target not in self.head.kept:
            return problem.target in self.touched
        if (problem.file, problem.target) in self.holding or _said(problem) not in self.known:
            return True
        file = problem.file
        return problem.target is None and self.base.tree.get(file) != self.head.tree.get(file)


def _said(problem: Problem) -> tuple[str, ...]:
    """Sum up a problem without its line, and (of a target) without its file: folders move as a whole."""
    place = problem.file if problem.target is None else problem.target
    return problem.rule, place, problem.message


def _roots(problems: Collection[Problem], head: Snapshot) -> Iterator[TargetId]:
    """Give the targets that an error names, and those whose file it makes unreadable."""
    files = {p.file for p in problems if p.severity is Severity.ERROR and p.target is None}
    yield from (target for target, file in head.kept.items() if file in files)
    for problem in problems:
        if problem.severity is Severity.ERROR and problem.target is not None:
            yield from _as_target(problem.target)


def _as_target(text: str) -> Iterator[TargetId]:
    """Give the target that a problem names; a key that is no tag names none."""
    try:
        yield TargetId(text)
    except Malformed:
        return


def _blocked(head: Snapshot, targets: Collection[TargetId]) -> Iterator[Problem]:
    """Say which older problem keeps targets from being built that this change does touch."""
    errors: dict[str | None, Problem] = {}
    for problem in head.problems:
        if problem.severity is Severity.ERROR:
            errors.setdefault(problem.target, problem)
    for target in sorted(targets):
        above = ancestors(head.parents, target) | {target}
        causes = sorted((errors[one] for one in above if one in errors), key=_order)
        cause = f": {causes[0].position}: {causes[0].message}" if causes else ""
        message = f"{target} cannot be built, nor can a parent{cause}"
        yield Rule.BLOCKED.problem(message, head.entries[target].position, target)


def _dormant(
    base: Snapshot,
    head: Snapshot,
    changes: Changes,
    left: Collection[TargetId],
    stopped: Collection[TargetId],
) -> Iterator[tuple[Problem, frozenset[TargetId]]]:
    """Report targets that are no longer built although their inputs changed, with those that need them."""
    wanted = changes.rebuilt | (set(left) & head.inputs.keys())
    for target in sorted(wanted - set(stopped)):
        expected = target in changes.twins or _is_taken_over(base, head, target)
        if head.is_dormant(target) and not expected:
            waiting = _needing(head, target, wanted)
            severity = Severity.ERROR if waiting else Severity.WARNING
            yield _not_built(head, target, severity, len(waiting)), waiting


def _is_taken_over(base: Snapshot, head: Snapshot, target: TargetId) -> bool:
    """Tell whether nothing changed but that it is adopted, or what it is built on: that is no surprise."""
    if target not in head.lock.adopted or target in base.lock.adopted:
        return False
    adopted = {Reason(ReasonCode.PARENT_CHANGED, parent) for parent in head.lock.adopted}
    return target not in base.inputs or adopted.issuperset(find_reasons(base, head, target))


def _needing(head: Snapshot, target: TargetId, wanted: Collection[TargetId]) -> frozenset[TargetId]:
    below = descendants(head.parents, [target])
    return frozenset(t for t in below if t in wanted and not head.is_dormant(t))


def _not_built(head: Snapshot, target: TargetId, severity: Severity, waiting: int) -> Problem:
    entry = head.entries[target]
    adopted = entry.status is Status.ACTIVE
    state = "adopted in publisher.lock" if adopted else entry.status.value
    needed = f"; {waiting} of its descendants need it" if waiting else ""
    rule = Rule.ADOPTED if adopted else Rule.NOT_BUILT_ANY_MORE
    return rule.problem(
        f"{target} is {state}, so its change is not built{needed}", entry.position, target, severity=severity
    )
