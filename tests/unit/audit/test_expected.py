"""Folding the chain of records."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.audit.expected import ExpectedTag, expected_tags
from publisher.catalog.target import TargetId
from publisher.records.release import AdoptedTag, Destination, Move, ReleaseRecord
from tests.unit.notes.releases import (
    AMD64,
    CANN,
    FIRST,
    HUB,
    LAYERS,
    MIND_HUB,
    OS,
    QUAY,
    SECOND,
    digest,
    move,
)

BACK = replace(
    SECOND,
    sequence=3,
    images=(),
    moves=(move(HUB, CANN.tag, CANN, "cann-1", "cann-2"),),
    unfinished=(),
    retired=(),
)


def named(records: list[ReleaseRecord]) -> dict[tuple[str, str], ExpectedTag]:
    return {tag.key: tag for tag in expected_tags(records)}


def test_later_moves_win_in_any_order_of_reading() -> None:
    tags = named([FIRST, SECOND])
    assert tags[HUB, CANN.tag].digest == digest("cann-2")
    assert tags[HUB, "latest"].digest == digest("cann-2")
    assert tags[HUB, "cann8.0-oe2203"].target == CANN
    assert expected_tags([SECOND, FIRST]) == expected_tags([FIRST, SECOND])


def test_a_rollback_brings_the_old_platforms_back() -> None:
    tags = named([FIRST, SECOND, BACK])
    assert tags[HUB, CANN.tag].digest == digest("cann-1")
    assert tags[HUB, CANN.tag].platforms == FIRST.images[1].image.platforms
    assert tags[QUAY, CANN.tag].digest == digest("cann-2")


def test_every_published_digest_keeps_its_permanent_tag() -> None:
    tags = named([FIRST, SECOND])
    kept = {(tag.repository, tag.digest) for tag in tags.values() if tag.permanent}
    assert kept == {
        (LAYERS, digest("os-1")),
        *((place, digest(name)) for place in (HUB, QUAY) for name in ("cann-1", "cann-2")),
        (MIND_HUB, digest("mind-2")),
    }
    assert all(tag.tag == tag.digest.permanent_tag for tag in tags.values() if tag.permanent)


def test_internal_layers_are_judged_by_their_newest_permanent_tag() -> None:
    layer = FIRST.images[0]
    newer = replace(
        SECOND, images=(replace(layer, image=replace(layer.image, digest=digest("os-2"))),), moves=()
    )
    tags = named([FIRST, newer])
    assert tags[LAYERS, digest("os-2").permanent_tag].current
    assert not tags[LAYERS, digest("os-1").permanent_tag].current
    assert tags[LAYERS, digest("os-1").permanent_tag].target == OS
    assert not tags[HUB, digest("cann-1").permanent_tag].current


def test_a_retired_tag_is_not_promised_until_it_moves_again() -> None:
    retired = replace(BACK, moves=(), retired=(CANN, TargetId("cann:latest")))
    assert (HUB, CANN.tag) not in named([FIRST, retired])
    assert (HUB, "latest") not in named([FIRST, retired])
    assert (HUB, digest("cann-1").permanent_tag) in named([FIRST, retired])
    again = replace(BACK, sequence=4)
    assert named([FIRST, retired, again])[HUB, CANN.tag].digest == digest("cann-1")


def test_a_digest_that_no_record_describes_has_no_platforms() -> None:
    adopted = replace(BACK, moves=(move(HUB, "old", CANN, "unknown"),))
    assert named([adopted])[HUB, "old"].platforms == ()


def placed(record: ReleaseRecord, *places: Destination) -> ReleaseRecord:
    """Let the record's CANN go to these places."""
    images = tuple(
        replace(item, destinations=places) if item.image.target == CANN else item for item in record.images
    )
    return replace(record, images=images, moves=())


POOR = Destination("hub", HUB, evidence="quay")
KEEPER = Destination("quay", QUAY)


def test_evidence_is_looked_for_where_the_record_says() -> None:
    first = placed(FIRST, POOR, KEEPER)
    moving = replace(BACK, moves=(move(HUB, CANN.tag, CANN, "cann-1"), move(QUAY, CANN.tag, CANN, "cann-1")))
    tags = named([first, moving])
    for tag in (CANN.tag, digest("cann-1").permanent_tag):
        assert tags[HUB, tag].evidence == KEEPER
        assert tags[HUB, tag].proven_at == QUAY
        assert tags[QUAY, tag].evidence is None
        assert tags[QUAY, tag].proven_at == QUAY


def test_a_later_record_says_where_evidence_went() -> None:
    moved = placed(replace(FIRST, sequence=4), replace(POOR, evidence=None))
    tags = named([placed(FIRST, POOR, KEEPER), replace(BACK, moves=(move(HUB, "x", CANN, "cann-1"),)), moved])
    assert tags[HUB, "x"].evidence is None


def test_a_registry_without_indexes_is_promised_platforms() -> None:
    poor = replace(POOR, evidence=None, indexes=False)
    first = placed(SECOND, poor)
    image = next(item.image for item in first.images if item.image.target == CANN)
    amd64, arm64 = image.platforms
    one = Move("hub", HUB, f"{CANN.tag}-amd64", None, amd64.digest, CANN)
    tags = named([first, replace(BACK, moves=(one,))])
    found = tags[HUB, f"{CANN.tag}-amd64"]
    assert (found.platform, found.platforms, found.name) == (AMD64, (amd64,), CANN)
    kept = {tag.tag: tag.platform for tag in tags.values() if tag.permanent and tag.repository == HUB}
    assert kept == {
        amd64.digest.permanent_tag: amd64.platform, arm64.digest.permanent_tag: arm64.platform,
    }  # fmt: skip
    retired = replace(BACK, sequence=9, moves=(), retired=(CANN,))
    assert (HUB, f"{CANN.tag}-amd64") not in named([first, replace(BACK, moves=(one,)), retired])


def test_an_adopted_tag_is_promised_and_not_judged() -> None:
    adopted = AdoptedTag("hub", HUB, "old", digest("unknown"), CANN)
    tags = named([replace(BACK, moves=(), adopted=(adopted,))])
    assert (tags[HUB, "old"].digest, tags[HUB, "old"].platforms) == (digest("unknown"), ())


@pytest.mark.parametrize("records", [[], [replace(BACK, moves=())]])
def test_nothing_is_promised(records: list[ReleaseRecord]) -> None:
    assert expected_tags(records) == ()
