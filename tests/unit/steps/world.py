"""A whole pipeline on fakes: a small catalog of stacked layers, staging and two destinations in memory."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publisher.attestation.provenance import read_build_statement
from publisher.catalog.settings_file import read_settings
from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Reference, Repository, is_reserved_tag
from publisher.plan.snapshot import Snapshot, load_snapshot
from publisher.ports.builder import BuildRequest, BuildResult
from publisher.ports.git import Commit
from publisher.ports.progress import Progress
from publisher.records.evidence import EvidenceKind
from publisher.records.release import RECORDS_NAME, ReleaseRecord
from publisher.registry.engine.engine import Engine
from publisher.steps.chain import StoredRecord
from publisher.steps.run import Runner, RunOptions, RunReport
from publisher.steps.workbench import Workbench
from tests.fakes.artifacts import FakeArtifacts
from tests.fakes.builder import FakeBuilder
from tests.fakes.engine import FakeEngine, FakeImage
from tests.fakes.forge import FakeForge
from tests.fakes.history import FakeHistory
from tests.fakes.registry import Asked, FakeRegistry
from tests.fakes.sbom import FakeSbom
from tests.fakes.signer import FakeSigner

AMD64 = Platform("linux/amd64")
OS, MID, SIDE, TOP = TargetId("os:v1"), TargetId("mid:v1"), TargetId("side:v1"), TargetId("top:v1")
STAGING, HUB, QUAY = "staging.test", "hub.test", "quay.test"
HOSTS = {"hub": HUB, "quay": QUAY}
ON_INDEX = {EvidenceKind.PROVENANCE, EvidenceKind.TEST_RESULT, EvidenceKind.SIGNATURE}
ON_PLATFORM = ON_INDEX | {EvidenceKind.SBOM}

SETTINGS = """\
version: 1
source: https://github.com/example/images
catalog: {root: ., layout: native, references: [hub.test/us], platforms: [linux/amd64]}
staging: {prefix: staging.test/us}
registries:
  hub: {prefix: hub.test/us}
  quay: {prefix: quay.test/us}
routes:
  - {images: [side], to: [hub]}
  - {images: ["*"], to: [hub, quay]}
policy: {tests: {linux/amd64: untested}}
"""
LOCK = f"""\
version: 1
bases:
  "docker.io/library/debian:12":
    source: "docker.io/library/debian"
    date: "2026-01-01T00:00:00Z"
    digests:
      "linux/amd64": "sha256:{"a" * 64}"
"""
FILES: Mapping[str, str] = {
    "publisher.yml": SETTINGS,
    "publisher.lock": LOCK,
    "README.md": "# Images\n",
    "os/meta.yml": "v1: {path: Dockerfile, internal: true}\n",
    "os/Dockerfile": "FROM debian:12\nCOPY os.txt /\n",
    "os/os.txt": "os\n",
    "mid/meta.yml": 'v1: {path: Dockerfile, base: "os:v1", latest: true, smoke: smoke.yml}\n',
    "mid/Dockerfile": "ARG BASE\nFROM $BASE\nCOPY mid.txt /\n",
    "mid/mid.txt": "mid\n",
    "mid/smoke.yml": "version: 1\ncommands: [{name: speaks, run: [mid, --version]}]\n",
    "side/meta.yml": 'v1: {path: Dockerfile, base: "os:v1"}\n',
    "side/Dockerfile": "ARG BASE\nFROM $BASE\nCOPY side.txt /\n",
    "side/side.txt": "side\n",
    "top/meta.yml": 'v1: {path: Dockerfile, base: "mid:v1", aliases: [one], smoke: smoke.yml}\n',
    "top/Dockerfile": "ARG BASE\nFROM $BASE\nCOPY top.txt /\n",
    "top/top.txt": "top\n",
    "top/smoke.yml": "version: 1\ncommands: [{name: sings, run: [top]}]\n",
}


class Killed(BaseException):
    """Stands for SIGKILL: from then on nothing of the run reaches a registry."""


@dataclass
class DriftingBuilder:
    """Gives other bytes each time, as `apt-get` does; `drifts` False gives the same again."""

    inner: FakeBuilder
    drifts: bool = True
    builds: list[str] = field(default_factory=list)

    def build(self, request: BuildRequest, said: Callable[[str], None]) -> BuildResult:
        """Build with the number of the build mixed in."""
        self.builds.append(request.where.partition(" ")[0])
        number = len(self.builds) if self.drifts else 0
        return self.inner.build(replace(request, args={**request.args, "_drift": str(number)}), said)


class Told(Progress):
    """Keeps what was said; `kill` names the point (and how often it is passed) at which the run dies."""

    def __init__(self) -> None:
        self.points: list[str] = []
        self.warnings: list[str] = []
        self.notes: list[str] = []
        self.finished_nodes: list[tuple[str, str, str]] = []
        self.at_point: Callable[[str], None] = lambda _point: None

    def finished(self, step: str, node: str, result: str, seconds: float) -> None:
        """Keep."""
        self.finished_nodes.append((step, node, result))

    def note(self, text: str) -> None:
        """Keep."""
        self.notes.append(text)

    def warning(self, text: str, *, file: str = "", line: int = 0) -> None:
        """Keep."""
        self.warnings.append(text)

    def reached(self, point: str) -> None:
        """Keep, and die where told to."""
        self.points.append(point)
        self.at_point(point)


class World:
    """Registries that stay, and runs that come and go."""

    def __init__(self, directory: Path, files: Mapping[str, str] = FILES) -> None:
        self.directory = directory
        self.content = dict(files)
        self.hosts = dict(HOSTS)
        self.git = FakeHistory()
        self.git.commit(self.content)
        self.registries = {
            STAGING: FakeRegistry(STAGING, referrers_api=False),
            HUB: FakeRegistry(HUB, referrers_api=True),
            QUAY: FakeRegistry(QUAY, referrers_api=False),
        }
        self.log: list[tuple[str, Asked]] = []
        self.dead = False
        for host, registry in self.registries.items():
            registry.on_request = self._hears(host)
        self.signer = FakeSigner(self.registries)
        self.builder = DriftingBuilder(FakeBuilder(self.registries[STAGING]))
        self.engine = FakeEngine(otherwise=FakeImage(obliging=True))
        self.sbom = FakeSbom()
        self.forge = FakeForge()
        self.told = Told()
        self.numbers = itertools.count()
        self.on_write: Callable[[str, Asked], None] = lambda _host, _asked: None

    def add_registry(self, name: str, host: str) -> FakeRegistry:
        """Let there be one more destination, `us` below its host."""
        registry = self.registries[host] = FakeRegistry(host, referrers_api=False)
        registry.on_request = self._hears(host)
        self.hosts[name] = host
        return registry

    def clone(self, directory: Path) -> World:
        """Give a second world that goes on from here by itself."""
        twin = World(directory)
        self.copy_to(twin)
        return twin

    def copy_to(self, twin: World) -> None:
        """Let another world go on from here; it has the same registries."""
        twin.content, twin.git = dict(self.content), deepcopy(self.git)
        for host, registry in self.registries.items():
            for name in ("manifests", "tagged", "blobs"):
                held: dict[str, dict[str, object]] = getattr(registry, name)
                copied = {path: dict(found) for path, found in held.items()}
                getattr(twin.registries[host], name).update(copied)
        twin.builder.builds = list(self.builder.builds)
        twin.numbers = itertools.count(next(self.numbers))

    def _hears(self, host: str) -> Callable[[Asked], None]:
        def hear(asked: Asked) -> None:
            if self.dead:
                raise Killed
            self.log.append((host, asked))
            if asked.writes:
                self.on_write(host, asked)

        return hear

    @property
    def staging(self) -> FakeRegistry:
        """Give staging."""
        return self.registries[STAGING]

    def change(self, path: str, text: str | None = None) -> Commit:
        """Commit a change of one file."""
        return self.change_all({path: text})

    def change_all(self, changes: Mapping[str, str | None]) -> Commit:
        """Commit changes of several files."""
        for path, text in changes.items():
            if text is None:
                del self.content[path]
            else:
                self.content[path] = text
        return self.git.commit(self.content)

    def bench(self, jobs: int = 1) -> Workbench:
        """Put a workbench together for one run."""
        number = next(self.numbers)
        return Workbench(
            settings=read_settings("publisher.yml", self.content["publisher.yml"].encode()),
            builder=lambda _platform: self.builder,
            engine=self.engine,
            signer=self.signer,
            sbom=self.sbom,
            registry=self.registries.__getitem__,
            artifacts=FakeArtifacts(self.registries.__getitem__),
            transfer=Engine(
                self.registries.__getitem__,
                self.told,
                sleep=lambda _: None,
                clock=_ticks(),
                width=lambda _: 1,
            ),
            forge=self.forge,
            progress=self.told,
            now=lambda: datetime(2026, 2, 1, tzinfo=UTC) + timedelta(seconds=number),
            run_directory=self.directory / f"run-{number}",
            who="A <a@example.com>",
            version="0",
            jobs=jobs,
        )

    def runner(self, *, jobs: int = 1, **options: bool | str | None) -> Runner:
        """Wire a run."""
        return Runner(self.bench(jobs), self.git, RunOptions(**options))  # type: ignore[arg-type]

    def run(self, base: str | None = None, *, jobs: int = 1, **options: bool) -> RunReport:
        """Run everything at HEAD."""
        self.dead = False
        return self.runner(jobs=jobs, base=base, **options).run(self.git.resolve("HEAD"))

    def first(self) -> RunReport:
        """Publish everything."""
        report = self.run("empty")
        assert report.exit_code == 0, [str(error) for error in report.errors]
        return report

    def die(self) -> None:
        """Die."""
        self.dead = True
        raise Killed

    def revive(self) -> None:
        """Let later runs live."""
        self.dead = False
        self.told.at_point = lambda _point: None
        self.on_write = lambda _host, _asked: None

    def writes(self) -> list[tuple[str, Asked]]:
        """Give every writing request so far."""
        return [(host, asked) for host, asked in self.log if asked.writes]

    def tags(self, host: str) -> dict[str, dict[str, Digest]]:
        """Give the version tags of a destination by image."""
        prefix = "us/"
        return {
            path.removeprefix(prefix): {tag: d for tag, d in named.items() if not is_reserved_tag(tag)}
            for path, named in self.registries[host].tagged.items()
            if path not in (f"us/{RECORDS_NAME}", "us/layers")
            and any(not is_reserved_tag(tag) for tag in named)
        }

    def all_tags(self) -> dict[str, dict[str, dict[str, Digest]]]:
        """Give the version tags of every destination."""
        return {host: self.tags(host) for host in self.hosts.values()}

    def snapshot(self) -> Snapshot:
        """Read the catalog at HEAD."""
        commit = self.git.resolve("HEAD")
        return load_snapshot(self.git.files(commit.oid), commit.oid)

    def build_id(self, target: TargetId) -> BuildId:
        """Give the identity that a target has at HEAD."""
        return self.snapshot().inputs[target][AMD64].build_id

    def published_builds(self) -> dict[tuple[str, str, str], BuildId]:
        """Give (host, image, tag) → BuildId, as the signed provenance at the destination says."""
        return {
            (host, image, tag): self._stated(Repository(f"{host}/us/{image}"), digest)
            for host, images in self.all_tags().items()
            for image, named in images.items()
            for tag, digest in named.items()
        }

    def _stated(self, repository: Repository, index: Digest) -> BuildId:
        (platform,) = self.registries[repository.host].manifests[repository.path][index].manifests
        raws = self.signer.verified_predicates(
            Reference(repository, digest=platform.digest), EvidenceKind.PROVENANCE
        )
        return read_build_statement(raws[0]).build_id

    def expect_evidence(self, repository: Repository, index: Digest) -> None:
        """Require index and platforms with all kinds of evidence, verified at that place."""
        registry = self.registries[repository.host]
        assert self.kinds(repository, index) == ON_INDEX
        for item in registry.manifests[repository.path][index].manifests:
            assert item.digest in registry.manifests[repository.path]
            assert self.kinds(repository, item.digest) == ON_PLATFORM
        assert registry.tagged[repository.path][index.permanent_tag] == index

    def kinds(self, repository: Repository, digest: Digest) -> set[EvidenceKind]:
        """Give the kinds of evidence that verify at a place."""
        reference = Reference(repository, digest=digest)
        return {EvidenceKind(found.predicate_type) for found in self.signer._valid(reference)}

    def expect_whole(self) -> None:
        """Require of every tag that all evidence is beside the digest that it names."""
        for host, images in self.all_tags().items():
            for image, named in images.items():
                for digest in named.values():
                    self.expect_evidence(Repository(f"{host}/us/{image}"), digest)

    def expect_published(self) -> None:
        """Require the tags of the catalog at HEAD, with its BuildIds, everywhere, and whole."""
        assert self.published_builds() == self.desired_builds()
        self.expect_whole()
        for host in self.hosts.values():
            layers = Repository(f"{host}/us/layers")
            kept = self.registries[host].tagged[layers.path]
            stated = {self._stated(layers, digest) for tag, digest in kept.items() if tag.startswith("d-")}
            assert self.build_id(OS) in stated
        self.expect_chain()

    def desired_builds(self) -> dict[tuple[str, str, str], BuildId]:
        """Give (host, image, tag) → BuildId as the catalog at HEAD wants it."""
        snapshot = self.snapshot()
        return {
            (self.hosts[route.name], target.image, name.partition(":")[2]): snapshot.inputs[target][
                AMD64
            ].build_id
            for name, target in snapshot.owners.items()
            if not snapshot.entries[target].internal
            for route in snapshot.settings.route(target.image)
        }

    def chain(self) -> list[StoredRecord]:
        """Give the records, oldest first."""
        return list(self.runner().chain.walk())[::-1]

    def records(self) -> list[ReleaseRecord]:
        """Give the records, oldest first."""
        return [stored.record for stored in self.chain()]

    def expect_chain(self) -> None:
        """Require a chain without gaps, the same everywhere, each record signed and ended."""
        chain = self.chain()
        assert [stored.record.sequence for stored in chain] == list(range(1, len(chain) + 1))
        path = f"us/{RECORDS_NAME}"
        for host in (STAGING, *self.hosts.values()):
            registry = self.registries[host]
            assert registry.tagged[path]["head"] == chain[-1].digest, host
            for stored in chain:
                assert registry.tagged[path][f"r-{stored.record.sequence}"] == stored.digest
                kinds = self.kinds(Repository(f"{host}/{path}"), stored.digest)
                assert {EvidenceKind.SIGNATURE} <= kinds
            assert self.kinds(Repository(f"{host}/{path}"), chain[-1].digest) == {
                EvidenceKind.SIGNATURE,
                EvidenceKind.OUTCOME,
            }, host


def _ticks() -> Callable[[], float]:
    """Give a clock that runs without waiting: ten seconds a look."""
    numbers = itertools.count(0, 10)
    return lambda: float(next(numbers))


def left(record: ReleaseRecord) -> dict[TargetId, str]:
    """Give the unfinished targets with the step that stopped each."""
    return {item.target: str(item.step) for item in record.unfinished}


def moved(record: ReleaseRecord) -> set[tuple[str, str]]:
    """Give what a record moves, as (registry, image:tag)."""
    return {(move.registry, f"{move.repository.rpartition('/')[2]}:{move.tag}") for move in record.moves}


def references(requests: Collection[tuple[str, Asked]], host: str) -> Iterator[tuple[int, str, str]]:
    """Give the manifests that were written to a host, in order: position, repository, tag or digest."""
    for position, (where, asked) in enumerate(requests):
        if where == host and asked.method in ("put_manifest", "add_referrer"):
            yield position, asked.repository, asked.reference
