"""`publisher copy`: any images to any registries, as one transaction."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from publisher.catalog.settings import Settings, SigningSettings
from publisher.catalog.settings_file import SETTINGS_NAME, read_settings
from publisher.cli.arguments import add_dry_run, add_format, examples
from publisher.cli.copy_view import show_done, show_planned
from publisher.cli.registries import Registries, login_directory
from publisher.cli.surroundings import Surroundings
from publisher.errors import UsageError
from publisher.ports.progress import Progress
from publisher.ports.signer import Signer
from publisher.registry.engine.breadth import Breadths
from publisher.registry.engine.engine import Engine
from publisher.steps.copy_list import MAX_LIST, parse_copies
from publisher.steps.copying import Copying
from publisher.tools.process import Runner

_DESCRIPTION = (
    "Copy images, whoever built them, with their platforms and all their referrers (signatures, SBOMs, "
    "attestations) to any number of registries. Contents go everywhere first and are checked there; only "
    "when every registry is complete the tags move. Run it again after a failure: what is done is not done "
    "twice, and what is in place costs one request a tag.\n\n"
    'The list is JSON: [{"source": "host/repository@sha256:…", "to": ["host/repository:tag", …]}, …]\n\n'
    "A source may be named by a tag, which is looked up once when the copy begins. A target without a tag "
    "gets the image under its digest alone, and is looked at whole each time. Every image is also kept by "
    "the tag d-<digest>, as some registries drop what no tag names. Credentials are those of "
    "`docker login`, or of the publisher.yml that --repo names."
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.description = _DESCRIPTION
    parser.epilog = examples(
        ("publisher copy --list copies.json --dry-run", "what it would take of each registry, at most"),
        ("publisher copy --list copies.json", "copy, check, then move the tags"),
        ("publisher copy --list copies.json --key cosign.pub", "only what this key has signed"),
        ("publisher copy --list copies.json --recheck", "also look whether anything is missing behind tags"),
    )
    parser.add_argument("--list", metavar="FILE", type=Path, required=True, help="what goes where, JSON")
    parser.add_argument(
        "--verify",
        choices=("none", "key"),
        help="check signatures of sources before they are copied (default: key with --key)",
    )
    parser.add_argument(
        "--key",
        metavar="FILE",
        help="cosign's public key that must have signed what is copied; what is in place is not asked",
    )
    parser.add_argument(
        "--recheck", action="store_true", help="look at contents and referrers of what is in place, too"
    )
    parser.add_argument(
        "--force", action="store_true", help="move tags that somebody else moved meanwhile, too"
    )
    parser.add_argument(
        "--repo", metavar="DIR", type=Path, help=f"use the registries of the {SETTINGS_NAME} there"
    )
    add_dry_run(parser)
    add_format(parser, "text", "json")


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Copy and report; the exit code is that of the first registry that failed."""
    copies = parse_copies(_read(surroundings.cwd / options.list), str(options.list))
    console = surroundings.console
    with console.progress() as progress, _copying(options, surroundings, progress) as (copying, registries):
        prepared = copying.prepare(copies, recheck=options.recheck)
        if options.dry_run:
            return show_planned(console, prepared, options.format)
        report = copying.carry_out(prepared, force=options.force)
    return show_done(console, report, registries.of, options.format)


@contextmanager
def _copying(
    options: argparse.Namespace, surroundings: Surroundings, progress: Progress
) -> Iterator[tuple[Copying, Registries]]:
    """Wire it; programs still running are ended when the block is left."""
    settings = _settings(options, surroundings)
    runner = Runner(progress, surroundings.environment)
    top = surroundings.cwd / (options.repo or "")
    breadths = Breadths()
    registries = Registries(
        settings,
        surroundings.environment,
        top=top,
        runner=runner,
        progress=progress,
        on_throttled=breadths.throttled,
    )
    try:
        with _logins(settings, surroundings) as config:
            signer = _signer(options, surroundings, runner, config)
            engine = Engine(registries.of, progress, runner.is_stopped, registries.width, breadths)
            yield Copying(registries.of, engine, progress, signer), registries
    finally:
        runner.stop()


def _settings(options: argparse.Namespace, surroundings: Surroundings) -> Settings:
    if options.repo is None:
        return Settings(source="")
    return read_settings(SETTINGS_NAME, _read(surroundings.cwd / options.repo / SETTINGS_NAME))


def _logins(settings: Settings, surroundings: Surroundings) -> AbstractContextManager[Path | None]:
    """Give cosign the credentials that only a publisher.yml's variables have."""
    return login_directory(settings, surroundings.environment) if settings.staging else nullcontext()


def _signer(
    options: argparse.Namespace, surroundings: Surroundings, runner: Runner, config: Path | None
) -> Signer | None:
    if options.verify and (options.verify == "key") != (options.key is not None):
        raise UsageError("`--verify key` and `--key` belong together", hint="give both, or only --key")
    if options.key is None:
        return None
    from publisher.tools.cosign import CosignSigner

    settings = SigningSettings(private=None, public=options.key)
    return CosignSigner(settings, surroundings.cwd, "", runner, docker_config=config)


def _read(path: Path) -> bytes:
    """Read a file of bounded size; one byte more tells that it is too large.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_LIST + 1)
    except OSError as error:
        raise UsageError("a file cannot be read", where=str(path), detail=str(error.strerror)) from error
