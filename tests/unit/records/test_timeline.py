"""The chain, folded: versions, current ones, tags, and what was built on what."""

from __future__ import annotations

import pytest

from publisher.records.release import RecordKind, ReleaseRecord
from publisher.records.timeline import Timeline
from tests.unit.records.chains import (
    AMD64,
    MID,
    OS,
    TOP,
    adopted,
    build_id,
    digest,
    hold,
    move,
    record,
    repository,
    rollback,
)

FIRST = record(1, (OS, "os-1"), (MID, "mid-1"), (TOP, "top-1"))
SECOND = record(2, (MID, "mid-2"), (TOP, "top-2"))
CHAIN = [FIRST, SECOND, record(3, (TOP, "top-3")), rollback(4, MID, "mid-1", "mid-2")]


def versions(timeline: Timeline, target: str) -> list[tuple[int, str]]:
    found = timeline.versions(MID if target == MID else TOP)
    return [(one.sequence, one.digest) for one in found]


def current(records: list[ReleaseRecord], name: str) -> None:
    found = Timeline.of(records).current(MID)
    assert found is not None
    assert found.digest == digest(name)


def test_versions_are_those_that_merges_made() -> None:
    timeline = Timeline.of(reversed(CHAIN))
    assert versions(timeline, MID) == [(2, digest("mid-2")), (1, digest("mid-1"))]
    assert [one.sequence for one in timeline.versions(TOP)] == [3, 2, 1]
    assert timeline.versions(MID)[0].build_ids == {AMD64: build_id("mid-2")}
    assert timeline.targets == (MID, OS, TOP)


def test_tags_say_what_is_current_and_releases_what_is_newest() -> None:
    current(CHAIN[:3], "mid-2")
    current(CHAIN, "mid-1")
    newest = Timeline.of(CHAIN).newest(MID)
    assert newest is not None
    assert newest.digest == digest("mid-2")
    held = record(5, (MID, "mid-3"), moves=(), holds=(hold(MID, "mid-1", "mid-2", 4),))
    current([*CHAIN, held], "mid-1")


def test_a_layer_has_no_tags_so_its_newest_is_current() -> None:
    timeline = Timeline.of([*CHAIN, record(5, (OS, "os-2"))])
    found = timeline.current(OS)
    assert found is not None
    assert (found.digest, found.internal) == (digest("os-2"), True)


def test_the_past_is_as_it_was() -> None:
    then = Timeline.of(CHAIN).at(3).current(MID)
    assert then is not None
    assert then.digest == digest("mid-2")
    assert Timeline.of(CHAIN).at(0).current(MID) is None


def test_a_merge_that_takes_a_change_back_makes_the_older_one_the_newest() -> None:
    timeline = Timeline.of([*CHAIN[:3], record(4, (MID, "mid-1"))])
    assert [one.sequence for one in timeline.versions(MID)] == [4, 2, 1]
    again = record(4, (MID, "mid-1"), kind=RecordKind.REPUBLISH)
    assert [one.sequence for one in Timeline.of([*CHAIN[:3], again]).versions(MID)] == [2, 1]


def test_the_history_of_a_tag() -> None:
    timeline = Timeline.of(CHAIN)
    for place in ("mid", repository(MID)):
        history = timeline.tag("hub", place, "v1")
        assert [(one.sequence, one.digest) for one in history] == [
            (4, digest("mid-1")), (2, digest("mid-2")), (1, digest("mid-1")),
        ]  # fmt: skip
    assert timeline.tag("quay", "mid", "v1") == ()


def test_names_lead_to_their_target() -> None:
    more = record(5, moves=(move(MID, "mid-1", "latest"), move(MID, "mid-1", "alias")))
    timeline = Timeline.of([*CHAIN, more])
    assert {timeline.owner(name) for name in ("mid:v1", "mid:latest", "mid:alias")} == {MID}
    assert timeline.owner("os:v1") == OS
    assert timeline.owner("mid:v2") is None
    assert [one.tag for one in timeline.tags_of(MID)] == ["alias", "v1", "latest"]


def test_retired_names_stand_for_nothing_until_they_are_declared_again() -> None:
    gone = [*CHAIN, record(5, retired=(MID,))]
    timeline = Timeline.of(gone)
    assert timeline.current(MID) is None
    assert timeline.tags_of(MID) == ()
    assert timeline.retired == {"mid:v1"}
    assert timeline.tag("hub", "mid", "v1")
    current([*gone, record(6, (MID, "mid-2"))], "mid-2")
    in_place = record(6, (MID, "mid-1"), moves=())
    current([*gone, in_place], "mid-1")


def test_adopted_tags_are_versions_without_images() -> None:
    timeline = Timeline.of([record(1, kind=RecordKind.ADOPT, taken=(adopted(MID, "old"),)), SECOND])
    assert [one.released is None for one in timeline.versions(MID)] == [False, True]
    assert timeline.versions(MID)[1].build_ids == {}
    then = timeline.at(1).current(MID)
    assert then is not None
    assert then.digest == digest("old")


@pytest.mark.parametrize(
    ("target", "parent", "name", "expected"),
    [(TOP, MID, "mid-1", "top-1"), (TOP, MID, "mid-2", "top-3"), (TOP, OS, "os-1", "top-3")],
)
def test_the_newest_version_on_a_parent(target: str, parent: str, name: str, expected: str) -> None:
    timeline = Timeline.of(CHAIN)
    above = MID if parent == MID else OS
    (version,) = (one for one in timeline.versions(above) if one.digest == digest(name))
    found = timeline.newest_on(TOP if target == TOP else MID, version)
    assert found is not None
    assert found.digest == digest(expected)


def test_builds_follow_the_catalog_not_the_tags() -> None:
    """What is built while its parent is held stands on the parent's newest version."""
    timeline = Timeline.of([*CHAIN, record(5, (TOP, "top-5"), holds=CHAIN[-1].holds)])
    older, newer = timeline.versions(MID)[1], timeline.versions(MID)[0]
    on_older, on_newer = timeline.newest_on(TOP, older), timeline.newest_on(TOP, newer)
    assert on_older is not None
    assert on_newer is not None
    assert (on_older.digest, on_newer.digest) == (digest("top-1"), digest("top-5"))


def test_descendants_come_parents_first() -> None:
    assert Timeline.of(CHAIN).descendants(OS) == (MID, TOP)
    assert Timeline.of(CHAIN).descendants(TOP) == ()
