"""`publisher catalog`: what the catalog declares, and what stands on what."""

from __future__ import annotations

import argparse

from publisher.catalog.problem import Severity
from publisher.cli.arguments import add_format, add_repo, examples
from publisher.cli.surroundings import Surroundings
from publisher.plan.plan import WORKTREE
from publisher.plan.snapshot import Snapshot


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.description = (
        "Show what the catalog declares, matrices expanded: each tag with its Dockerfile, platforms, what it "
        "is built on and where it is declared; then the tree of images. With a name, that image or tag with "
        "everything that it stands on and everything that stands on it."
    )
    parser.epilog = examples(
        ("publisher catalog", "all tags of the files as they lie here, committed or not"),
        ("publisher catalog cann", "one image, and the chain around it"),
        ("publisher catalog cann:latest --format tree", "the chain around one tag, by any of its names"),
        ("publisher catalog --head main --format json", "a commit, for a program"),
    )
    parser.add_argument(
        "name", metavar="IMAGE[:TAG]", nargs="?", help="an image, or one of its tags or aliases"
    )
    add_repo(parser)
    parser.add_argument("--head", metavar="REV", default=WORKTREE, help=f"a commit (default: {WORKTREE})")
    add_format(parser, "table", "json", "tree")


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Read the state and print it."""
    from publisher.cli.catalog_view import show_table, show_tree
    from publisher.plan.listing import as_json, list_catalog
    from publisher.plan.wording import lint_command
    from publisher.steps.selection import select_targets

    console = surroundings.console
    snapshot = _read(options, surroundings)
    chosen = select_targets(snapshot, options.name) if options.name is not None else None
    listing = list_catalog(snapshot, chosen)
    if options.format == "json":
        console.document(as_json(listing))
        return 0
    if options.format == "table":
        show_table(console, listing)
        console.print("")
    show_tree(console, listing, chosen or ())
    if errors := sum(problem.severity is Severity.ERROR for problem in listing.problems):
        shown = f"`{lint_command(snapshot.commit)}` shows them"
        console.err.say(f"{errors} error{'s' * (errors > 1)} in these images: {shown}")
    return 0


def _read(options: argparse.Namespace, surroundings: Surroundings) -> Snapshot:
    from publisher.cli.repository import open_git
    from publisher.plan.snapshot import load_snapshot

    with surroundings.console.progress() as progress:
        git = open_git(options, surroundings, progress)
        if options.head == WORKTREE:
            return load_snapshot(git.working_tree(), WORKTREE)
        commit = git.resolve(options.head)
        return load_snapshot(git.files(commit.oid), commit.oid)
