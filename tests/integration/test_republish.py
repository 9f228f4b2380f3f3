"""`publisher status` and `publisher republish` on real registries: one that is new, one that lost things."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.registry.client import RegistryClient
from tests.integration.small import LAYERS, REGISTRIES, SmallCatalog, small_catalog
from tests.stack import Stack

pytestmark = pytest.mark.timeout(600)
ROUTE = "to: [hub, quay, modelers]"
FEWER = "to: [hub, quay]"


@pytest.fixture(scope="module")
def world(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> SmallCatalog:
    """A catalog that was released at two registries and is then routed to a third; tests go on from there."""
    catalog = small_catalog(stack, tmp_path_factory.mktemp("republish"))
    settings = (catalog.repository / "publisher.yml").read_text(encoding="utf-8")
    catalog.write("publisher.yml", settings.replace(ROUTE, FEWER))
    catalog.commit("Leave modelers out for now")
    ran = catalog.run("run", "--base", "empty")
    assert ran.code == 0, ran.text
    catalog.write("publisher.yml", settings)
    catalog.commit("Publish at modelers too")
    return catalog


def status(world: SmallCatalog, code: int) -> dict[tuple[str, str], dict[str, Any]]:
    """Give what is not in place, by registry and tag."""
    ran = world.run("status", "--format", "json")
    assert ran.code == code, ran.text
    tags = [tag for tag in json.loads(ran.out)["tags"] if tag["standing"] != "in-place"]
    return {(tag["registry"], f"{tag['repository'].rpartition('/')[2]}:{tag['tag']}"): tag for tag in tags}


def count(world: SmallCatalog) -> dict[str, int]:
    return {name: len(found) for name, found in world.writes().items()}


def delete(world: SmallCatalog, registry: str, image: str, kind: str, digest: str) -> None:
    """Let a registry lose something, as its own API allows."""
    place = Repository(f"{world.prefix(registry)}/{image}")
    request = urllib.request.Request(f"http://{place.host}/v2/{place.path}/{kind}/{digest}", method="DELETE")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 202


def test_a_registry_that_is_new_lacks_everything_and_a_dry_run_says_what_it_takes(
    world: SmallCatalog,
) -> None:
    missing = status(world, 7)
    assert set(missing) == {("modelers", f"{image}:{tag}") for image in LAYERS for tag in ("v1", "latest")}
    assert {tag["standing"] for tag in missing.values()} == {"missing"}
    assert missing["modelers", "leaf:latest"]["repair"] == "publisher republish leaf:v1 --registry modelers"
    before = count(world)
    ran = world.run("republish", "--all", "--registry", "modelers", "--dry-run", "--format", "json")
    assert ran.code == 0, ran.text
    found = json.loads(ran.out)
    assert {move["tag"] for move in found["moves"]} == {"v1", "latest"}
    assert [(cost["registry"], cost["moves"]) for cost in found["costs"]] == [("modelers", 6)]
    assert count(world) == before


def test_everything_is_brought_to_it_once(world: SmallCatalog) -> None:
    ran = world.run("republish", "--all", "--registry", "modelers")
    assert ran.code == 0, ran.text
    assert not status(world, 0)
    assert len({tuple(world.tags(name, "leaf").items()) for name in REGISTRIES}) == 1
    before = count(world)
    assert "nothing to do" in world.run("republish", "--all").out
    assert count(world) == before


def test_what_a_registry_lost_is_found_and_comes_back(world: SmallCatalog) -> None:
    place = Repository(f"{world.prefix('modelers')}/middle")
    client = RegistryClient(place.host)
    index = client.get_manifest(place.path, "v1")
    platform = client.get_manifest(place.path, index.manifests[0].digest)
    listed = client.head_manifest(place.path, index.digest.fallback_tag)
    assert listed is not None
    delete(world, "modelers", "middle", "manifests", listed.digest)
    delete(world, "modelers", "middle", "manifests", platform.digest)
    delete(world, "modelers", "leaf", "blobs", platform.layers[0].digest)
    lacking = status(world, 7)
    assert {name for _, name in lacking} == {"middle:v1", "middle:latest"}
    assert "1 of 1 platforms" in lacking["modelers", "middle:v1"]["message"]
    ran = world.run("republish", "middle", "leaf", "--registry", "modelers")
    assert ran.code == 0, ran.text
    assert not status(world, 0)
    leaf = Repository(f"{world.prefix('modelers')}/leaf")
    assert client.has_blob(leaf.path, Digest(platform.layers[0].digest))
    assert "nothing to do" in world.run("republish", "middle", "leaf", "--registry", "modelers").out


def test_a_tag_that_somebody_else_moved_is_left_alone_until_it_is_forced(world: SmallCatalog) -> None:
    place = Repository(f"{world.prefix('hub')}/leaf")
    client = RegistryClient(place.host)
    ours = world.tags("hub", "leaf")["latest"]
    theirs = client.get_manifest(place.path, client.get_manifest(place.path, "v1").manifests[0].digest)
    client.put_manifest(place.path, "latest", _renamed(theirs.raw, client, place))
    assert status(world, 7)["hub", "leaf:latest"]["standing"] == "drifted"
    left = world.run("republish", "leaf")
    assert left.code == 7
    assert "--force" in left.err
    assert world.tags("hub", "leaf")["latest"] != ours
    ran = world.run("republish", "leaf", "--force")
    assert ran.code == 0, ran.text
    assert world.tags("hub", "leaf")["latest"] == ours
    assert not status(world, 0)


def _renamed(raw: bytes, client: RegistryClient, place: Repository) -> Any:
    """Make another manifest of the same blobs."""
    from publisher import codec
    from publisher.oci.manifest import parse_manifest

    other = parse_manifest(codec.canonical({**json.loads(raw), "annotations": {"by": "somebody"}}))
    client.put_manifest(place.path, other.digest, other)
    return other


def test_a_rebuild_is_asked_for_in_the_lock_and_planned_by_its_commit(world: SmallCatalog) -> None:
    ran = world.run("republish", "middle:v1", "--rebuild", "a better shell")
    assert ran.code == 0, ran.text
    assert "publisher run" in ran.out
    assert "a better shell" in (world.repository / "publisher.lock").read_text(encoding="utf-8")
    before = world.commit("Build middle again") + "^"
    plan = json.loads(world.run("plan", "--offline", "--base", before, "--format", "json").out)
    assert [build["image"] for build in plan["builds"]] == ["middle", "leaf"]


def test_a_registry_that_is_silent_is_said_and_the_others_are_looked_at(world: SmallCatalog) -> None:
    settings = (world.repository / "publisher.yml").read_text(encoding="utf-8")
    world.write("publisher.yml", settings.replace(f'"{world.prefix("quay")}"', '"127.0.0.1:1/nobody"'))
    world.commit("Name a registry that is not there")
    ran = world.run("status", "--format", "json")
    assert ran.code == 7
    document = json.loads(ran.out)
    assert set(document["silent"]) == {"quay"}
    assert document["summary"]["in-place"] == 12
    assert not document["good"]
