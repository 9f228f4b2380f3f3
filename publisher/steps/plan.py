"""Make the plan of a run: intent from git, what was left from the last record, tags from the registries."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from publisher.catalog.files import Files
from publisher.errors import PlanError, UsageError
from publisher.oci.digest import Digest
from publisher.plan.plan import EMPTY_BASE, Plan, PlannedMove
from publisher.plan.planner import make_plan, with_expected
from publisher.plan.snapshot import Snapshot, empty_snapshot, load_snapshot
from publisher.ports.git import Commit, GitRepository
from publisher.records.release import ReleaseRecord
from publisher.steps.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with the states it was made from; `files` are the head's."""

    plan: Plan
    base: Snapshot
    head: Snapshot
    files: Files


def plan_change(git: GitRepository, head: Commit, base: str | None, last: ReleaseRecord | None) -> Planned:
    """Compare two commits, and add what the last record calls unfinished.

    `base` is a revision, `empty`, or None for the head of the last record.

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
    before, snapshot = _snapshots(git, chosen, files, head, last)
    left = {item.target: f"{item.step}: {item.reason}" for item in last.unfinished} if last else {}
    return Planned(make_plan(before, snapshot, left=left), before, snapshot, files)


def _snapshots(
    git: GitRepository, base: str, files: Files, head: Commit, last: ReleaseRecord | None
) -> tuple[Snapshot, Snapshot]:
    if base == EMPTY_BASE:
        snapshot = load_snapshot(files, head.oid)
        return empty_snapshot(snapshot.settings), snapshot
    before = _load_base(git, git.resolve(base).oid, last)
    return before, load_snapshot(files, head.oid, last=before)


def _load_base(git: GitRepository, commit: str, last: ReleaseRecord | None) -> Snapshot:
    """Read the base; what could not be read there stands as in the state that it was planned against."""
    before = load_snapshot(git.files(commit), commit)
    older = last.base if last is not None and last.head == commit else EMPTY_BASE
    if not before.problems or older in (EMPTY_BASE, commit):
        return before
    return load_snapshot(git.files(commit), commit, last=load_snapshot(git.files(older), older))


def check_descent(git: GitRepository, head: Commit, last: ReleaseRecord) -> None:
    """Refuse a head that would undo what was released last.

    Raises:
        PlanError: it is not the last released commit or one of its descendants.
    """
    if head.oid != last.head and not git.is_ancestor(last.head, head.oid):
        raise PlanError(
            f"{head.oid[:12]} does not descend from the last released commit {last.head[:12]}",
            where=f"release record {last.sequence}",
            hint="merge the released branch first, or run at a newer head",
        )


def look_up_tags(bench: Workbench, plan: Plan) -> Plan:
    """Fill in the digest that every tag to be moved has now.

    Raises:
        RegistryError: a registry does not answer.
    """
    found = dict(_look_up(bench, plan.moves))
    return with_expected(plan, found.get)


def _look_up(bench: Workbench, moves: Iterable[PlannedMove]) -> Iterable[tuple[PlannedMove, Digest | None]]:
    def ask(move: PlannedMove) -> tuple[PlannedMove, Digest | None]:
        repository = bench.settings.registries[move.registry].repository(move.image)
        found = bench.registry(repository.host).head_manifest(repository.path, move.tag)
        return move, found.digest if found else None

    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="look-up") as pool:
        return list(pool.map(ask, moves))
