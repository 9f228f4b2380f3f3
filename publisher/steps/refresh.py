"""Raise what the catalog takes from outside: digests of bases, and generations of targets.

Everything here is worked out before anything is written: a new lock, and the plan that committing it would
cause.  Writing it is left to the verb.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase

from publisher.catalog.lock import Generation, Lock, LockedBase
from publisher.catalog.lock_file import write_lock
from publisher.catalog.overlay import Overlay
from publisher.catalog.target import TargetId
from publisher.errors import PublisherError, UsageError
from publisher.oci.reference import Repository
from publisher.plan.declarations import LOCK_FILE
from publisher.plan.names import spell
from publisher.plan.plan import WORKTREE, Plan
from publisher.plan.planner import make_plan
from publisher.plan.snapshot import load_snapshot
from publisher.ports.progress import Progress
from publisher.ports.registry import Registry
from publisher.steps.bases import External, external_bases, look_up
from publisher.steps.worktree import Worktree

STEP = "look up"
_MAX_REASON = 500
_SHOWN = 40
"""Most bases that an error lists."""
_AT_ONCE = 8
"""Registries that are asked at a time."""


@dataclass(frozen=True, slots=True)
class BaseLookup:
    """What the registries said of every base; `unused` are entries of the lock that nothing uses."""

    bases: tuple[External, ...]
    found: Mapping[str, LockedBase]
    unused: tuple[str, ...]
    errors: tuple[PublisherError, ...]


@dataclass(frozen=True, slots=True)
class BaseFinder:
    """Looks bases up, several at a time."""

    registry: Callable[[str], Registry]
    progress: Progress
    now: datetime

    def find(
        self, worktree: Worktree, sources: Mapping[str, Repository], wanted: Sequence[str] = ()
    ) -> BaseLookup:
        """Look up every external base, or those that are `wanted`, by reference or pattern (`ubuntu:*`).

        `sources` names mirrors by spelled reference.

        Raises:
            UsageError: what is wanted, or what a mirror is named for, is no base of the catalog.
        """
        every = external_bases(worktree.snapshot)
        bases = _chosen(every, wanted)
        for reference in sorted(sources.keys() - {base.reference for base in bases}):
            raise _no_base(reference, f"--source {reference}={sources[reference]}", bases)
        with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="look-up") as pool:
            answers = list(pool.map(lambda base: self._ask(base, sources), bases))
        found = {
            base.reference: answer
            for base, answer in zip(bases, answers, strict=True)
            if isinstance(answer, LockedBase)
        }
        unused = sorted(worktree.snapshot.lock.bases.keys() - {base.reference for base in every})
        errors = tuple(answer for answer in answers if isinstance(answer, PublisherError))
        return BaseLookup(bases, found, tuple(unused), errors)

    def _ask(self, base: External, sources: Mapping[str, Repository]) -> LockedBase | PublisherError:
        """Give the answer, or the error: one base that cannot be found hides no other."""
        source = sources.get(base.reference, base.source)
        self.progress.started(STEP, base.reference)
        try:
            found = look_up(self.registry(source.host), base, source, self.now)
        except PublisherError as error:
            self.progress.finished(STEP, base.reference, "failed", 0.0)
            return error
        self.progress.finished(STEP, base.reference, "done", 0.0)
        return found


def _chosen(bases: tuple[External, ...], wanted: Sequence[str]) -> tuple[External, ...]:
    """Give the bases that are wanted, in any spelling; all of them where nothing is said."""
    found: dict[str, External] = {}
    for name in wanted:
        fitting = {base.reference: base for base in bases if _fits(base.reference, name)}
        if not fitting:
            raise _no_base(name, "", bases)
        found |= fitting
    return tuple(found.values()) if wanted else bases


def _fits(reference: str, name: str) -> bool:
    familiar = reference.removeprefix("docker.io/").removeprefix("library/")
    return spell(name) == reference or fnmatchcase(reference, name) or fnmatchcase(familiar, name)


def _no_base(reference: str, where: str, bases: Iterable[External]) -> UsageError:
    known = sorted(base.reference for base in bases)
    near = difflib.get_close_matches(spell(reference) or reference, known, n=1)
    return UsageError(
        f"{reference!r:.300} is no external base of the catalog",
        where=where,
        detail="\n".join(known[:_SHOWN]),
        hint=f"did you mean {near[0]}?" if near else "name one of those above",
    )


def with_bases(lock: Lock, found: Mapping[str, LockedBase]) -> Lock:
    """Give the lock with these bases; others stay."""
    return replace(lock, bases={**lock.bases, **found})


def with_generations(lock: Lock, targets: Iterable[TargetId], reason: str, now: datetime) -> Lock:
    """Give the lock with the generation of these targets raised by one; adopted ones are built from now on.

    Raises:
        UsageError: the reason is not one line of text.
    """
    reason = reason.strip()
    if not reason or len(reason) > _MAX_REASON or not reason.isprintable():
        raise UsageError(
            f"a reason is one line of text, {_MAX_REASON} characters at most",
            hint="it is reviewed with publisher.lock: say what the new build brings",
        )
    before = lock.generations
    raised = {
        target: Generation(before[target].number + 1 if target in before else 1, now, reason)
        for target in targets
    }
    adopted = {target: base for target, base in lock.adopted.items() if target not in raised}
    return replace(lock, adopted=adopted, generations={**before, **raised})


def plan_with(worktree: Worktree, lock: Lock) -> Plan:
    """Give the plan that committing the working tree with this lock would cause."""
    files = Overlay(worktree.files, {LOCK_FILE: write_lock(lock)})
    return make_plan(worktree.before, load_snapshot(files, WORKTREE, last=worktree.before))
