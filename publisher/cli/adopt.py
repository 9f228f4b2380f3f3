"""`publisher adopt`: take an existing catalog's published tags over, without building anything."""

from __future__ import annotations

import argparse

from publisher.cli.arguments import add_dry_run, add_format, add_repo, examples
from publisher.cli.run import add_run_directory
from publisher.cli.surroundings import Surroundings


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.description = (
        "Begin to publish a catalog whose tags exist already. Every tag that REV declares is looked up at "
        "the registries of its route. What is found is written to `adopted` in publisher.lock (digest by "
        "platform, so that images can be built on it), for review and commit, and into a signed release "
        "record, the first of the chain: the next `publisher run` plans what changed since REV. Nothing is "
        "built, copied or moved.\n\n"
        "An adopted tag stays as it is until its entry is taken out of publisher.lock, or "
        "`publisher republish IMAGE:TAG --rebuild REASON` asks for it: then it is built here, and moves from "
        "the adopted digest. Left out, and named: tags that no registry has, images without any declared "
        "platform, and those of which registries hold different manifests for one platform; --registry says "
        "which one counts. Where releases were made already only tags are added that no record knows.\n\n"
        "REV must have a publisher.yml. Cost: one HEAD a tag and registry, then one GET a digest, which "
        "Docker Hub counts as a pull; it is printed first."
    )
    parser.epilog = examples(
        ("publisher adopt --at HEAD --dry-run", "what would be taken over, and what is in doubt"),
        ("publisher adopt --at HEAD", "do it; then review and commit publisher.lock"),
        ("publisher adopt --at v24.03 --registry hub", "as Docker Hub has it, whatever the others say"),
    )
    parser.add_argument(
        "--at", metavar="REV", dest="head", required=True, help="the commit that was published"
    )
    parser.add_argument("--registry", metavar="NAME", help="look at this registry only")
    parser.add_argument(
        "--keep-going", action="store_true", help="take over what was found, though some could not be asked"
    )
    add_dry_run(parser)
    add_format(parser, "text", "json")
    add_repo(parser)
    add_run_directory(parser)


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Look, show, write, record."""
    from publisher.cli.adopt_view import as_json, show_asked, show_looked
    from publisher.cli.adopting import begin
    from publisher.cli.wiring import open_locked_desk

    console, text = surroundings.console, options.format == "text"
    with open_locked_desk(options, surroundings) as desk:
        adopting = begin(options, surroundings, desk)
        places = adopting.step.places()
        if text:
            show_asked(console, places, adopting.step.snapshot.settings)
        looked = adopting.step.look(places)
        if text:
            show_looked(console, looked)
        stopped = bool(looked.errors) and not options.keep_going
        record = None if stopped else adopting.write(looked, dry_run=options.dry_run, text=text)
    errors = [*adopting.late, *dict.fromkeys(looked.errors.values())]
    if not text:
        console.document(as_json(adopting.step, looked, record, errors, dry_run=options.dry_run))
    for error in errors:
        console.error(error)
    if stopped and text:
        console.print("nothing was written; with --keep-going what was found is taken over")
    return min((error.exit_code for error in errors), default=0)
