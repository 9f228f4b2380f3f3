"""An adoption at work: what it reads first, and what it writes."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace

from publisher.cli.amending import who
from publisher.cli.console import Console
from publisher.cli.lock_change import check_lock_path, write_to
from publisher.cli.plan_view import show_plan
from publisher.cli.surroundings import Surroundings
from publisher.cli.wiring import Desk
from publisher.errors import PublisherError
from publisher.notes.release_notes import release_title
from publisher.plan.declarations import LOCK_FILE
from publisher.records.release import ReleaseRecord
from publisher.records.timeline import Timeline
from publisher.steps.adopt import AdoptStep, Looked, lock_with, plan_after
from publisher.steps.chain import StoredRecord
from publisher.steps.run import Runner, RunOptions
from publisher.steps.selection import check_registry
from publisher.steps.states import load_commit
from publisher.steps.worktree import Worktree, read_worktree


@dataclass(frozen=True, slots=True)
class Adopting:
    """What an adoption works with; `last` is the newest record, `late` what finishing it left."""

    console: Console
    desk: Desk
    runner: Runner
    worktree: Worktree
    step: AdoptStep
    last: StoredRecord | None
    late: tuple[PublisherError, ...]

    def write(self, looked: Looked, *, dry_run: bool, text: bool) -> ReleaseRecord | None:
        """Write the lock, then the record: the file can be taken back, the record cannot."""
        self._write_lock(looked, dry_run=dry_run, text=text)
        if dry_run or not looked.adoption.tags:
            return None
        stored, address = self.step.commit(self.runner, self.last, looked.adoption)
        if text:
            self.console.print(release_title(stored.record))
            self.console.print(f"release notes: {address}")
        return stored.record

    def _write_lock(self, looked: Looked, *, dry_run: bool, text: bool) -> None:
        lock = lock_with(self.step.snapshot, self.worktree, looked.adoption.locked)
        if lock == self.worktree.snapshot.lock:
            return
        if text:
            self.console.print("\nwith publisher.lock committed, `publisher run` would then do:")
            show_plan(self.console, plan_after(self.step.snapshot, self.worktree, lock))
        if not dry_run:
            write_to(self.desk.git, lock)
        if text:
            end = "is not written: this is a dry run" if dry_run else "is written: review and commit it"
            self.console.print(f"\n{LOCK_FILE} {end}")


def begin(options: argparse.Namespace, surroundings: Surroundings, desk: Desk) -> Adopting:
    """Read the chain, and finish what an earlier run committed."""
    bench = replace(desk.bench, who=who(surroundings, desk))
    runner = Runner(bench, desk.git, RunOptions(dry_run=options.dry_run))
    worktree = read_worktree(desk.git)
    check_lock_path(desk.git, worktree)
    snapshot = load_commit(desk.git, desk.head.oid)
    check_registry(snapshot.settings, options.registry)
    stored = list(runner.chain.walk())
    last = stored[0] if stored else None
    timeline = Timeline.of(item.record for item in stored)
    step = AdoptStep(bench, snapshot, timeline, worktree.snapshot.lock.adopted, options.registry)
    return Adopting(surroundings.console, desk, runner, worktree, step, last, runner.finish(last))
