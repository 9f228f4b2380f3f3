"""Runs that may not write: the dry run, the rerun of a finished run, the audit."""

from __future__ import annotations

import pytest

from publisher.oci.reference import is_reserved_tag
from publisher.records.release import RECORDS_NAME
from tests.integration.small import REGISTRIES
from tests.integration.world import SERVERS, Played, World, tags_of

pytestmark = pytest.mark.timeout(900)  # the first test plays the merges


@pytest.mark.parametrize("number", range(1, 6))
def test_a_dry_run_shows_the_plan_and_writes_nothing(demo: World, number: int) -> None:
    dry = demo.dry[number]
    assert dry.ran.code == 0, dry.ran.text
    assert demo.writes(dry) == []
    for build in dry.plan["builds"]:
        assert f"{build['image']}:{build['tag']}" in dry.ran.out
        assert all(reason["code"] in dry.ran.out for reason in build["reasons"])
    count = len(dry.plan["builds"])
    assert f"{count} build" in dry.ran.out or count == 0


def test_a_rerun_has_nothing_to_do(demo: World) -> None:
    assert demo.rerun is not None
    assert demo.rerun.ran.code == 0, demo.rerun.ran.text
    assert "nothing to do" in demo.rerun.ran.text
    assert demo.writes(demo.rerun) == []
    assert demo.rerun.places == demo.merges[-1].places
    assert demo.rerun.newest == demo.merges[-1].newest


def test_the_audit_finds_nothing_and_writes_nothing(demo: World) -> None:
    assert demo.audit is not None
    assert demo.audit.ran.code == 0, demo.audit.ran.text
    document = demo.audit.document
    assert document["findings"] == []
    versions = sum(len(tags) for tags in demo.all_version_tags(demo.audit).values())
    permanent = sum(tag.startswith("d-") for name in REGISTRIES for tag in every_tag(demo, demo.audit, name))
    assert document["checked"]["tags"] == versions + permanent
    assert document["checked"]["digests"] > 0
    assert demo.writes(demo.audit) == []


def test_the_registries_still_answer_what_was_kept(demo: World) -> None:
    """Guard the tests themselves: nobody may play with the demo's repositories after the merges."""
    assert demo.audit is not None
    assert {place: tags_of(place) for place in demo.audit.places} == demo.audit.places
    assert set(demo.records) == set(SERVERS)


def every_tag(demo: World, played: Played, registry: str) -> list[str]:
    """Give all tags of all images at a destination."""
    prefix = demo.settings.registries[registry].prefix
    return [
        tag
        for place, tags in played.places.items()
        if place.startswith(f"{prefix}/") and not place.endswith(RECORDS_NAME)
        for tag in tags
        if is_reserved_tag(tag)
    ]
