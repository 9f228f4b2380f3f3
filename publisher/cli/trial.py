"""`publisher try`: build and test one target of the working tree, locally."""

from __future__ import annotations

import argparse
import os
import platform as machine
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from publisher.catalog.problem import Severity
from publisher.catalog.settings import Settings, SigningMode, SigningSettings
from publisher.cli.arguments import add_repo, examples, typed
from publisher.cli.console import Console
from publisher.cli.lazily import lazily
from publisher.cli.registries import Registries, login_directory
from publisher.cli.repository import open_git
from publisher.cli.run import add_run_directory
from publisher.cli.style import Style
from publisher.cli.surroundings import Surroundings
from publisher.cli.units import duration
from publisher.cli.wiring import Builders, make_engine, make_signer, state_directory
from publisher.errors import CatalogError
from publisher.oci.platform import Platform
from publisher.plan.graph import ancestors
from publisher.plan.snapshot import Snapshot
from publisher.ports.progress import Progress
from publisher.registry.retry import RetryPolicy
from publisher.steps.evidence import EvidenceDesk
from publisher.steps.selection import problems_of, select_platform, select_targets
from publisher.steps.staged_parents import StagedParents
from publisher.steps.trial import Trial, TrialBench, TrialReport, TrialResult, Variant
from publisher.steps.worktree import read_worktree
from publisher.tools.git import Git
from publisher.tools.process import Runner

FEW = 4
"""Tags of an image that are tried together."""
_STAGING_TIMEOUT = 5.0
"""Seconds to wait for staging, which a trial can do without."""
_ONCE = RetryPolicy(attempts=1)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.description = (
        "Build and smoke-test a target of the working tree, committed or not. Changed parents are built "
        "first. Nothing is written to any registry, and neither credentials nor a signing key are needed."
    )
    parser.epilog = examples(
        ("publisher try cann:ubuntu-python3.9-cann8.0.rc2.beta1", "one target, for this machine's platform"),
        ("publisher try cann --platform linux/arm64", f"all tags of an image that has {FEW} at most"),
        ("publisher try cann:cann8.0 --keep -v", "keep the images on the disk; show every command"),
    )
    parser.add_argument(
        "name", metavar="IMAGE[:TAG]", help="a tag or alias of the catalog, or an image alone"
    )
    parser.add_argument(
        "--platform",
        metavar="P",
        type=typed(Platform),
        help="such as linux/arm64 (default: this machine's own if declared, else the first)",
    )
    add_repo(parser)
    parser.add_argument("--keep", action="store_true", help="keep the built images, as OCI layouts")
    add_run_directory(parser)


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Build, test, and say how it went."""
    console = surroundings.console
    with console.progress() as progress:
        git = open_git(options, surroundings, progress)
        worktree = read_worktree(git)
        wanted = _wanted(options, worktree.snapshot)
        _check(console, worktree.snapshot, wanted)
        with _open_bench(options, surroundings, progress, git, worktree.snapshot.settings) as bench:
            trial = Trial(bench, worktree)
            report = trial.run(wanted, keep=options.keep)
    _show(console, report)
    if options.keep:
        console.print(f"the images are kept in {trial.images}")
    return report.exit_code


def _wanted(options: argparse.Namespace, snapshot: Snapshot) -> list[Variant]:
    own = Platform(f"linux/{machine.machine().lower()}")
    targets = select_targets(snapshot, options.name, most=FEW)
    return [(target, select_platform(snapshot.entries[target], options.platform, own)) for target in targets]


def _check(console: Console, snapshot: Snapshot, wanted: Sequence[Variant]) -> None:
    """Show what is wrong with the targets and their ancestors.

    Raises:
        CatalogError: it keeps one of them from being built.
    """
    problems = problems_of(snapshot, [target for target, _ in wanted])
    for problem in problems:
        console.problem(problem)
    stale = {
        target
        for target, _ in wanted
        if snapshot.kept.keys() & {target, *ancestors(snapshot.parents, target)}
    }
    broken = [t for t, platform in wanted if t in stale or platform not in snapshot.inputs.get(t, {})]
    if broken:
        errors = sum(problem.severity is Severity.ERROR for problem in problems)
        raise CatalogError(
            f"{', '.join(broken)} cannot be built",
            detail="" if errors else "the catalog gives no reason",
            hint=f"mend the {'problems' if errors > 1 else 'problem'} above; nothing was built",
        )


@contextmanager
def _open_bench(
    options: argparse.Namespace, surroundings: Surroundings, progress: Progress, git: Git, settings: Settings
) -> Iterator[TrialBench]:
    environment = surroundings.environment
    state = state_directory(environment)
    runner = Runner(progress, environment)
    with login_directory(settings, environment) as config:
        signer = lazily(lambda: make_signer(settings, environment, git, runner, config))
        registries = Registries(
            settings, environment, top=git.top, runner=runner, timeout=_STAGING_TIMEOUT, retry=_ONCE
        )
        client = registries.of(settings.staging_builds.host)
        desk = EvidenceDesk(client, signer, settings.staging_builds)
        try:
            yield TrialBench(
                builder=Builders(settings, runner, state, config).of,
                engine=lazily(lambda: make_engine(settings, environment)),
                staged=StagedParents(desk, progress, can_verify(settings.signing, git.top)),
                progress=progress,
                run_directory=_run_directory(options, surroundings, state),
                jobs=options.jobs,
                stop=runner.stop,
            )
        finally:
            runner.stop()


def can_verify(signing: SigningSettings, top: Path) -> bool:
    """Tell whether it is known by whom a build must be stated."""
    if signing.mode is SigningMode.KEYLESS:
        return bool(signing.identity and signing.issuer)
    public = signing.public or ""
    return "://" in public or (public != "" and (top / public).is_file())


def _run_directory(options: argparse.Namespace, surroundings: Surroundings, state: Path) -> Path:
    if options.run_directory is not None:
        return surroundings.cwd / Path(options.run_directory)
    return state / "trials" / f"{surroundings.now():%Y%m%dT%H%M%SZ}-{os.getpid()}"


def _show(console: Console, report: TrialReport) -> None:
    rows = [_row(console, result) for result in report.results]
    console.table(("target", "platform", "result", ""), rows)
    for result in report.results:
        if result.log.is_file():
            console.print(f"log of {result.target}: {result.log}")
    for error in report.errors:
        console.error(error)


def _row(console: Console, result: TrialResult) -> tuple[str, str, str, str]:
    record = result.record
    if record is None:
        return result.target, result.platform, console.style("not built", Style.BAD), result.why
    kinds = {"passed": Style.GOOD, "failed": Style.BAD, "untested": Style.WARN}
    why = record.reason
    if record.mode:
        failed = sum(not check.passed for check in record.checks)
        count = (
            f"{failed} of {len(record.checks)} checks failed" if failed else f"{len(record.checks)} checks"
        )
        why = f"{record.mode}, {count}, {duration(record.seconds)}"
    return result.target, result.platform, console.style(record.outcome, kinds[record.outcome]), why
