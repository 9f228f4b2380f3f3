"""`publisher refresh` with a real registry as the upstream of a base."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from publisher import codec
from publisher.catalog.lock import Lock
from publisher.catalog.lock_file import read_lock
from publisher.catalog.target import TargetId
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.index import assemble_index
from publisher.oci.manifest import Manifest
from publisher.oci.platform import Platform
from publisher.oci.reference import Reference
from publisher.registry.client import RegistryClient
from tests.contract.tiny_image import one_file_layer, push_image
from tests.integration.small import WRITES, SmallCatalog, small_catalog
from tests.stack import Stack

AMD64 = Platform("linux/amd64")
BASE = "docker.io/library/tiny:1"


class Upstream:
    """A base image of one file, in editions."""

    def __init__(self, catalog: SmallCatalog) -> None:
        self.repository = f"{catalog.stack.url('upstream')}/{catalog.name}/tiny"
        self._client = RegistryClient(catalog.stack.url("upstream"))
        self._path = f"{catalog.name}/tiny"

    def push(self, text: str, *platforms: str) -> tuple[Digest, dict[Platform, Digest]]:
        """Tag an index over these platforms as `1`."""
        listed = [self._image(text, Platform(name)) for name in platforms or (AMD64,)]
        index = assemble_index(listed, oci=True)
        self._tag(index)
        return index.digest, {item.platform: item.digest for item in listed if item.platform}

    def push_single(self, text: str) -> Digest:
        """Tag an image without an index as `1`."""
        image = self._image(text, AMD64)
        self._tag(self._client.get_manifest(self._path, image.digest))
        return image.digest

    def _image(self, text: str, platform: Platform) -> Descriptor:
        reference: Reference = push_image(
            self.repository, one_file_layer(text), architecture=platform.architecture
        )
        manifest = self._client.get_manifest(self._path, str(reference.digest))
        return Descriptor(manifest.media_type, manifest.digest, manifest.size, platform)

    def _tag(self, manifest: Manifest) -> None:
        self._client.put_manifest(self._path, "1", manifest)


@pytest.fixture
def catalog(stack: Stack, tmp_path: Path) -> SmallCatalog:
    made = small_catalog(stack, tmp_path)
    made.write("meta/base/Dockerfile", "FROM tiny:1\nCOPY base.txt /base.txt\n")
    made.commit("Build on a base from outside")
    return made


@pytest.fixture
def upstream(catalog: SmallCatalog) -> Upstream:
    return Upstream(catalog)


def lock_of(catalog: SmallCatalog) -> Lock:
    return read_lock("publisher.lock", (catalog.repository / "publisher.lock").read_bytes())


def mirror(upstream: Upstream) -> tuple[str, str]:
    return "--source", f"tiny:1={upstream.repository}"


def test_a_base_is_locked_kept_and_raised(catalog: SmallCatalog, upstream: Upstream) -> None:
    index, digests = upstream.push("first edition", "linux/amd64", "linux/arm64")
    asked = len(catalog.stack.requests("upstream"))

    first = catalog.run("refresh", "bases", *mirror(upstream))
    assert first.code == 0, first.text
    entry = lock_of(catalog).bases[BASE]
    assert (entry.source, entry.index, entry.digests) == (upstream.repository, index, {AMD64: digests[AMD64]})
    assert re.search(rf"{BASE} +linux/amd64 +– +{digests[AMD64].short}", first.out), first.out
    assert re.search(r"base:v1 .*base-refreshed", first.out), first.out
    assert re.search(r"leaf:v1 .*parent-rebuilt", first.out), first.out
    answered = catalog.stack.requests("upstream")[asked:]
    assert answered
    assert not [item for item in answered if item.method in WRITES]

    written = (catalog.repository / "publisher.lock").stat()
    again = catalog.run("refresh", "bases")
    assert (again.code, again.out) == (0, "publisher.lock is up to date\n")
    assert (catalog.repository / "publisher.lock").stat() == written

    tried = catalog.run("try", "leaf:v1")
    assert tried.code == 0, tried.text

    _, newer = upstream.push("second edition", "linux/amd64")
    before = (catalog.repository / "publisher.lock").read_bytes()
    dry = catalog.run("refresh", "bases", "--dry-run")
    assert dry.code == 0
    assert (catalog.repository / "publisher.lock").read_bytes() == before
    assert catalog.run("refresh", "bases").code == 0
    raised = lock_of(catalog).bases[BASE]
    assert raised.digests == newer
    assert raised.date > entry.date
    assert raised.source == upstream.repository


def test_the_plan_that_is_shown_is_the_plan_of_the_commit(catalog: SmallCatalog, upstream: Upstream) -> None:
    upstream.push_single("an image without an index")
    shown = catalog.run("refresh", "bases", *mirror(upstream))
    assert shown.code == 0, shown.text
    assert lock_of(catalog).bases[BASE].index is None
    catalog.commit("Lock the base")
    ran = catalog.run("plan", "--offline", "--base", "HEAD~1", "--format", "json")
    plan = json.loads(ran.out)
    assert f"{len(plan['builds'])} builds" in shown.out
    assert [build["image"] for build in plan["builds"]] == ["base", "middle", "leaf"]
    assert codec.parse(ran.out)["problems"] == []


def test_a_missing_platform_is_exit_2_and_nothing_is_written(
    catalog: SmallCatalog, upstream: Upstream
) -> None:
    upstream.push("only arm64", "linux/arm64")
    ran = catalog.run("refresh", "bases", *mirror(upstream))
    assert ran.code == 2, ran.text
    assert f"the base {BASE} is not there for linux/amd64" in ran.err
    assert "needed on linux/amd64 by base:v1 (meta/base/Dockerfile)" in ran.err
    assert "it is there for linux/arm64" in ran.err
    assert not (catalog.repository / "publisher.lock").exists()


@pytest.mark.parametrize(
    ("place", "why"), [("127.0.0.1:9/tiny", "does not answer"), ("{upstream}/nowhere", "no such manifest")]
)
def test_a_registry_without_the_base_is_exit_7(
    catalog: SmallCatalog, upstream: Upstream, place: str, why: str
) -> None:
    source = place.format(upstream=upstream.repository)
    ran = catalog.run("refresh", "bases", "--source", f"{BASE}={source}")
    assert ran.code == 7, ran.text
    assert f"the base {BASE} cannot be looked up" in ran.err
    assert why in ran.err
    assert f"{source}:1" in ran.err
    assert "Traceback" not in ran.text
    assert not (catalog.repository / "publisher.lock").exists()


def test_what_is_found_is_locked_although_another_base_is_not(
    catalog: SmallCatalog, upstream: Upstream
) -> None:
    catalog.write("meta/other/meta.yml", "v1: Dockerfile\n")
    catalog.write("meta/other/Dockerfile", "FROM gone:1\n")
    catalog.commit("Build on a base that is gone")
    upstream.push("first edition")
    words = ("refresh", "bases", *mirror(upstream), "--source", f"gone:1={upstream.repository}/nowhere")
    refused = catalog.run(*words)
    assert refused.code == 7, refused.text
    assert not (catalog.repository / "publisher.lock").exists()
    ran = catalog.run(*words, "--keep-going")
    assert ran.code == 7, ran.text
    assert "the base docker.io/library/gone:1 cannot be looked up" in ran.err
    assert set(lock_of(catalog).bases) == {BASE}
    chosen = catalog.run("refresh", "bases", "tiny*")
    assert (chosen.code, chosen.out) == (0, "publisher.lock is up to date\n"), chosen.text


def test_generations_are_raised_with_a_reason(catalog: SmallCatalog) -> None:
    catalog.write("meta/base/Dockerfile", "FROM scratch\nCOPY base.txt /base.txt\n")
    catalog.commit("Build on nothing")
    first = catalog.run("refresh", "middle:latest", "--reason", "security update")
    assert first.code == 0, first.text
    ran = catalog.run("refresh", "middle", "--reason", "another one")
    assert ran.code == 0, ran.text
    generation = lock_of(catalog).generations[TargetId("middle:v1")]
    assert (generation.number, generation.reason) == (2, "another one")
    assert re.search(r"middle:v1 .*generation", ran.out), ran.out
    assert re.search(r"leaf:v1 .*parent-rebuilt", ran.out), ran.out
    assert not re.search(r"^\W*base:v1", ran.out, re.MULTILINE), ran.out


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("bases", "leaf"), "is no external base of the catalog"),
        (("leaf", "bases"), "comes first"),
        (("leaf", "--reason", "x", "--keep-going"), "`--keep-going` is for"),
        (("leaf",), "why is it to be built again?"),
        (("leaf", "--reason", "x", "--source", "a:1=b.example/c"), "`--source` is for"),
        (("bases", "--reason", "x"), "`--reason` is for images"),
        (("bases", "--source", "tiny"), "is not REFERENCE=REPOSITORY"),
        (("bases", "--source", "tiny:2=a.example/b"), "is no external base of the catalog"),
        (("laef", "--reason", "x"), "the catalog declares no 'laef'"),
    ],
)
def test_a_wrong_command_line_is_exit_2(catalog: SmallCatalog, words: tuple[str, ...], what: str) -> None:
    ran = catalog.run("refresh", *words)
    assert ran.code == 2, ran.text
    assert what in ran.err


def test_a_lock_that_git_ignores_is_not_written_over(catalog: SmallCatalog, upstream: Upstream) -> None:
    upstream.push("first edition")
    catalog.write(".gitignore", "publisher.lock\n")
    catalog.write("publisher.lock", "precious\n")
    ran = catalog.run("refresh", "bases", *mirror(upstream))
    assert ran.code == 2, ran.text
    assert "git ignores publisher.lock" in ran.err
    assert (catalog.repository / "publisher.lock").read_text() == "precious\n"
