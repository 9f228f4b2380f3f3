"""What records tell of earlier releases; older ones tell less."""

from __future__ import annotations

import json
from dataclasses import replace

from publisher import codec
from publisher.oci.platform import Platform
from publisher.plan.figures import Contents
from publisher.records.history import history_of
from publisher.records.release import ReleasedImage, ReleaseRecord
from tests.unit.notes.releases import CANN, FIRST, OS, SECOND

AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")
CONTENTS = Contents(2, 3, 1_000, 7, 70)


def with_figures(record: ReleaseRecord, seconds: float | None, contents: Contents | None) -> ReleaseRecord:
    """Give the record as a run writes it that took so long for each platform."""

    def filled(item: ReleasedImage) -> ReleasedImage:
        platforms = tuple(replace(one, seconds=seconds) for one in item.image.platforms)
        return replace(item, image=replace(item.image, platforms=platforms), contents=contents)

    return replace(record, images=tuple(map(filled, record.images)))


def test_the_newest_figures_of_each_target_count() -> None:
    newer = replace(CONTENTS, bytes=2_000)
    records = (with_figures(FIRST, 10.0, CONTENTS), with_figures(SECOND, 20.0, newer))
    for order in (records, records[::-1]):
        history = history_of(order)
        assert (history.seconds(OS, AMD64), history.contents(OS)) == (10.0, CONTENTS)
        assert (history.seconds(CANN, AMD64), history.contents(CANN)) == (20.0, newer)
        assert history.seconds(CANN, ARM64) == 20.0


def test_a_build_that_was_found_in_staging_keeps_the_seconds_of_the_one_that_made_it() -> None:
    history = history_of([with_figures(FIRST, 10.0, CONTENTS), with_figures(SECOND, None, None)])
    assert (history.seconds(CANN, AMD64), history.contents(CANN)) == (10.0, CONTENTS)
    assert history.seconds(CANN, ARM64) is None


def test_a_record_from_before_these_figures_is_read_and_tells_nothing() -> None:
    plain = json.loads(codec.canonical(FIRST))
    for item in plain["images"]:
        del item["contents"]
        for platform in item["image"]["platforms"]:
            del platform["seconds"]
    record = codec.decode(ReleaseRecord, json.dumps(plain))
    assert record == FIRST
    history = history_of([record])
    assert (history.seconds(CANN, AMD64), history.contents(CANN)) == (None, None)


def test_no_records_tell_nothing() -> None:
    assert history_of([]).contents(CANN) is None
