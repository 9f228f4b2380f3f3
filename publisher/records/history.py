"""What records tell of earlier releases, to estimate the next one with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from publisher.catalog.target import TargetId
from publisher.oci.platform import Platform
from publisher.plan.figures import Figures, History
from publisher.records.image import AttestedImage
from publisher.records.release import ReleasedImage, ReleaseRecord

MOST_RECORDS = 50
"""Records that are looked at: the newest."""


def history_of(records: Iterable[ReleaseRecord]) -> History:
    """Collect the newest figures of every target; the order of the records does not matter."""
    targets: dict[TargetId, Figures] = {}
    for record in sorted(records, key=lambda item: item.sequence):
        for item in record.images:
            former = targets.get(item.image.target, Figures())
            targets[item.image.target] = _newer(former, item)
    return History.of(targets)


def _newer(former: Figures, item: ReleasedImage) -> Figures:
    """Let newer figures stand before former ones; a rerun that found its builds made knows no seconds."""
    seconds = {**former.seconds, **_seconds(item.image)}
    return replace(former, seconds=seconds, contents=item.contents or former.contents)


def _seconds(image: AttestedImage) -> Mapping[Platform, float]:
    return {item.platform: item.seconds for item in image.platforms if item.seconds is not None}
