"""From settings and surroundings to adapters: the one place that knows every implementation.

Adapters whose libraries are slow to import are made when they are first used.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from publisher import __version__
from publisher.catalog.settings import ForgeKind, Settings
from publisher.catalog.settings_file import read_settings
from publisher.cli.lazily import lazily
from publisher.cli.registries import Registries, login_directory
from publisher.cli.repository import open_git
from publisher.cli.surroundings import Surroundings
from publisher.errors import CatalogError, UsageError
from publisher.oci.platform import Platform
from publisher.plan.declarations import SETTINGS_FILE, is_assumed
from publisher.ports.artifacts import ArtifactStore
from publisher.ports.builder import Builder
from publisher.ports.engine import Engine
from publisher.ports.forge import Forge
from publisher.ports.git import Commit
from publisher.ports.progress import Progress
from publisher.ports.sbom import SbomGenerator
from publisher.ports.signer import Signer
from publisher.registry.engine.breadth import Breadths
from publisher.registry.engine.engine import Engine as TransferEngine
from publisher.steps.workbench import Workbench
from publisher.tools.git import Git
from publisher.tools.process import Runner
from publisher.tools.publisher_lock import hold

SETTINGS_HINT = "write one and commit it (the README shows the least that it needs), or name another --repo"
LAYOUT_HINT = (
    "to publish an openEuler image repository write one with `catalog: {layout: openeuler}`, `staging` and "
    "`registries`, and commit it; `publisher plan --offline` and `publisher lint` work without"
)


@dataclass(frozen=True, slots=True)
class Desk:
    """A repository with its settings at one commit, and the workbench to act on it."""

    git: Git
    head: Commit
    bench: Workbench
    state: Path


def state_directory(environment: Mapping[str, str]) -> Path:
    """Give the folder for locks, logs and builder state (XDG base directory specification)."""
    home = environment.get("XDG_STATE_HOME") or str(Path(environment.get("HOME", "/")) / ".local" / "state")
    return Path(home) / "publisher"


def settings_at(git: Git, commit: Commit) -> Settings:
    """Read `publisher.yml` of a commit.

    Raises:
        CatalogError: it is not there or wrong.
    """
    files = git.files(commit.oid)
    found = files.tree.get(SETTINGS_FILE)
    if found is None:
        raise CatalogError(
            f"there is no {SETTINGS_FILE}",
            where=f"{git.top} at {commit.oid[:12]}",
            hint=LAYOUT_HINT if is_assumed(files) else SETTINGS_HINT,
        )
    return read_settings(SETTINGS_FILE, files.read([found.oid])[found.oid])


@contextmanager
def open_desk(options: argparse.Namespace, surroundings: Surroundings, progress: Progress) -> Iterator[Desk]:
    """Wire everything for the verbs that act; programs still running are ended when the block is left."""
    git = open_git(options, surroundings, progress)
    head = git.resolve(options.head)
    settings = settings_at(git, head)
    runner = Runner(progress, surroundings.environment)
    with ExitStack() as stack:
        stack.callback(runner.stop)
        config = stack.enter_context(login_directory(settings, surroundings.environment))
        yield Desk(
            git,
            head,
            _workbench(options, surroundings, progress, settings, git, head, runner, config),
            state_directory(surroundings.environment),
        )


@contextmanager
def open_locked_desk(options: argparse.Namespace, surroundings: Surroundings) -> Iterator[Desk]:
    """Wire everything for the verbs that write: with progress, and as the only publisher of its staging."""
    with (
        surroundings.console.progress() as progress,
        open_desk(options, surroundings, progress) as desk,
        hold(desk.state / "locks", desk.bench.settings.staging),
    ):
        yield desk


def _workbench(  # noqa: PLR0913, PLR0917 - the one place where everything comes together
    options: argparse.Namespace,
    surroundings: Surroundings,
    progress: Progress,
    settings: Settings,
    git: Git,
    head: Commit,
    runner: Runner,
    config: Path | None,
) -> Workbench:
    environment = surroundings.environment
    breadths = Breadths()
    registries = Registries(
        settings,
        environment,
        top=git.top,
        runner=runner,
        progress=progress,
        on_throttled=breadths.throttled,
    )
    return Workbench(
        settings=settings,
        builder=Builders(settings, runner, state_directory(environment), config).of,
        engine=lazily(lambda: make_engine(settings, environment)),
        signer=lazily(lambda: make_signer(settings, environment, git, runner, config)),
        sbom=lazily(lambda: _sbom(runner, config)),
        registry=registries.of,
        artifacts=lazily(lambda: _artifacts(registries)),
        transfer=TransferEngine(registries.of, progress, runner.is_stopped, registries.width, breadths),
        forge=lazily(lambda: _forge(settings, environment, git)),
        progress=progress,
        now=surroundings.now,
        run_directory=run_directory(options, surroundings, head),
        who=environment.get("GITHUB_ACTOR") or head.author,
        version=__version__,
        jobs=options.jobs,
        stop=runner.stop,
    )


def run_directory(options: argparse.Namespace, surroundings: Surroundings, head: Commit) -> Path:
    """Give the folder of a run: the one that was asked for, else one of its own below the state folder."""
    if options.run_directory is not None:
        return surroundings.cwd / Path(options.run_directory)
    name = f"{surroundings.now():%Y%m%dT%H%M%SZ}-{head.oid[:12]}-{os.getpid()}"
    return state_directory(surroundings.environment) / "runs" / name


def make_engine(settings: Settings, environment: Mapping[str, str]) -> Engine:
    """Reach the docker engine, and clear away what killed runs left there."""
    from publisher.tools.engine import DockerEngine

    host = settings.staging_builds.host
    login = Registries(settings, environment).credentials(host)
    pulls = {host: (login.username, login.password.reveal())} if login and not login.is_identity_token else {}
    engine = DockerEngine(environment.get("DOCKER_HOST") or None, credentials=pulls)
    engine.cleanup_stale()
    return engine


def make_signer(
    settings: Settings, environment: Mapping[str, str], git: Git, runner: Runner, config: Path | None
) -> Signer:
    """Wire cosign; keys are looked for when they are needed."""
    from publisher.tools.cosign import CosignSigner

    password = environment.get(settings.signing.password_env, "")
    return CosignSigner(settings.signing, git.top, password, runner, docker_config=config)


def _sbom(runner: Runner, config: Path | None) -> SbomGenerator:
    from publisher.tools.syft import SyftGenerator

    return SyftGenerator(runner, docker_config=config)


def _artifacts(registries: Registries) -> ArtifactStore:
    from publisher.registry.artifacts import OrasArtifacts

    return OrasArtifacts(registries.credentials, registry_for=registries.of, session_for=registries.session)


def _forge(settings: Settings, environment: Mapping[str, str], git: Git) -> Forge:
    from publisher.tools.github import GitHubForge
    from publisher.tools.local_forge import LocalForge

    forge = settings.forge
    match forge.kind:
        case ForgeKind.LOCAL:
            return LocalForge(git.top / forge.directory)
        case ForgeKind.GITHUB:
            repository = forge.repository or github_name(settings.source)
            return GitHubForge(repository, environment.get(forge.token_env, ""), forge.api)
        case _:
            assert_never(forge.kind)


def github_name(source: str) -> str:
    """Take `owner/name` from the catalog's address.

    Raises:
        UsageError: it is not an address of that form.
    """
    parts = source.removesuffix("/").removesuffix(".git").split("/")
    if len(parts) < 5:
        raise UsageError(
            "the forge's repository is unknown",
            where=f"source: {source}",
            hint="set forge.repository: owner/name in publisher.yml",
        )
    return "/".join(parts[-2:])


class Builders:
    """One builder a platform."""

    def __init__(self, settings: Settings, runner: Runner, state: Path, config: Path | None) -> None:
        self._settings, self._runner, self._state, self._config = settings, runner, state, config
        self._builders: dict[Platform, Builder] = {}

    def of(self, platform: Platform) -> Builder:
        """Give the builder of a platform, by default a BuildKit in a docker container."""
        from publisher.catalog.settings import BuilderSettings
        from publisher.tools.buildx import BuildxBuilder

        if platform not in self._builders:
            chosen = self._settings.builders.get(platform, BuilderSettings())
            made = BuildxBuilder(
                chosen, platform, self._runner, self._state / "buildx", docker_config=self._config
            )
            self._builders.setdefault(platform, made)
        return self._builders[platform]
