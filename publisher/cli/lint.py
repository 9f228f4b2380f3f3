"""`publisher lint`: the problems of a catalog."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from publisher import __version__
from publisher.catalog.problem import Problem, Severity
from publisher.cli.arguments import add_format, add_repo, examples
from publisher.cli.collector import collector_paused
from publisher.cli.console import Console
from publisher.cli.style import Style
from publisher.cli.surroundings import Surroundings
from publisher.plan.plan import WORKTREE

ALL = "all"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.description = "Check the whole catalog and show every problem with its file, line and fix."
    parser.epilog = examples(
        ("publisher lint", "the files as they lie here, committed or not"),
        ("publisher lint --head main --format json", "a commit, for a program"),
        ("publisher lint --format sarif > lint.sarif", "for code scanning"),
        ("publisher lint --explain L001", "what a rule means, with an example"),
        ("publisher lint --explain", "all rules"),
    )
    add_repo(parser)
    parser.add_argument("--head", metavar="REV", default=WORKTREE, help=f"a commit (default: {WORKTREE})")
    add_format(parser, "text", "json", "github", "sarif")
    parser.add_argument(
        "--explain",
        metavar="RULE",
        nargs="?",
        const=ALL,
        help="show a rule's page; `all`, or no RULE, lists all",
    )


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Check and print, or explain a rule."""
    if options.explain is not None:
        return _explain(options.explain, surroundings.console)
    problems = _find(options, surroundings)
    _show(problems, options.format, surroundings.console)
    return 2 if any(problem.severity is Severity.ERROR for problem in problems) else 0


def _find(options: argparse.Namespace, surroundings: Surroundings) -> tuple[Problem, ...]:
    from publisher.cli.repository import open_git
    from publisher.lint.check import find_problems

    with surroundings.console.progress() as progress, collector_paused():
        git = open_git(options, surroundings, progress)
        if options.head == WORKTREE:
            return find_problems(git.working_tree(), WORKTREE)
        commit = git.resolve(options.head)
        return find_problems(git.files(commit.oid), commit.oid)


def _show(problems: Sequence[Problem], form: str, console: Console) -> None:
    from publisher.lint.annotations import as_github
    from publisher.lint.documents import as_json, as_text

    match form:
        case "json":
            console.document(as_json(problems))
        case "github":
            console.document(as_github(problems, console.root))
        case "sarif":
            from publisher.lint.pages import PAGES
            from publisher.lint.sarif import as_sarif

            console.document(as_sarif(problems, PAGES, __version__))
        case _:
            console.print(as_text(problems, lambda severity: _marked(severity, console)))


def _marked(severity: Severity, console: Console) -> str:
    return console.style(severity, Style.BAD if severity is Severity.ERROR else Style.WARN)


def _explain(rule: str, console: Console) -> int:
    from publisher.lint.explain import explain, overview
    from publisher.lint.pages import PAGES

    console.print(overview(PAGES) if rule == ALL else explain(rule, PAGES))
    return 0
