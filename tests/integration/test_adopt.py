"""`publisher adopt` on real registries: tags of somebody else's images, and what is then built on them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from publisher.catalog.lock import Lock
from publisher.catalog.lock_file import read_lock
from publisher.catalog.target import TargetId
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.index import assemble_index
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.registry.client import RegistryClient
from tests.contract.tiny_image import files_layer, push_image
from tests.integration.small import LAYERS, REGISTRIES, SmallCatalog, small_catalog
from tests.stack import Stack

pytestmark = pytest.mark.timeout(600)
AMD64 = Platform("linux/amd64")


@pytest.fixture(scope="module")
def world(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> SmallCatalog:
    """A catalog whose tags somebody else published; the tests go on from one another."""
    catalog = small_catalog(stack, tmp_path_factory.mktemp("adopt"))
    for image in LAYERS:
        for registry in REGISTRIES:
            for tag in ("v1", "latest"):
                publish(catalog, registry, image, tag)
    return catalog


def publish(
    catalog: SmallCatalog, registry: str, image: str, tag: str, text: str = "their edition"
) -> Digest:
    """Push an index of one platform, as another pipeline would."""
    place = Repository(f"{catalog.prefix(registry)}/{image}")
    pushed = push_image(place, files_layer({f"{name}.txt": text.encode() for name in LAYERS}))
    client = RegistryClient(place.host)
    manifest = client.get_manifest(place.path, str(pushed.digest))
    index = assemble_index([Descriptor(manifest.media_type, manifest.digest, manifest.size, AMD64)], oci=True)
    client.put_manifest(place.path, tag, index)
    return index.digest


def lock_of(world: SmallCatalog) -> Lock:
    return read_lock("publisher.lock", (world.repository / "publisher.lock").read_bytes())


def count(world: SmallCatalog) -> dict[str, int]:
    return {name: len(found) for name, found in world.writes().items()}


def test_a_dry_run_says_what_is_in_doubt_and_writes_nothing(world: SmallCatalog) -> None:
    theirs = world.tags("quay", "leaf")["latest"]
    publish(world, "quay", "leaf", "latest", "another edition")
    before = count(world)
    ran = world.run("adopt", "--at", "HEAD", "--dry-run", "--format", "json")
    assert ran.code == 0, ran.text
    found = json.loads(ran.out)
    assert found["locked"] == [f"{image}:v1" for image in sorted(LAYERS)]
    assert [(one["doubt"], one["target"], one["registry"]) for one in found["findings"]] == [
        ("differs", "leaf:v1", "quay")
    ]
    assert len(found["adopted"]) == len(LAYERS) * len(REGISTRIES) * 2
    assert count(world) == before
    assert not (world.repository / "publisher.lock").exists()
    assert publish(world, "quay", "leaf", "latest") == theirs


def test_tags_are_taken_over_and_the_chain_begins(world: SmallCatalog) -> None:
    before = world.all_tags()
    ran = world.run("adopt", "--at", "HEAD")
    assert ran.code == 0, ran.text
    assert "publisher.lock is written" in ran.out
    assert world.all_tags() == before
    assert set(lock_of(world).adopted) == {TargetId.of(image, "v1") for image in LAYERS}
    world.commit("Adopt what is published")
    status = json.loads(world.run("status", "--format", "json").out)
    assert {tag["standing"] for tag in status["tags"]} == {"adopted"}
    ran = world.run("run")
    assert ran.code == 0, ran.text
    assert "nothing to build" in ran.out
    assert world.all_tags() == before


def test_a_child_is_built_on_the_adopted_digest_and_nothing_else_moves(world: SmallCatalog) -> None:
    before = world.all_tags()
    world.write("meta/extra/meta.yml", "v1:\n  path: Dockerfile\n  base: base:v1\n  smoke: smoke.yml\n")
    world.write("meta/extra/Dockerfile", "ARG BASE\nFROM ${BASE}\nCOPY extra.txt /extra.txt\n")
    world.write("meta/extra/extra.txt", f"extra, first edition, {world.name}\n")
    world.write(
        "meta/extra/smoke.yml", "version: 1\nfiles:\n  - {path: /base.txt, contains: their edition}\n"
    )
    world.commit("Add an image on an adopted one")
    ran = world.run("run")
    assert ran.code == 0, ran.text
    assert world.all_tags() == before
    assert all(set(world.tags(name, "extra")) == {"v1"} for name in REGISTRIES)


def test_a_rebuild_moves_the_tags_from_the_adopted_digest(world: SmallCatalog) -> None:
    theirs = world.tags("hub", "leaf")["v1"]
    assert world.run("republish", "leaf", "--rebuild", "ours from now on").code == 0
    assert TargetId("leaf:v1") not in lock_of(world).adopted
    world.commit("Build leaf here")
    plan = json.loads(world.run("plan", "--format", "json").out)
    assert {(move["image"], move["expected"]) for move in plan["moves"]} == {("leaf", theirs)}


def test_a_commit_without_settings_is_no_catalog_to_adopt(stack: Stack, tmp_path: Path) -> None:
    catalog = small_catalog(stack, tmp_path)
    settings = catalog.repository / "publisher.yml"
    text = settings.read_text(encoding="utf-8")
    settings.unlink()
    bare = catalog.commit("Without settings")
    catalog.write("publisher.yml", text)
    catalog.commit("With settings")
    ran = catalog.run("adopt", "--at", bare)
    assert ran.code == 2
    assert "publisher.yml" in ran.err
