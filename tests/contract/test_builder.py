"""Building one platform: the fake, and BuildKit through buildx."""

from __future__ import annotations

import http.client
import json
import os
import tarfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import pytest

from publisher.catalog.lock import LockedBase
from publisher.catalog.settings import BuilderSettings, Driver
from publisher.catalog.target import TargetId
from publisher.errors import BuildError, BuilderUnavailable, MaterialsDiffer
from publisher.oci.build_id import BuildId
from publisher.oci.descriptor import DOCKER_MANIFEST, OCI_MANIFEST, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.plan.inputs import Base, BuildInputs, ContextFile, Parent
from publisher.plan.materials import check_materials, expected_materials
from publisher.ports.builder import Builder, BuildRequest, LocalFiles, PushTo
from publisher.ports.progress import Progress
from publisher.records.build import Material
from publisher.tools.buildx import BuildxBuilder
from publisher.tools.materialise import materialise
from publisher.tools.process import Runner
from tests.fakes.builder import FakeBuilder
from tests.fakes.files import MemoryFiles, git_oid
from tests.fakes.registry import FakeRegistry

AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")
EPOCH = 315532800
PARENT = "docker.io/ascendai/os:1"


class Bench(Protocol):
    """A builder and the registry that it pushes to."""

    @property
    def builder(self) -> Builder:
        """Give the builder."""

    @property
    def repository(self) -> Repository:
        """Give the repository to push to."""

    def manifest(self, digest: Digest) -> Manifest:
        """Read what was pushed."""

    def blob(self, blob: Descriptor) -> bytes:
        """Read what was pushed."""


@dataclass
class FakeBench:
    """Everything in memory."""

    registry: FakeRegistry = field(default_factory=FakeRegistry)
    repository: Repository = field(default_factory=lambda: Repository("registry.test/staging/builds"))

    @property
    def builder(self) -> FakeBuilder:
        return FakeBuilder(self.registry)

    def manifest(self, digest: Digest) -> Manifest:
        return self.registry.get_manifest(self.repository.path, digest)

    def blob(self, blob: Descriptor) -> bytes:
        with self.registry.open_blob(self.repository.path, blob) as chunks:
            return b"".join(chunks)


@dataclass
class RealBench:
    """BuildKit and the staging registry of the stack."""

    builder: Builder
    repository: Repository

    def manifest(self, digest: Digest) -> Manifest:
        manifest = parse_manifest(self._get(f"manifests/{digest}"))
        assert manifest.digest == digest
        return manifest

    def blob(self, blob: Descriptor) -> bytes:
        return self._get(f"blobs/{blob.digest}")

    def _get(self, path: str) -> bytes:
        accept = {"Accept": f"{OCI_MANIFEST}, {DOCKER_MANIFEST}"}
        with closing(http.client.HTTPConnection(self.repository.host)) as connection:
            connection.request("GET", f"/v2/{self.repository.path}/{path}", headers=accept)
            answer = connection.getresponse()
            assert answer.status == http.client.OK
            return answer.read()


def buildx(endpoint: str, state: Path) -> BuildxBuilder:
    settings = BuilderSettings(Driver.REMOTE, endpoint)
    return BuildxBuilder(settings, AMD64, Runner(Progress(), os.environ), state)


@pytest.fixture(params=["fake", "buildx"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    if request.param == "fake":
        return FakeBench()
    stack = request.getfixturevalue("stack")
    repository = Repository(f"{stack.url('staging')}/contract-builder/builds")
    return RealBench(buildx(stack.endpoint("buildkit"), tmp_path / "state"), repository)


class Maker:
    """Makes requests out of texts, each in a directory of its own."""

    def __init__(self, bench: Bench, directory: Path) -> None:
        self._bench = bench
        self._directory = directory
        self._count = 0

    def request(self, dockerfile: str, files: Mapping[str, str] | None = None, **parts: Any) -> BuildRequest:
        inputs = self.inputs(dockerfile, files or {})
        contents = {"Dockerfile": dockerfile, **(files or {})}
        self._count += 1
        paths = materialise(MemoryFiles(contents), inputs, self._directory / str(self._count))
        request = BuildRequest(
            AMD64,
            *paths,
            images={},
            args={},
            stage=None,
            epoch=EPOCH,
            output=PushTo(self._bench.repository),
            where="cann:1 linux/amd64",
        )
        return replace(request, **parts)

    @staticmethod
    def inputs(dockerfile: str, files: Mapping[str, str], **parts: Any) -> BuildInputs:
        listed = tuple(ContextFile(path, "100644", git_oid(text.encode())) for path, text in files.items())
        inputs = BuildInputs(
            target=TargetId("cann:1"),
            platform=AMD64,
            build_platform=AMD64,
            dockerfile="Dockerfile",
            dockerfile_oid=git_oid(dockerfile.encode()),
            context=".",
            files=listed,
            args={},
            stage=None,
            parents=(),
            bases=(),
            frontend=None,
            format="oci",
            epoch=EPOCH,
            generation=0,
            build_id=BuildId.of(b"x"),
        )
        return replace(inputs, **parts)

    def build(
        self, dockerfile: str, files: Mapping[str, str] | None = None, **parts: Any
    ) -> tuple[Digest, tuple[Material, ...]]:
        result = self._bench.builder.build(self.request(dockerfile, files, **parts), lambda _: None)
        return result.digest, result.materials

    def pinned(self, digest: Digest) -> str:
        return f"{self._bench.repository}@{digest}"


@pytest.fixture
def make(bench: Bench, tmp_path: Path) -> Maker:
    return Maker(bench, tmp_path / "builds")


SCRATCH = "FROM scratch\nCOPY a /a\n"
CHILD = "ARG BASE=docker.io/library/debian:12\nFROM ${BASE}\nCOPY b /b\n"


def test_an_image_is_pushed_by_digest(bench: Bench, make: Maker) -> None:
    heard: list[str] = []
    result = bench.builder.build(make.request(SCRATCH, {"a": "1"}), heard.append)
    manifest = bench.manifest(result.digest)
    assert manifest.media_type == OCI_MANIFEST
    assert manifest.config
    config = json.loads(bench.blob(manifest.config))
    assert (config["os"], config["architecture"]) == ("linux", "amd64")
    assert [layer for layer in manifest.layers if Digest.of(bench.blob(layer)) == layer.digest]
    assert result.materials == ()
    assert heard
    assert not any(line.startswith("#") for line in heard)


def test_equal_requests_give_equal_bytes(make: Maker) -> None:
    assert make.build(SCRATCH, {"a": "1"}) == make.build(SCRATCH, {"a": "1"})


def test_equal_sizes_and_times_do_not_hide_a_change(make: Maker) -> None:
    assert make.build(SCRATCH, {"a": "1111"}) != make.build(SCRATCH, {"a": "2222"})


def test_the_epoch_decides_the_times(make: Maker, bench: Bench) -> None:
    early, _ = make.build(SCRATCH, {"a": "1"})
    late, _ = make.build(SCRATCH, {"a": "1"}, epoch=EPOCH + 86400)
    assert early != late


def test_docker_media_types_are_for_the_asking(make: Maker, bench: Bench) -> None:
    digest, _ = make.build(SCRATCH, {"a": "1"}, oci=False)
    assert bench.manifest(digest).media_type == DOCKER_MANIFEST


def test_another_platform_needs_no_emulation_for_copying(make: Maker, bench: Bench) -> None:
    digest, _ = make.build(SCRATCH, {"a": "1"}, platform=ARM64)
    config = bench.manifest(digest).config
    assert config
    assert json.loads(bench.blob(config))["architecture"] == "arm64"


def test_a_parent_is_used_by_its_digest(make: Maker) -> None:
    parent, _ = make.build(SCRATCH, {"a": "1"})
    images = {PARENT: make.pinned(parent)}
    _, materials = make.build(CHILD, {"b": "1"}, args={"BASE": PARENT}, images=images)
    assert [(item.digest, item.platform) for item in materials] == [(parent, AMD64)]
    inputs = make.inputs(CHILD, {}, parents=(Parent(PARENT, TargetId("os:1"), AMD64),))
    check_materials(expected_materials(inputs, images), materials)


def test_every_kind_of_use_is_observed(make: Maker) -> None:
    images, digests = {}, []
    for name in ("os", "tool", "data"):
        digest, _ = make.build(SCRATCH, {"a": name})
        images[f"docker.io/x/{name}:1"] = make.pinned(digest)
        digests.append((digest, ARM64 if name != "tool" else AMD64))
    text = (
        "FROM --platform=$BUILDPLATFORM docker.io/x/tool:1 AS tool\nFROM docker.io/x/os:1\n"
        "COPY --from=tool /a /t\nCOPY --from=docker.io/x/data:1 /a /d\n"
    )
    _, materials = make.build(text, platform=ARM64, images=images)
    assert sorted((item.digest, item.platform) for item in materials) == sorted(digests)


def test_a_name_that_does_not_match_is_found_by_its_material(make: Maker, bench: Bench) -> None:
    """The Dockerfile asks for another image, which is really there: BuildKit pulls it without a word."""
    planned, _ = make.build(SCRATCH, {"a": "planned"})
    other, _ = make.build(SCRATCH, {"a": "other"})
    images = {PARENT: make.pinned(planned)}
    text = f"FROM {make.pinned(other)}\nCOPY b /b\n"
    _, materials = make.build(text, {"b": "1"}, images=images)
    inputs = make.inputs(text, {}, parents=(Parent(PARENT, TargetId("os:1"), AMD64),))
    with pytest.raises(MaterialsDiffer) as caught:
        check_materials(expected_materials(inputs, images), materials)
    assert "used, not planned" in caught.value.detail
    assert f"planned, not used: {PARENT}" in caught.value.detail


def test_a_layout_on_the_disk_has_the_same_digest_and_can_be_a_parent(make: Maker, tmp_path: Path) -> None:
    pushed, _ = make.build(SCRATCH, {"a": "1"})
    layout = tmp_path / "layout"
    output = LocalFiles(layout)
    written, _ = make.build(SCRATCH, {"a": "1"}, output=output)
    index = json.loads((layout / "index.json").read_text())
    assert written == pushed == index["manifests"][0]["digest"]
    _, materials = make.build(
        CHILD,
        {"b": "1"},
        args={"BASE": PARENT},
        images={PARENT: output.image(written)},
        output=LocalFiles(tmp_path / "child"),
    )
    assert [(item.digest, item.platform) for item in materials] == [(pushed, AMD64)]


def test_an_archive_for_an_engine_holds_the_image_of_the_layout(make: Maker, tmp_path: Path) -> None:
    output = LocalFiles(tmp_path / "layout", tmp_path / "image.tar")
    written, _ = make.build(SCRATCH, {"a": "1"}, output=output)
    manifest = json.loads((output.layout / "blobs" / "sha256" / written.hex).read_bytes())
    with tarfile.open(output.archive) as archive:
        member = archive.extractfile("manifest.json")
        assert member
        (image,) = json.load(member)
        assert image["RepoTags"] is None
        assert image["Config"].endswith(manifest["config"]["digest"].removeprefix("sha256:"))
        assert {image["Config"], *image["Layers"]} <= set(archive.getnames())


@pytest.mark.parametrize("name", ["a,b", "a:b", "a@b", 'a"b'])
def test_a_directory_that_buildx_would_misread_is_refused(tmp_path: Path, name: str) -> None:
    request = Maker(FakeBench(), tmp_path / "builds").request(SCRATCH, {"a": "1"})
    with pytest.raises(BuildError, match="the directory for the image") as caught:
        buildx("unix:///nowhere", tmp_path).build(
            replace(request, output=LocalFiles(tmp_path / name)), lambda _: None
        )
    assert caught.value.hint


def test_a_failing_build_says_where_and_why(make: Maker) -> None:
    with pytest.raises(BuildError) as caught:
        make.build("FROM scratch\nCOPY not-there /a\n", {"a": "1"})
    assert not isinstance(caught.value, BuilderUnavailable)
    assert caught.value.where == "cann:1 linux/amd64"
    assert '"/not-there": not found' in caught.value.detail
    assert caught.value.hint


def test_ignored_files_were_left_out_by_the_plan_not_by_buildkit(make: Maker) -> None:
    make.build("FROM scratch\nCOPY .dockerignore a /\n", {".dockerignore": "a\n", "a": "1"})


@pytest.mark.parametrize("name", ["SOURCE_DATE_EPOCH", "BUILDKIT_SYNTAX", "A=B", ""])
def test_an_argument_cannot_steer_buildkit(tmp_path: Path, name: str) -> None:
    maker = Maker(FakeBench(), tmp_path / "builds")
    builder = buildx("unix:///nowhere", tmp_path)
    with pytest.raises(BuildError, match="cannot be a build argument"):
        builder.build(maker.request(SCRATCH, {"a": "1"}, args={name: "x"}), lambda _: None)


@pytest.mark.parametrize("endpoint", ["unix:///run/no-buildkit-here.sock", "tcp://127.0.0.1:9"])
def test_a_dead_buildkit_is_found_at_once(tmp_path: Path, endpoint: str) -> None:
    maker = Maker(FakeBench(), tmp_path / "builds")
    with pytest.raises(BuilderUnavailable, match="no BuildKit answers at"):
        buildx(endpoint, tmp_path).build(maker.request(SCRATCH, {"a": "1"}), lambda _: None)


def test_an_existing_builder_is_one_of_the_users_own(stack: Any, tmp_path: Path) -> None:
    """Also when BuildKit gets other credentials than the user's."""
    repository = Repository(f"{stack.url('staging')}/contract-builder/builds")
    user = Runner(Progress(), {"PATH": os.environ["PATH"], "DOCKER_CONFIG": str(tmp_path / "users")})
    mine = BuilderSettings(Driver.EXISTING, name="mine")
    builder = BuildxBuilder(mine, AMD64, user, tmp_path, docker_config=tmp_path / "credentials")
    bench = RealBench(builder, repository)
    request = Maker(bench, tmp_path / "builds").request(SCRATCH, {"a": "1"})
    with pytest.raises(BuilderUnavailable):
        builder.build(request, lambda _: None)
    user.run(
        ["buildx", "create", "--name", "mine", "--driver", "remote", stack.endpoint("buildkit")],
        env=user.picked("DOCKER_CONFIG"),
        error=BuildError,
        what="x",
        where="",
        hint="",
        timeout=60,
    )
    assert bench.manifest(builder.build(request, lambda _: None).digest).layers


def test_the_log_is_kept(stack: Any, tmp_path: Path) -> None:
    bench = RealBench(
        buildx(stack.endpoint("buildkit"), tmp_path), Repository(f"{stack.url('staging')}/x/builds")
    )
    log = tmp_path / "build.log"
    bench.builder.build(
        Maker(bench, tmp_path / "builds").request(SCRATCH, {"a": "1"}, log=log), lambda _: None
    )
    assert "COPY a /a" in log.read_text()


def test_a_base_is_the_locked_one_however_it_is_spelled(make: Maker) -> None:
    base, _ = make.build(SCRATCH, {"a": "1"})
    locked = LockedBase(str(Repository("registry.test/debian")), {AMD64: base}, datetime.now(UTC))
    name = "docker.io/library/debian:12"
    images = {name: make.pinned(base)}
    _, materials = make.build("FROM debian:12\nCOPY b /b\n", {"b": "1"}, images=images)
    inputs = make.inputs("", {}, bases=(Base(name, AMD64, locked),))
    check_materials(expected_materials(inputs, images), materials)
