"""`publisher republish`: bring released versions back to registries, or to new ones; or ask for a rebuild."""

from __future__ import annotations

import argparse

from publisher.cli.amending import add_amending
from publisher.cli.arguments import examples
from publisher.cli.surroundings import Surroundings
from publisher.errors import UsageError


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.description = (
        "Bring the newest released versions (of what is held, the version that it is held at) to the "
        "registries of their routes, with the internal layers below them, and move their tags to them: to a "
        "registry that is new in publisher.yml, or that lost something. Nothing is built and nothing newer "
        "comes out. A tag that somebody else moved is left alone and named (exit code 7), unless --force. "
        "What moved or was mended is recorded; where nothing was missing no record is written.\n\n"
        "Of images that are named every blob is asked for, one request each; with --all a registry that "
        "shows manifests and referrers is believed to have their blobs, unless --deep.\n\n"
        "With --rebuild nothing is published: the generation of the named images is raised in "
        "publisher.lock, so that the commit of that file builds them, and all that is built on them, again."
    )
    parser.epilog = examples(
        (
            "publisher republish --all --registry quay --dry-run",
            "what a new registry would get, with the cost",
        ),
        ("publisher republish --all --registry quay", "bring it there"),
        ("publisher republish cann:8.0 --registry hub --force", "take a tag back that somebody else moved"),
        ('publisher republish python --rebuild "openssl 3.0.15"', "build all tags of python again"),
    )
    parser.add_argument("names", metavar="IMAGE[:TAG]", nargs="*", help="images, or single tags of them")
    parser.add_argument("--all", dest="every", action="store_true", help="everything that was released")
    parser.add_argument("--registry", metavar="NAME", help="bring it to this registry only")
    parser.add_argument("--deep", action="store_true", help="with --all too, ask for every blob")
    parser.add_argument("--rebuild", metavar="REASON", help="raise generations in publisher.lock instead")
    add_amending(parser)


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Do the one or the other."""
    check_options(options)
    if options.rebuild is not None:
        return _rebuild(options, surroundings)
    return _republish(options, surroundings)


def check_options(options: argparse.Namespace) -> None:
    """Refuse a command line that leaves open what is meant.

    Raises:
        UsageError: always with what to write instead.
    """
    if options.names and options.every:
        raise UsageError("`--all` takes everything; name images or give `--all`, not both")
    if options.rebuild is None:
        if not options.names and not options.every:
            raise UsageError(
                "what is to be republished?",
                hint="name images (`publisher status` shows which need it), or give `--all`",
            )
        return
    if not options.names:
        raise UsageError("name what is to be built again", hint="such as `publisher republish python:3.11`")
    for option in ("registry", "force", "deep"):
        if getattr(options, option):
            raise UsageError(f"`--{option}` is for publishing; `--rebuild` only changes publisher.lock")
    if options.format != "text" or options.head != "HEAD":
        raise UsageError("`--rebuild` works on the working tree, and shows the plan as text")


def _rebuild(options: argparse.Namespace, surroundings: Surroundings) -> int:
    from publisher.cli.lock_change import change_lock
    from publisher.cli.refresh import raised
    from publisher.cli.repository import open_git
    from publisher.steps.worktree import read_worktree

    console = surroundings.console
    with console.progress() as progress:
        git = open_git(options, surroundings, progress)
        worktree = read_worktree(git)
    lock = raised(worktree, options.names, options.rebuild, surroundings)
    change_lock(
        console,
        git,
        worktree,
        lock,
        dry_run=options.dry_run,
        then="; `publisher run` then builds and publishes it",
    )
    return 0


def _republish(options: argparse.Namespace, surroundings: Surroundings) -> int:
    from dataclasses import replace

    from publisher.cli.amending import who
    from publisher.cli.report_view import show_figures
    from publisher.cli.republish_view import as_json, show_end, show_planned
    from publisher.cli.wiring import open_locked_desk
    from publisher.steps.amendment import Amender, Amendment
    from publisher.steps.republish import RepublishOptions, RepublishStep
    from publisher.steps.run import Runner, RunOptions
    from publisher.steps.thorough import Thorough

    console = surroundings.console
    wanted = RepublishOptions(tuple(options.names), options.every, options.registry)
    with open_locked_desk(options, surroundings) as desk:
        bench = replace(desk.bench, who=who(surroundings, desk))
        if options.deep or not options.every:
            bench = replace(bench, transfer=Thorough(bench.transfer))
        settings = desk.bench.settings

        def show(amendment: Amendment) -> None:
            if options.format == "text":
                show_planned(console, amendment, settings)

        runner = Runner(bench, desk.git, RunOptions(force=options.force, dry_run=options.dry_run))
        report = RepublishStep(Amender(runner, show)).run(desk.head, wanted)
    if options.format == "json":
        console.document(as_json(report, settings, dry_run=options.dry_run))
    else:
        show_end(console, report, dry_run=options.dry_run)
        show_figures(console, bench, report.done.figures)
    for error in report.errors:
        console.error(error)
    return report.exit_code
