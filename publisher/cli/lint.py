"""`publisher lint`: the problems of a catalog."""

from __future__ import annotations

import argparse

from publisher.cli.arguments import add_format, add_repo, examples
from publisher.cli.surroundings import Surroundings
from publisher.cli.wiring import open_git
from publisher.lint.annotations import as_github, as_json, as_text
from publisher.plan.snapshot import load_snapshot

WORKTREE = "WORKTREE"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.description = "Check the whole catalog and show every problem with its file, line and fix."
    parser.epilog = examples(
        ("publisher lint", "the files as they lie here, committed or not"),
        ("publisher lint --head main --format json", "a commit, for a program"),
    )
    add_repo(parser)
    parser.add_argument("--head", metavar="REV", default=WORKTREE, help=f"a commit (default: {WORKTREE})")
    add_format(parser, "text", "json", "github")


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Check and print."""
    console = surroundings.console
    with console.progress() as progress:
        git = open_git(options, surroundings, progress)
        if options.head == WORKTREE:
            snapshot = load_snapshot(git.working_tree(), WORKTREE)
        else:
            commit = git.resolve(options.head)
            snapshot = load_snapshot(git.files(commit.oid), commit.oid)
    formats = {"text": as_text, "json": as_json, "github": as_github}
    text = formats[options.format](snapshot.problems)
    if text:
        console.document(text)
    return 2 if any(problem.severity == "error" for problem in snapshot.problems) else 0
