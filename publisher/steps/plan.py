"""Make the plan of a run: intent from git, what was left from the last record, tags from the registries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from publisher.catalog.files import Files
from publisher.catalog.problem import Severity
from publisher.catalog.target import TargetId
from publisher.errors import PlanError, UsageError
from publisher.oci.digest import Digest
from publisher.plan.memory import Memory
from publisher.plan.plan import EMPTY_BASE, Plan, PlannedMove
from publisher.plan.planner import make_plan, with_expected
from publisher.plan.rules import Rule
from publisher.plan.snapshot import Snapshot, empty_snapshot
from publisher.ports.git import Commit, GitRepository
from publisher.steps.states import load_base, load_commit

if TYPE_CHECKING:
    from publisher.records.release import ReleaseRecord, Unfinished
    from publisher.steps.workbench import Workbench

_CLAIMS = (Rule.TAG_TWICE.id, Rule.LATEST_TWICE.id)


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with the states it was made from; `files` are the head's."""

    plan: Plan
    base: Snapshot
    head: Snapshot
    files: Files


def plan_change(
    git: GitRepository,
    head: Commit,
    base: str | None,
    last: ReleaseRecord | None,
    memory: Memory | None = None,
    late: Iterable[Unfinished] | None = None,
) -> Planned:
    """Compare two commits, and add what the last record calls unfinished.

    `base` is a revision, `empty`, or None for the head of the last record.  `memory` has what was
    read before.  `late` is what optional registries are to be given that they lack, by default all
    that the last record knows of.

    Raises:
        UsageError: no base is known.
        PlanError: the head does not descend from what was released last.
        HistoryError: a commit is not here.
        CatalogError: `publisher.yml` or `publisher.lock` cannot be read.
    """
    if base is None and last is None:
        raise UsageError(
            "nothing was released yet, so there is no base to compare with",
            hint="give one: `--base REV`, or `--base empty` for everything in the catalog",
        )
    if last is not None:
        check_descent(git, head, last)
    files = git.files(head.oid)
    chosen = base if base is not None else last.head if last else EMPTY_BASE
    before, snapshot = _snapshots(git, chosen, files, head, last, memory)
    left, pairs = _left(snapshot, last, late)
    plan = make_plan(before, snapshot, left=left, holds=last.holds if last else (), late=pairs)
    if base is None and last is not None and last.head == head.oid:
        plan = _again(git, plan, snapshot, last, left)
    return Planned(plan, before, snapshot, files)


def _left(
    head: Snapshot, last: ReleaseRecord | None, late: Iterable[Unfinished] | None
) -> tuple[dict[TargetId, str], frozenset[tuple[TargetId, str]]]:
    """Give what was left to do for targets as a whole, and for single optional registries.

    An internal layer has no tags to move, so it is done again as a whole.
    """
    unfinished = last.unfinished if last else ()
    waiting = [item for item in unfinished if item.registry] if late is None else list(late)
    layers = [item for item in waiting if item.target in head.entries and head.entries[item.target].internal]
    whole = [item for item in unfinished if item.registry is None]
    pairs = frozenset((item.target, item.registry) for item in waiting if item.registry)
    return {item.target: f"{item.step}: {item.reason}" for item in (*layers, *whole)}, pairs


def _snapshots(
    git: GitRepository,
    base: str,
    files: Files,
    head: Commit,
    last: ReleaseRecord | None,
    memory: Memory | None,
) -> tuple[Snapshot, Snapshot]:
    if base == EMPTY_BASE:
        snapshot = load_commit(git, head.oid, files=files, memory=memory)
        return empty_snapshot(snapshot.settings), snapshot
    commit = git.resolve(base).oid
    before = load_base(git, commit, memory=memory)
    if last is not None and last.head == commit and any(p.rule in _CLAIMS for p in before.problems):
        before = load_base(git, commit, last=_released_before(git, last))
    return before, load_commit(git, head.oid, last=before, files=files)


def _released_before(git: GitRepository, last: ReleaseRecord) -> Snapshot | None:
    """Give the state that the last release was planned from: who had a name there has it still."""
    return None if last.base in (EMPTY_BASE, last.head) else load_base(git, last.base)


def _again(
    git: GitRepository, plan: Plan, head: Snapshot, last: ReleaseRecord, left: Mapping[TargetId, str]
) -> Plan:
    """Say of a head that was released before what is left of its change: problems too still count."""
    errors = any(problem.severity is Severity.ERROR for problem in head.problems)
    if not errors or last.base == last.head:
        return replace(plan, base=last.base)
    before = _released_before(git, last) or empty_snapshot(head.settings)
    return replace(plan, base=last.base, problems=make_plan(before, head, left=left).problems)


def check_descent(git: GitRepository, head: Commit, last: ReleaseRecord) -> None:
    """Refuse a head that would undo what was released last.

    Raises:
        PlanError: it is not the last released commit or one of its descendants.
    """
    if head.oid != last.head and not git.is_ancestor(last.head, head.oid):
        raise PlanError(
            f"{head.oid[:12]} does not descend from the last released commit {last.head[:12]}",
            where=f"release record {last.sequence}",
            hint="run at a newer head; if its branch was rewritten, bring the released commit back into it: "
            f"`git fetch origin {last.head} && git merge {last.head}`",
        )


def look_up_tags(bench: Workbench, plan: Plan, silent: Collection[str] = ()) -> Plan:
    """Fill in the digest that every tag to be moved has now.

    Registries that are `silent` are not asked.

    Raises:
        RegistryError: a registry does not answer.
    """
    asked = [move for move in plan.moves if move.registry not in silent]
    found = dict(_look_up(bench, asked))
    return with_expected(plan, found.get)


def _look_up(bench: Workbench, moves: Iterable[PlannedMove]) -> Iterable[tuple[PlannedMove, Digest | None]]:
    from concurrent.futures import ThreadPoolExecutor

    def ask(move: PlannedMove) -> tuple[PlannedMove, Digest | None]:
        repository = bench.settings.registries[move.registry].repository(move.image)
        found = bench.registry(repository.host).head_manifest(repository.path, move.tag)
        return move, found.digest if found else None

    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="look-up") as pool:
        return list(pool.map(ask, moves))
