"""Tags of platforms, where a registry holds no indexes."""

from __future__ import annotations

import pytest

from publisher.oci.platform import Platform
from publisher.oci.reference import is_tag
from publisher.plan.plan import PlannedMove
from publisher.plan.planner import make_plan
from publisher.plan.platform_tags import platform_tags, suffix
from publisher.plan.snapshot import Snapshot, empty_snapshot, load_snapshot
from publisher.plan.tags import desired_tags, is_latest
from tests.fakes.files import MemoryFiles

AMD64, ARM64, ARM = Platform("linux/amd64"), Platform("linux/arm64"), Platform("linux/arm/v7")
SETTINGS = """\
version: 1
source: https://github.com/acme/images
catalog: {references: [docker.io/acme], platforms: [linux/amd64, linux/arm64]}
staging: {prefix: ghcr.io/acme/staging}
registries:
  hub: {prefix: docker.io/acme}
  poor: {prefix: poor.io/acme, indexes: false}
routes: [{images: ["*"], to: [hub, poor]}]
"""
META = "v1: {path: Dockerfile, latest: true, aliases: [one]}\n"


def state(meta: str = META, settings: str = SETTINGS) -> Snapshot:
    files = {"publisher.yml": settings, "hello/meta.yml": meta, "hello/Dockerfile": "FROM scratch\n"}
    return load_snapshot(MemoryFiles(files), "1" * 40)


def moved(base: Snapshot, head: Snapshot, **options: object) -> list[tuple[str, str]]:
    return [(move.registry, move.tag) for move in make_plan(base, head, **options).moves]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("platform", "said"),
    [
        ("linux/amd64", "amd64"),
        ("linux/arm64/v8", "arm64"),
        ("linux/arm/v7", "arm-v7"),
        ("windows/amd64", "windows-amd64"),
    ],
)
def test_endings(platform: str, said: str) -> None:
    assert suffix(Platform(platform)) == said
    assert is_tag(f"v1-{said}")


def test_one_platform_keeps_the_tag() -> None:
    assert platform_tags("v1", [ARM64]) == {"v1": ARM64}
    assert platform_tags("v1", [ARM64, AMD64, ARM]) == {
        "v1-amd64": AMD64,
        "v1-arm-v7": ARM,
        "v1-arm64": ARM64,
    }


def test_tags_are_desired_where_they_can_be() -> None:
    found = {(place.registry, place.tag, place.platform) for place in desired_tags(state())}
    assert found == {
        *(("hub", tag, "") for tag in ("v1", "one", "latest")),
        *(("poor", f"{tag}-{suffix(p)}", p) for tag in ("v1", "one", "latest") for p in (AMD64, ARM64)),
    }


def test_latest_moves_last_under_any_name() -> None:
    head = state()
    plan = make_plan(empty_snapshot(head.settings), head)
    last = [move.tag for move in plan.moves if move.tag.startswith("latest")]
    assert [move.tag for move in plan.moves][-3:] == last
    assert set(last) == {"latest", "latest-amd64", "latest-arm64"}
    assert is_latest("latest-arm64", [AMD64, ARM64])
    assert not is_latest("latest-arm64", [ARM64])


def test_a_platform_that_comes_is_a_new_tag() -> None:
    one = META.replace("}", ", platforms: [linux/amd64]}")
    found = moved(state(one), state())
    assert {tag for registry, tag in found if registry == "poor"} >= {"v1-amd64", "v1-arm64"}


def test_a_registry_that_loses_its_indexes_gets_its_tags_moved() -> None:
    full = SETTINGS.replace(", indexes: false", "")
    one = META.replace("}", ", platforms: [linux/amd64]}")
    assert moved(state(one, full), state(one)) == [("poor", "one"), ("poor", "v1"), ("poor", "latest")]


def test_what_a_registry_lacks_moves_there_and_nowhere_else() -> None:
    head = state()
    (target,) = head.entries
    found = moved(head, head, late={(target, "poor")})
    assert {registry for registry, _ in found} == {"poor"}
    assert len(found) == 6
    assert make_plan(head, head, late={(target, "poor")}).builds == ()
    assert isinstance(make_plan(head, head, late={(target, "hub")}).moves[0], PlannedMove)


def test_names_that_clash_are_problems_of_the_later_entry() -> None:
    both = META + "v1-amd64: {path: Dockerfile}\n"
    problems = [problem for problem in state(both).problems if problem.rule == "P023"]
    assert [(problem.target, problem.line) for problem in problems] == [("hello:v1", 1)]
    assert "hello:v1-amd64" in problems[0].message
    assert not state(both, SETTINGS.replace(", indexes: false", "")).problems[1:]


def test_a_tag_that_gets_too_long_is_a_problem() -> None:
    long = "v" * 125
    (problem,) = [one for one in state(META.replace("v1", long)).problems if one.rule == "P023"][:1]
    assert "too long" in problem.message
