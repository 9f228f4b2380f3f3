"""`publisher copy` against real registries: evidence, order, reruns, and what it asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from publisher.catalog.settings import SigningSettings
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.index import assemble_index
from publisher.oci.platform import Platform
from publisher.oci.reference import Reference, Repository
from publisher.ports.progress import Progress
from publisher.registry.client import RegistryClient
from publisher.tools.cosign import CosignSigner, generate_key_pair
from publisher.tools.process import Runner
from tests.contract.tiny_image import one_file_layer, push_image
from tests.integration.small import Ran
from tests.stack import Request, Stack
from tests.stack.state import is_free

NAMES = ("hub", "quay", "modelers")
PASSWORD = "copy"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A signed image of two platforms in staging, and repositories for its copies."""

    stack: Stack
    source: Repository
    root: Digest
    children: tuple[Digest, ...]
    folder: Path = Path()
    path: str = ""

    def target(self, name: str, tag: str = "v1") -> str:
        """Give a target at a registry of the stack."""
        return f"{self.stack.url(name)}/{self.path}:{tag}"

    def copy(
        self, to: list[str], *options: str, also: Mapping[str, str] | None = None, wrapper: str = "publisher"
    ) -> Ran:
        """Run the command line; `to` are targets of the image, `also` further sources by target."""
        table = [*((target, f"{self.source}@{self.root}") for target in to), *(also or {}).items()]
        entries = [{"source": source, "to": [target]} for target, source in table]
        path = self.folder / "copies.json"
        path.write_text(json.dumps(entries))
        argv = [sys.executable, "-m", *wrapper.split(), "copy", "--list", str(path), *options]
        done = subprocess.run(
            argv, check=False, capture_output=True, text=True, cwd=self.folder, env=environment(self.folder)
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def client(self, name: str) -> RegistryClient:
        """Ask a registry of the stack."""
        return RegistryClient(self.stack.url(name))

    def tag(self, name: str, tag: str = "v1") -> Digest | None:
        """Give what a tag names at a registry."""
        found = self.client(name).head_manifest(self.path, tag)
        return found.digest if found else None

    def referrers(self, name: str, digest: Digest) -> set[Digest]:
        """Give the referrers that a registry lists."""
        path = self.source.path if name == "staging" else self.path
        return {one.digest for one in self.client(name).referrers(path, digest)}

    def expect_whole(self, name: str) -> None:
        """Let a registry hold and list everything that staging does, with all blobs readable."""
        client = self.client(name)
        for digest in (self.root, *self.children):
            assert client.get_manifest(self.path, digest).digest == digest
            listed = self.referrers("staging", digest)
            assert self.referrers(name, digest) == listed
            assert listed
            for one in listed:
                for blob in client.get_manifest(self.path, one).blobs:
                    with client.open_blob(self.path, blob) as chunks:
                        assert sum(map(len, chunks)) == blob.size

    def requests(self, name: str) -> list[Request]:
        """Give what a registry was asked about this shelf's repository."""
        path = self.source.path if name == "staging" else self.path
        return [one for one in self.stack.requests(name) if f"/{path}/" in one.path]


def environment(folder: Path) -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    return {**os.environ, "DOCKER_CONFIG": str(folder), "PYTHONPATH": root}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    generate_key_pair(Runner(Progress(), os.environ), folder, PASSWORD)
    return folder


@pytest.fixture(scope="module")
def signed(stack: Stack, keys: Path) -> Shelf:
    source = Repository(f"{stack.url('staging')}/copy-{uuid.uuid4().hex[:8]}/image")
    signer = CosignSigner(SigningSettings(), keys, PASSWORD, Runner(Progress(), os.environ))
    client = RegistryClient(source.host)
    described, children = [], []
    for platform in ("amd64", "arm64"):
        pushed = push_image(source, one_file_layer(f"{source} {platform}"), architecture=platform)
        manifest = client.get_manifest(source.path, str(pushed.digest))
        signer.sign(pushed)
        children.append(manifest.digest)
        described.append(
            Descriptor(manifest.media_type, manifest.digest, manifest.size, Platform(f"linux/{platform}"))
        )
    index = assemble_index(described, oci=True)
    client.put_manifest(source.path, "v1", index)
    signer.sign(Reference(source, digest=index.digest))
    return Shelf(stack, source, index.digest, tuple(children))


@pytest.fixture
def shelf(signed: Shelf, tmp_path: Path) -> Shelf:
    return replace(signed, folder=tmp_path, path=f"copied-{uuid.uuid4().hex[:8]}/image")


def test_a_copy_is_whole_everywhere_and_doing_it_again_asks_for_the_tags_only(
    shelf: Shelf, keys: Path
) -> None:
    targets = [shelf.target(name) for name in NAMES]
    ran = shelf.copy(targets, "--key", str(keys / "cosign.pub"), "--format", "json")
    assert ran.code == 0, ran.text
    report = json.loads(ran.out)
    assert report["complete"] is True
    assert [one["moved"] for one in report["registries"]] == [1, 1, 1]
    for name in NAMES:
        assert shelf.tag(name) == shelf.root
        shelf.expect_whole(name)
    before = {name: len(shelf.requests(name)) for name in (*NAMES, "staging")}
    again = shelf.copy(targets)
    assert again.code == 0, again.text
    assert "nothing to do" in again.out
    asked = {name: shelf.requests(name)[count:] for name, count in before.items()}
    assert [[one.method for one in asked[name]] for name in NAMES] == [["HEAD"]] * 3
    assert asked["staging"] == []


def test_a_dry_run_tells_the_cost_and_writes_nothing(shelf: Shelf) -> None:
    ran = shelf.copy([shelf.target("hub"), shelf.target("quay")], "--dry-run", "--format", "json")
    assert ran.code == 0, ran.text
    costs = {one["registry"]: one for one in json.loads(ran.out)["registries"]}
    assert {one.method for name in ("hub", "quay") for one in shelf.requests(name)} <= {"GET", "HEAD"}
    looked = {name: len(shelf.requests(name)) for name in ("hub", "quay")}
    assert shelf.copy([shelf.target("hub"), shelf.target("quay")]).code == 0
    for name, count in looked.items():
        assert len(shelf.requests(name)) - count <= costs[shelf.stack.url(name)]["requests"]


def test_an_image_that_the_key_did_not_sign_is_not_copied(
    shelf: Shelf, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    generate_key_pair(Runner(Progress(), os.environ), other, PASSWORD)
    ran = shelf.copy([shelf.target("hub")], "--verify", "key", "--key", str(other / "cosign.pub"))
    assert ran.code == 6
    assert shelf.root in ran.err
    assert shelf.tag("hub") is None


def test_a_dead_registry_moves_no_tag_and_the_rerun_needs_little(shelf: Shelf) -> None:
    port = next(port for port in range(19000, 20000) if is_free(port))
    dead = f"127.0.0.1:{port}/{shelf.path}:v1"
    ran = shelf.copy([shelf.target("hub"), dead])
    assert ran.code == 7
    assert str(port) in ran.err
    assert shelf.tag("hub") is None
    shelf.expect_whole("hub")
    again = shelf.copy([shelf.target("hub")], "--format", "json")
    assert again.code == 0, again.text
    assert json.loads(again.out)["registries"][0]["blobs_sent"] == 0
    assert shelf.tag("hub") == shelf.root


@pytest.mark.parametrize("point", ["publish:manifest@5", "copy:contents", "publish:tag@1"])
def test_killed_and_run_again_it_converges(shelf: Shelf, point: str) -> None:
    targets = [shelf.target("hub"), shelf.target("modelers"), shelf.target("modelers", "stable")]
    killed = shelf.copy(targets, wrapper=f"tests.integration.kill_at {point}")
    assert killed.code == -9, killed.text
    for name in ("hub", "modelers"):
        assert shelf.tag(name) in {None, shelf.root}
        if point.startswith("publish:manifest"):
            assert shelf.tag(name) is None
    assert shelf.copy(targets).code == 0
    assert shelf.tag("modelers", "stable") == shelf.root
    for name in ("hub", "modelers"):
        assert shelf.tag(name) == shelf.root
        shelf.expect_whole(name)


def test_recheck_restores_a_lost_list_of_referrers(shelf: Shelf) -> None:
    assert shelf.copy([shelf.target("modelers")]).code == 0
    client = shelf.client("modelers")
    empty = assemble_index(
        [Descriptor(one.media_type, one.digest, one.size, one.platform)
         for one in client.get_manifest(shelf.path, "v1").manifests], oci=True,
    )  # fmt: skip
    client.put_manifest(shelf.path, shelf.root.fallback_tag, empty)
    assert shelf.referrers("staging", shelf.root) - shelf.referrers("modelers", shelf.root)
    assert "nothing to do" in shelf.copy([shelf.target("modelers")]).out
    assert shelf.copy([shelf.target("modelers")], "--recheck").code == 0
    assert shelf.referrers("staging", shelf.root) <= shelf.referrers("modelers", shelf.root)


def test_a_faulty_list_is_told_before_anything_is_asked(shelf: Shelf) -> None:
    other = {shelf.target("hub"): f"{shelf.source}@{shelf.children[0]}"}
    done = shelf.copy([shelf.target("hub")], also=other)
    assert done.code == 2
    assert "entries 1 and 2" in done.err
    assert shelf.requests("hub") == []
