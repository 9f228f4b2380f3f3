"""Rolling back and thawing on real registries, with real signatures; a killed one is finished."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.registry.client import RegistryClient
from tests.integration.expectations import expect_failure, expect_published
from tests.integration.small import LAYERS, REGISTRIES, SmallCatalog, small_catalog
from tests.stack import Stack

pytestmark = pytest.mark.timeout(600)
KILLED = ("-m", "tests.integration.kill_at")
Tags = dict[tuple[str, str], dict[str, Digest]]


@pytest.fixture(scope="module")
def world(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> SmallCatalog:
    """A catalog with two releases of each layer; the tests go on from one another."""
    catalog = small_catalog(stack, tmp_path_factory.mktemp("rollback"))
    first = catalog.run("run", "--base", "empty")
    assert first.code == 0, first.text
    return catalog


@pytest.fixture(scope="module")
def releases(world: SmallCatalog) -> tuple[Tags, Tags]:
    """Give the tags of the first and the second release."""
    before = world.all_tags()
    edit(world, "base", "second")
    return before, world.all_tags()


def edit(world: SmallCatalog, image: str, text: str) -> None:
    world.write(f"meta/{image}/{image}.txt", f"{image}, {text} edition, {world.name}\n")
    world.commit(f"{image}: {text}")
    ran = world.run("run")
    assert ran.code == 0, ran.text


def count(world: SmallCatalog) -> dict[str, int]:
    return {name: len(found) for name, found in world.writes().items()}


def expect_audited(world: SmallCatalog) -> None:
    audit = world.run("audit")
    assert audit.code == 0, audit.text


def test_a_dry_run_shows_what_moves_and_writes_nothing(
    world: SmallCatalog, releases: tuple[Tags, Tags]
) -> None:
    before = count(world)
    ran = world.run(
        "rollback", "base:latest", "--to", "1", "--with-descendants", "--dry-run", "--format", "json"
    )
    assert ran.code == 0, ran.text
    found = json.loads(ran.out)
    assert [one["target"] for one in found["targets"]] == [f"{image}:v1" for image in LAYERS]
    assert len(found["moves"]) == len(REGISTRIES) * len(LAYERS) * 2
    assert {one["registry"] for one in found["costs"]} == set(REGISTRIES)
    assert all(one["requests"] > 0 for one in found["costs"])
    assert count(world) == before


def test_versions_to_choose_from_are_listed(world: SmallCatalog, releases: tuple[Tags, Tags]) -> None:
    ran = world.run("rollback", "base:v1", "--to", "7")
    text = expect_failure(ran, 2, "there is no release record 7")
    assert "record    2" in text
    assert "(current)" in text


def test_an_older_version_that_lost_its_proof_moves_nothing(
    world: SmallCatalog, releases: tuple[Tags, Tags]
) -> None:
    """Another key: nothing that was signed before verifies any more."""
    from tests.demo.repository import make_keys

    key = world.repository / "keys"
    kept = {path: path.read_bytes() for path in key.iterdir()}
    before = count(world)
    for path in kept:
        path.unlink()
    make_keys(key)
    try:
        ran = world.run("rollback", "base:v1", "--to", "1")
    finally:
        for path, content in kept.items():
            path.write_bytes(content)
    assert ran.code in {6, 7}, ran.text
    assert "Traceback" not in ran.text
    assert count(world) == before


def test_a_killed_rollback_is_finished_by_the_next_run(
    world: SmallCatalog, releases: tuple[Tags, Tags]
) -> None:
    words = ("rollback", "base:v1", "--to", "1", "--with-descendants", "--reason", "it hangs")
    killed = world.run("publish:committed", *words, program=KILLED)
    assert killed.code == -signal.SIGKILL, killed.text
    assert world.all_tags() == releases[1]
    ran = world.run("run")
    assert ran.code == 0, ran.text
    assert world.all_tags() == releases[0]
    expect_audited(world)
    again = world.run(*words)
    assert again.code == 0, again.text
    assert "nothing to do" in again.out


def test_a_later_merge_does_not_undo_it(world: SmallCatalog, releases: tuple[Tags, Tags]) -> None:
    edit(world, "leaf", "third")
    for (registry, image), tags in world.all_tags().items():
        assert (tags == releases[0][registry, image]) is (image != "leaf")
    plan = world.run("plan", "--format", "json")
    assert [(one["image"], one["since"]) for one in json.loads(plan.out)["held"]] == [
        ("base", 3),
        ("middle", 3),
    ]
    everything = world.run("run", "--base", "empty")
    assert everything.code == 0, everything.text
    assert world.tags("hub", "base") == releases[0]["hub", "base"]
    expect_audited(world)


def test_a_thaw_goes_on_to_the_newest_version(world: SmallCatalog, releases: tuple[Tags, Tags]) -> None:
    expect_failure(world.run("thaw", "leaf:v1"), 2, "not held", "base:v1", "middle:v1")
    ran = world.run("thaw", "base:v1", "middle:latest")
    assert ran.code == 0, ran.text
    for image in ("base", "middle"):
        assert world.tags("quay", image) == releases[1]["quay", image]
    expect_published(world, *LAYERS)
    expect_audited(world)
    assert "nothing to do" in world.run("run").out


def test_a_stranger_stops_a_rollback_until_it_is_forced(
    world: SmallCatalog, releases: tuple[Tags, Tags]
) -> None:
    repository = Repository(f"{world.prefix('hub')}/base")
    client = RegistryClient(repository.host)
    platform = client.get_manifest(repository.path, "v1").manifests[0]
    client.put_manifest(repository.path, "latest", client.get_manifest(repository.path, platform.digest))
    before = count(world)
    expect_failure(
        world.run("rollback", "base:v1", "--to", "1"), 7, "somebody else moved tags", "base:latest"
    )
    assert count(world) == before
    forced = world.run("rollback", "base:v1", "--to", "1", "--force")
    assert forced.code == 0, forced.text
    assert world.tags("hub", "base") == releases[0]["hub", "base"]


def test_the_notes_and_the_record_tell_who_and_why(world: SmallCatalog) -> None:
    releases = sorted((world.repository / "releases").glob("r-*"), key=lambda path: int(path.name[2:]))
    notes = {path.name: (Path(path) / "notes.md").read_text(encoding="utf-8") for path in releases}
    assert "it hangs" in notes["r-3"]
    assert "rolled back to an older version" in notes["r-3"]
    record = json.loads((releases[2] / "release-record.json").read_text(encoding="utf-8"))
    assert (record["kind"], record["why"]) == ("rollback", "it hangs")
    assert {hold["target"] for hold in record["holds"]} == {f"{image}:v1" for image in LAYERS}
