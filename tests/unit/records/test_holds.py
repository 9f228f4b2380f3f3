"""Which holds go on from record to record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.catalog.target import TargetId
from publisher.oci.platform import Platform
from publisher.plan.holds import stands
from publisher.records.holds import held, released, remaining
from publisher.records.timeline import Timeline
from tests.unit.records.chains import AMD64, MID, TOP, build_id, digest, hold, image, move, record

ARM64 = Platform("linux/arm64")
HOLD = hold(MID, "mid-1", "mid-2", 3)
A, B, C = (build_id(name) for name in "abc")


@pytest.mark.parametrize(
    ("kept", "built", "expected"),
    [
        ({AMD64: A}, {AMD64: A}, True),
        ({AMD64: A}, {AMD64: B}, False),
        ({AMD64: A}, {AMD64: A, ARM64: C}, True),
        ({AMD64: A, ARM64: B}, {AMD64: A}, True),
        ({AMD64: A, ARM64: B}, {AMD64: A, ARM64: C}, False),
        ({AMD64: A}, {ARM64: A}, False),
        ({}, {AMD64: A}, True),
    ],
    ids=["same", "other", "platform added", "platform removed", "one differs", "none in common", "unknown"],
)
def test_what_ends_a_hold(
    kept: dict[Platform, object], built: dict[Platform, object], expected: bool
) -> None:
    assert stands(kept, built) is expected  # type: ignore[arg-type]


def test_a_release_from_other_inputs_ends_it() -> None:
    assert remaining([HOLD], [image(MID, "mid-2").image], []) == (HOLD,)
    assert remaining([HOLD], [image(MID, "mid-3").image], []) == ()
    assert remaining([HOLD], [image(TOP, "top-3").image], []) == (HOLD,)


def test_its_own_tag_in_other_hands_ends_it() -> None:
    other = replace(move(MID, "x"), target=TargetId("mid:v2"))
    assert remaining([HOLD], [], [other]) == ()
    assert remaining([HOLD], [], [move(MID, "mid-1")]) == (HOLD,), "a registry that follows late"
    assert remaining([HOLD], [], [replace(other, tag="v2")]) == (HOLD,)


def test_a_second_rollback_replaces_the_first() -> None:
    timeline = Timeline.of([record(n, (MID, f"mid-{n}")) for n in (1, 2, 3)])
    newest, second, first = timeline.versions(MID)
    other = hold(TOP, "top-1", "top-2", 2)
    once = held([other], second, newest, "why", 4)
    twice = held(once, first, newest, "again", 5)
    assert [(one.target, one.digest, one.since) for one in twice] == [
        (MID, digest("mid-1"), 5), (TOP, digest("top-1"), 2),
    ]  # fmt: skip
    assert twice[0].build_ids == newest.build_ids
    assert released(twice, {MID}) == (other,)
