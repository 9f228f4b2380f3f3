"""The demo's five merges: what each built, moved and left alone, as the registries answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from publisher.catalog.target import TargetId
from publisher.oci.digest import Digest
from publisher.plan.plan import ReasonCode
from publisher.records.release import RECORDS_NAME, Step
from publisher.registry.client import RegistryClient
from tests.demo.repository import MERGES, git
from tests.integration.small import REGISTRIES
from tests.integration.world import PLATFORM, Played, World

pytestmark = pytest.mark.timeout(900)  # the first test plays the merges

_CANN = "debian-python3.11-cann8.0.rc2.beta1"
_PYTORCH = f"{_CANN}-pytorch2.1.0"
OS, PYTHON = TargetId("os:debian12"), TargetId("python:debian-python3.11")
CANN = TargetId(f"cann:{_CANN}")
MINDSPORE = TargetId(f"mindspore:{_CANN}-mindspore2.3.1")
PYTORCH = TargetId(f"pytorch:{_PYTORCH}")
OPENMIND = TargetId(f"openmind:{_PYTORCH}-openmind0.8.0")
TAGS = {
    "cann": {CANN.tag, "cann8.0.rc2.beta1-deb12", "latest"},
    "mindspore": {MINDSPORE.tag, "mindspore2.3.1-cann8.0.rc2.beta1-deb12", "latest"},
    "pytorch": {PYTORCH.tag, "pytorch2.1.0-cann8.0.rc2.beta1-deb12", "latest"},
    "openmind": {OPENMIND.tag},
}
"""Every tag that the catalog declares, by image: its own, aliases, `latest`."""
ROUTES: Mapping[str, Collection[str]] = dict.fromkeys(TAGS, REGISTRIES) | {"openmind": ("modelers",)}


@pytest.fixture
def first(demo: World) -> Played:
    """Give the first merge."""
    return demo.merges[0]


@pytest.mark.parametrize("number", range(5))
def test_a_merge_ends_with_its_exit_code(demo: World, number: int) -> None:
    played = demo.merges[number]
    assert played.ran.code == MERGES[number].exit_code, played.ran.text
    assert "this is a bug" not in played.ran.text


def test_every_declared_tag_is_at_its_routes_and_nowhere_else(demo: World, first: Played) -> None:
    for image, tags in TAGS.items():
        for registry in REGISTRIES:
            found = demo.version_tags(first, registry, image)
            assert set(found) == (tags if registry in ROUTES[image] else set()), (registry, image)


def test_an_image_is_the_same_digest_everywhere(demo: World) -> None:
    for played in demo.merges:
        for image in TAGS:
            digests = {
                digest for name in ROUTES[image] for digest in demo.version_tags(played, name, image).values()
            }
            assert len(digests) == 1, (played.title, image)


def test_internal_layers_have_permanent_tags_only(demo: World, first: Played) -> None:
    indexes = {
        item.image.target: item.image.digest
        for item in first.record.images
        if item.image.target in (OS, PYTHON)
    }
    assert set(indexes) == {OS, PYTHON}
    for registry in REGISTRIES:
        found = first.places[demo.destination(registry, "layers")]
        named = {tag: digest for tag, digest in found.items() if not tag.startswith("sha256-")}
        assert named == {digest.permanent_tag: digest for digest in indexes.values()}


def test_nothing_is_written_beside_the_routes(demo: World) -> None:
    for registry in REGISTRIES:
        images = {image for image, names in ROUTES.items() if registry in names} | {"layers", RECORDS_NAME}
        wanted = {demo.destination(registry, image).path for image in images}
        written = {
            item.path.partition("/manifests/")[0].removeprefix("/v2/")
            for played in demo.merges
            for item in demo.requests(played, registry)
            if item.method == "PUT" and "/manifests/" in item.path
        }
        assert written == wanted


@pytest.mark.parametrize("registry", REGISTRIES)
def test_platforms_config_and_layers_are_at_every_destination(demo: World, registry: str) -> None:
    for played in (demo.merges[0], demo.merges[4]):
        for item in played.record.images:
            for place in item.destinations:
                if place.registry != registry:
                    continue
                client = RegistryClient(place.repository.host)
                index = client.get_manifest(place.repository.path, item.image.digest)
                platforms = {child.platform: child.digest for child in index.manifests}
                assert platforms == {one.platform: one.digest for one in item.image.platforms}
                assert list(platforms) == [PLATFORM]
                manifest = client.get_manifest(place.repository.path, platforms[PLATFORM])
                assert manifest.config is not None
                assert manifest.layers
                for blob in manifest.blobs:
                    assert client.has_blob(place.repository.path, blob.digest)


def test_the_second_merge_builds_cann_and_what_stands_on_it(demo: World) -> None:
    first, second = demo.merges[:2]
    changed = {CANN, MINDSPORE, PYTORCH, OPENMIND}
    for name in ("builds", "tests"):
        assert {item["target"] for item in second.file(f"{name}.json")[name]} == changed
    assert not any(item["reused"] for item in second.file("builds.json")["builds"])
    logs = {path.name for path in (second.run_directory / "logs").glob("*-build.log")}
    assert len(logs) == len(changed)
    assert {item.image.target for item in second.record.images} == changed
    before, after = build_ids(first), build_ids(second)
    assert all(before[target] != after[target] for target in changed)
    assert after == {
        f"{item['image']}:{item['tag']}": item["build_ids"][PLATFORM] for item in second.plan["builds"]
    }
    for key, tags in demo.all_version_tags(second).items():
        assert all(digest != demo.version_tags(first, *key)[tag] for tag, digest in tags.items())


def test_the_second_merge_leaves_os_and_python_alone(demo: World) -> None:
    first, second = demo.merges[:2]
    staging = demo.settings.staging_builds
    before = staged_builds(first.places[staging])
    after = staged_builds(second.places[staging])
    assert before.items() <= after.items()
    assert set(after) - set(before) == {
        f"b-{digest.removeprefix('sha256:')}" for digest in build_ids(second).values()
    }
    written = {item.path.rpartition("/")[2] for item in demo.writes(second)}
    for target in (OS, PYTHON):
        assert f"b-{build_ids(first)[target].removeprefix('sha256:')}" in before
        assert f"b-{build_ids(first)[target].removeprefix('sha256:')}" not in written
    for registry in REGISTRIES:
        layers = demo.destination(registry, "layers")
        assert first.places[layers] == second.places[layers]
        assert not any(item.path.startswith(f"/v2/{layers.path}/") for item in demo.writes(second))


def test_the_third_merge_writes_nothing(demo: World) -> None:
    second, third = demo.merges[1:3]
    assert third.plan["builds"] == third.plan["tests"] == third.plan["moves"] == third.plan["copies"] == []
    assert demo.writes(third) == []
    assert third.newest == second.newest
    assert third.places == second.places
    assert "nothing to build, test or move" in third.ran.text


def test_the_fourth_merge_says_what_failed_and_what_to_do(demo: World) -> None:
    fourth = demo.merges[3]
    message = fourth.ran.text[fourth.ran.text.index("error:") :]
    assert "PyTorch imports" in message
    assert PYTORCH in message
    assert "ModuleNotFoundError" in message, "the last lines of the failing check"
    assert "\n  → " in message, "what to do"
    assert str(fourth.run_directory) in fourth.ran.text, "where the logs are"
    kept = list((fourth.run_directory / "logs").glob("pytorch_*-test.log"))
    assert len(kept) == 1
    assert "ModuleNotFoundError" in kept[0].read_text(encoding="utf-8")


def test_the_fourth_merge_moves_only_what_passed(demo: World) -> None:
    third, fourth = demo.merges[2:4]
    assert moved_images(demo, third, fourth) == {"mindspore"}
    assert {item.image.target for item in fourth.record.images} == {MINDSPORE}
    left = {item.target: (item.step, item.blocked_by) for item in fourth.record.unfinished}
    assert left == {PYTORCH: (Step.TEST, None), OPENMIND: (Step.BUILD, PYTORCH)}


def test_the_fixing_merge_publishes_what_was_left(demo: World) -> None:
    fourth, fifth = demo.merges[3:]
    assert git(demo.repository, "diff", "--name-only", "HEAD~1").splitlines() == ["meta/pytorch/Dockerfile"]
    reasons = {f"{item['image']}:{item['tag']}": codes(item) for item in fifth.plan["builds"]}
    assert reasons == {
        PYTORCH: {ReasonCode.DOCKERFILE_CHANGED, ReasonCode.FAILED_BEFORE},
        OPENMIND: {ReasonCode.PARENT_REBUILT, ReasonCode.FAILED_BEFORE},
    }
    assert moved_images(demo, fourth, fifth) == {"pytorch", "openmind"}
    assert {item.image.target for item in fifth.record.images} == {PYTORCH, OPENMIND}
    assert fifth.record.unfinished == ()


def test_a_plan_needs_nothing_but_git(demo: World) -> None:
    ran = demo.publisher("plan", "--offline", "--base", "HEAD~1", "--format", "json")
    assert ran.code == 0, ran.text
    assert "failed-before" not in ran.out, "what was left is known to the registries only"
    assert "README" not in ran.out


def build_ids(played: Played) -> dict[TargetId, str]:
    """Give the BuildIds of a record."""
    return {item.image.target: item.image.platforms[0].build_id for item in played.record.images}


def staged_builds(tags: Mapping[str, Digest]) -> dict[str, Digest]:
    """Give the `b-` tags of staging."""
    return {tag: digest for tag, digest in tags.items() if tag.startswith("b-")}


def codes(build: Mapping[str, list[Mapping[str, str]]]) -> set[str]:
    """Give the reason codes of a planned build."""
    return {reason["code"] for reason in build["reasons"]}


def moved_images(demo: World, before: Played, after: Played) -> set[str]:
    """Give the images with a tag that differs; all tags of such an image must have moved, everywhere."""
    old, new = demo.all_version_tags(before), demo.all_version_tags(after)
    changed = {key for key in new if new[key] != old[key]}
    for key in changed:
        assert all(digest != old[key][tag] for tag, digest in new[key].items())
    images = {image for _, image in changed}
    assert changed == {(name, image) for image in images for name in ROUTES[image]}
    return images
