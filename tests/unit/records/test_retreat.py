"""Choosing where to go back to."""

from __future__ import annotations

import pytest

from publisher.catalog.target import TargetId
from publisher.errors import UsageError
from publisher.records.release import RecordKind, ReleaseRecord
from publisher.records.retreat import find_retreat, target_named, version_lines
from publisher.records.timeline import Timeline
from tests.unit.records.chains import MID, OS, TOP, adopted, digest, move, record, rollback

FIRST = record(1, (OS, "os-1"), (MID, "mid-1"), (TOP, "top-1"))
SECOND = record(2, (MID, "mid-2"), (TOP, "top-2"))
THIRD = record(3, (MID, "mid-3"), (TOP, "top-3"))
CHAIN = [FIRST, SECOND, THIRD]


def going(
    records: list[ReleaseRecord], to: str, target: TargetId = MID, *, along: bool = False
) -> dict[str, str]:
    found = find_retreat(Timeline.of(records), target, to, along=along)
    return {switch.target: switch.to.digest for switch in found.going}


@pytest.mark.parametrize("to", ["2", digest("mid-2"), digest("mid-2").hex, digest("mid-2").hex[:12]])
def test_a_sequence_or_a_digest(to: str) -> None:
    assert going(CHAIN, to) == {MID: digest("mid-2")}


@pytest.mark.parametrize("to", ["", "-1", "1.0", "²", "sha256:12", digest("mid-2").hex[:11], "A" * 64, "r-1"])
def test_neither(to: str) -> None:
    with pytest.raises(UsageError, match="neither") as raised:
        going(CHAIN, to)
    assert "record    1" in raised.value.detail


def test_an_unreleased_and_an_unknown_one() -> None:
    with pytest.raises(UsageError, match="was not released at record 1"):
        going([record(1, (OS, "os-1")), record(2, (MID, "mid-2")), THIRD], "1")
    with pytest.raises(UsageError, match="no release record 4; the newest one is 3"):
        going(CHAIN, "4")
    with pytest.raises(UsageError, match="is no version"):
        going(CHAIN, digest("top-1"))


def test_what_is_current_is_nothing_to_go_back_to_unless_it_is_held() -> None:
    with pytest.raises(UsageError, match="already") as raised:
        going(CHAIN, "3")
    assert "(current)" in raised.value.detail
    assert going([*CHAIN, rollback(4, MID, "mid-1", "mid-3")], "1") == {}


def test_the_newest_is_reached_by_a_thaw() -> None:
    with pytest.raises(UsageError, match="newest version") as raised:
        going([*CHAIN, rollback(4, MID, "mid-1", "mid-3")], "3")
    assert raised.value.hint == "`publisher thaw mid:v1`"
    assert "newest, held back" in raised.value.detail


def test_an_adopted_version_is_proven_by_nothing() -> None:
    first = record(1, kind=RecordKind.ADOPT, taken=(adopted(MID, "old"),))
    with pytest.raises(UsageError, match="adopted") as raised:
        going([first, SECOND], "1")
    assert "nothing proves it" in raised.value.detail


def test_descendants_that_are_there_or_further_back_already_stay() -> None:
    assert going(CHAIN, "1", along=True) == {MID: digest("mid-1"), TOP: digest("top-1")}
    back = [*CHAIN, rollback(4, TOP, "top-1", "top-3")]
    found = find_retreat(Timeline.of(back), MID, "2", along=True)
    assert [switch.target for switch in found.going] == [MID]
    assert [(one.target, "older" in one.why) for one in found.staying] == [(TOP, True)]
    found = find_retreat(Timeline.of(back), MID, "1", along=True)
    assert [(one.target, "already" in one.why) for one in found.staying] == [(TOP, True)]


def test_a_descendant_that_never_stood_on_it_stays() -> None:
    new = TargetId("top:v1")
    found = find_retreat(
        Timeline.of([record(1, (OS, "os-1"), (MID, "mid-1")), SECOND, THIRD]), MID, "1", along=True
    )
    assert [switch.target for switch in found.going] == [MID]
    assert [(one.target, "no version" in one.why) for one in found.staying] == [(new, True)]


def test_a_layer_goes_nowhere_but_its_descendants_do() -> None:
    fourth = record(4, (OS, "os-4"), (MID, "mid-4"), (TOP, "top-4"))
    with pytest.raises(UsageError, match="internal layer"):
        going([*CHAIN, fourth], "3", OS)
    assert going([*CHAIN, fourth], "3", OS, along=True) == {MID: digest("mid-3"), TOP: digest("top-3")}


def test_names() -> None:
    named = Timeline.of([*CHAIN, record(4, moves=(move(MID, "mid-3", "latest"),))])
    assert target_named(named, "mid:latest") == MID
    with pytest.raises(UsageError, match="did you mean mid:latest"):
        target_named(named, "mid:lates")
    with pytest.raises(UsageError, match="retired"):
        target_named(Timeline.of([*CHAIN, record(4, retired=(MID,))]), MID)


def test_a_long_history_is_cut() -> None:
    many = Timeline.of([record(n, (MID, f"mid-{n}")) for n in range(1, 31)])
    lines = list(version_lines(many, MID))
    assert len(lines) == 22
    assert lines[1] == f"  record   30  {digest('mid-30').short}  (current)"
    assert lines[-1] == "  … and 10 older ones"
