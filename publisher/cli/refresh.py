"""`publisher refresh`: look up base images again, or ask for a rebuild, in publisher.lock."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from publisher.catalog.lock import Lock, LockedBase
from publisher.cli.arguments import add_dry_run, add_repo, examples, typed
from publisher.cli.console import Console
from publisher.cli.lock_change import change_lock
from publisher.cli.registries import Registries
from publisher.cli.repository import open_git
from publisher.cli.surroundings import Surroundings
from publisher.errors import Malformed, UsageError
from publisher.oci.digest import Digest
from publisher.oci.reference import Reference, Repository
from publisher.ports.progress import Progress
from publisher.steps.refresh import BaseFinder, BaseLookup, with_bases, with_generations
from publisher.steps.selection import select_targets
from publisher.steps.worktree import Worktree, read_worktree

BASES = "bases"
_NOTHING = "–"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.description = (
        "Change publisher.lock in the working tree, and show the plan that committing it would cause. "
        "`bases` looks every external base up and locks what it is now; an image's generation is raised "
        "where the same inputs must be built again, such as for security updates."
    )
    parser.epilog = examples(
        ("publisher refresh bases", "lock the digests that the bases have now"),
        ("publisher refresh bases 'ubuntu:*' --keep-going", "some of them, and those that can be found"),
        (
            "publisher refresh bases --source docker.io/library/debian:12=mirror.example.com/library/debian",
            "fetch a base from a mirror, now and later",
        ),
        ('publisher refresh python:3.11 --reason "openssl 3.0.15"', "build it and its descendants again"),
    )
    parser.add_argument(
        "what",
        metavar="bases [REFERENCE]|IMAGE[:TAG]",
        nargs="+",
        help="the word `bases`, with references or patterns for some of them; or images to build again",
    )
    parser.add_argument(
        "--keep-going",
        action="store_true",
        help="lock the bases that are found, and leave the others as they are",
    )
    parser.add_argument(
        "--source",
        metavar="REFERENCE=REPOSITORY",
        type=typed(read_source),
        action="append",
        default=[],
        help="fetch a base from this repository (default: the lock's word, else the reference's own)",
    )
    parser.add_argument("--reason", metavar="TEXT", help="why images are built again; kept in publisher.lock")
    add_repo(parser)
    add_dry_run(parser)


def read_source(text: str) -> tuple[str, Repository]:
    """Read `REFERENCE=REPOSITORY`.

    Raises:
        Malformed: it is not of that form.
    """
    reference, equals, repository = text.partition("=")
    if not equals:
        raise Malformed(f"{text[:200]!r} is not REFERENCE=REPOSITORY")
    return str(Reference.parse(reference)), Repository(repository)


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Work out the new lock, show what it changes, and write it."""
    of_bases = _is_for_bases(options)
    console = surroundings.console
    with console.progress() as progress:
        git = open_git(options, surroundings, progress)
        worktree = read_worktree(git)
        lookup = _look_up(options, surroundings, progress, worktree, git.top) if of_bases else None
    if lookup is None:
        lock = raised(worktree, options.what, options.reason, surroundings)
        change_lock(console, git, worktree, lock, dry_run=options.dry_run)
        return 0
    for error in lookup.errors:
        console.error(error)
    if lookup.errors and not options.keep_going:
        console.print("nothing was written; with --keep-going what was found is")
        return min(error.exit_code for error in lookup.errors)
    _show_bases(console, lookup)
    lock = with_bases(worktree.snapshot.lock, lookup.found)
    change_lock(console, git, worktree, lock, dry_run=options.dry_run)
    return min((error.exit_code for error in lookup.errors), default=0)


def _is_for_bases(options: argparse.Namespace) -> bool:
    """Tell which of the two is asked for.

    Raises:
        UsageError: both are, or an option of the other one is given.
    """
    of_bases = str(options.what[0]) == BASES
    if not of_bases and BASES in options.what:
        raise UsageError(f"`{BASES}` comes first", hint=f"for an image called so write {BASES}:TAG")
    if of_bases and options.reason is not None:
        raise UsageError("`--reason` is for images; bases are their own reason")
    if not of_bases and (options.source or options.keep_going):
        option = "--source" if options.source else "--keep-going"
        raise UsageError(f"`{option}` is for `publisher refresh {BASES}`")
    if not of_bases and options.reason is None:
        raise UsageError(
            "why is it to be built again?", hint="give `--reason TEXT`; it is kept in publisher.lock"
        )
    return of_bases


def _look_up(
    options: argparse.Namespace,
    surroundings: Surroundings,
    progress: Progress,
    worktree: Worktree,
    top: Path,
) -> BaseLookup:
    snapshot = worktree.snapshot
    if snapshot.outlines:
        progress.warning(
            f"{len(snapshot.outlines)} targets have problems (`publisher lint`): "
            "bases that only they use are not looked up"
        )
    registries = Registries(snapshot.settings, surroundings.environment, top=top, progress=progress)
    finder = BaseFinder(registries.of, progress, surroundings.now().replace(microsecond=0))
    return finder.find(worktree, dict(options.source), options.what[1:])


def raised(worktree: Worktree, names: Iterable[str], reason: str, surroundings: Surroundings) -> Lock:
    """Give the lock with the generation of these images or targets raised.

    Raises:
        UsageError: the catalog declares no such thing, or the reason is none.
    """
    snapshot = worktree.snapshot
    targets = [target for name in names for target in select_targets(snapshot, name)]
    now = surroundings.now().replace(microsecond=0)
    return with_generations(snapshot.lock, dict.fromkeys(targets), reason, now)


def _show_bases(console: Console, lookup: BaseLookup) -> None:
    known = [base for base in lookup.bases if base.reference in lookup.found]
    rows = [row for base in known for row in _rows(base.reference, base.locked, lookup.found)]
    if rows:
        console.table(("base", "", "from", "to"), rows)
    for reference in lookup.unused:
        console.print(f"{reference}: no target uses it; its entry stays as it is")


def _rows(
    reference: str, before: LockedBase | None, found: Mapping[str, LockedBase]
) -> Iterator[tuple[str, str, str, str]]:
    after = found[reference]
    if before is None or before.source != after.source:
        yield reference, "source", before.source if before else _NOTHING, after.source
    for platform, digest in after.digests.items():
        old = before.digests.get(platform) if before else None
        if old != digest:
            yield reference, platform, _short(old), digest.short
    index = before.index if before else None
    if index != after.index:
        yield reference, "index", _short(index), _short(after.index)


def _short(digest: Digest | None) -> str:
    return digest.short if digest else _NOTHING
