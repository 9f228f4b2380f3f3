"""In which order the registries were written to, from their own access logs.

Within one registry the lines of its log count; between two of them the times do, of which
some are whole seconds, so that a second of tolerance is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from publisher.oci.digest import Digest
from publisher.oci.reference import is_reserved_tag
from publisher.records.release import RECORDS_NAME, Move, sequence_tag
from tests.integration.small import REGISTRIES
from tests.integration.world import SERVERS, Played, World
from tests.stack import Request

pytestmark = pytest.mark.timeout(900)  # the first test plays the merges

TOLERANCE = timedelta(seconds=1)
RELEASED = (0, 1, 3, 4)
"""The merges that wrote a release record."""


@pytest.fixture(params=RELEASED, ids=lambda number: f"merge {number + 1}")
def played(request: pytest.FixtureRequest, demo: World) -> Played:
    """Give a merge that wrote a release record."""
    found: Played = demo.merges[request.param]
    assert found.record.moves
    return found


def put_of(move: Move) -> str:
    """Give the path with which a tag is written."""
    return f"/v2/{move.repository.path}/manifests/{move.tag}"


def is_put(request: Request, path: str) -> bool:
    """Tell whether a manifest was written there."""
    return request.method == "PUT" and request.path.partition("?")[0] == path


def position(requests: list[Request], path: str) -> int:
    """Give the place of the one PUT of this path in a log."""
    found = [number for number, item in enumerate(requests) if is_put(item, path)]
    assert len(found) == 1, f"{path} was written {len(found)} times"
    return found[0]


def test_every_move_is_one_write_and_nothing_else_moves(demo: World, played: Played) -> None:
    for registry in REGISTRIES:
        moves = [put_of(move) for move in played.record.moves if move.registry == registry]
        written = [
            item.path for item in demo.requests(played, registry)
            if item.method == "PUT" and "/manifests/" in item.path and RECORDS_NAME not in item.path
            and ":" not in item.path and not is_reserved_tag(item.path.rpartition("/")[2])
        ]  # fmt: skip
        assert sorted(written) == sorted(moves)


def test_contents_and_evidence_are_there_before_a_tag_names_them(demo: World, played: Played) -> None:
    images = {item.image.digest: item.image for item in played.record.images}
    for move in played.record.moves:
        log = demo.requests(played, move.registry)
        tagged = position(log, put_of(move))
        manifests = f"/v2/{move.repository.path}/manifests"
        image = images[move.digest]
        evidence = [(item, image.digest) for item in image.referrers]
        evidence += [(item, one.digest) for one in image.platforms for item in one.referrers]
        needed = [image.digest.permanent_tag, *(item.digest for item in image.platforms)]
        needed += [item.digest for item, _ in evidence]
        for reference in needed:
            assert position(log, f"{manifests}/{reference}") < tagged, reference
        if move.registry != "quay":
            for subject in {subject for _, subject in evidence}:
                assert last_fallback(log, manifests, subject) < tagged


def last_fallback(log: list[Request], manifests: str, subject: Digest) -> int:
    """Give the place of the last write of a list of referrers."""
    path = f"{manifests}/{subject.fallback_tag}"
    return max(number for number, item in enumerate(log) if is_put(item, path))


def test_nothing_but_tags_and_records_is_written_after_the_first_tag(demo: World, played: Played) -> None:
    for registry in REGISTRIES:
        moves = {put_of(move) for move in played.record.moves if move.registry == registry}
        writes = [item for item in demo.requests(played, registry) if item.method in ("PUT", "POST", "PATCH")]
        first = min((number for number, item in enumerate(writes) if item.path in moves), default=len(writes))
        later = {item.path for item in writes[first:] if f"/{RECORDS_NAME}/" not in item.path}
        assert later == moves


def test_no_tag_moves_before_the_record_is_committed(demo: World, played: Played) -> None:
    staging = demo.requests(played, "staging")
    path = f"/v2/{demo.settings.staging_records.path}/manifests/{sequence_tag(played.record.sequence)}"
    committed = staging[position(staging, path)].time
    for move in played.record.moves:
        log = demo.requests(played, move.registry)
        assert log[position(log, put_of(move))].time > committed - TOLERANCE
    for registry in REGISTRIES:
        copied = f"/v2/{demo.records[registry].path}/manifests/{sequence_tag(played.record.sequence)}"
        log = demo.requests(played, registry)
        tags = [number for number, item in enumerate(log) if is_put_of_a_move(item, played)]
        assert all(number < position(log, copied) for number in tags)


def is_put_of_a_move(request: Request, played: Played) -> bool:
    """Tell whether a request moved a tag."""
    return any(is_put(request, put_of(move)) for move in played.record.moves)


def test_contents_are_everywhere_before_the_record_is_committed(demo: World, played: Played) -> None:
    staging = demo.requests(played, "staging")
    path = f"/v2/{demo.settings.staging_records.path}/manifests/{sequence_tag(played.record.sequence)}"
    committed = staging[position(staging, path)].time
    for item in played.record.images:
        for place in item.destinations:
            log = demo.requests(played, place.registry)
            manifests = f"/v2/{place.repository.path}/manifests"
            for evidence in item.image.referrers:
                assert log[position(log, f"{manifests}/{evidence.digest}")].time < committed + TOLERANCE


def test_latest_moves_after_every_version_tag(demo: World, played: Played) -> None:
    versions = list(moved(demo, played, latest=False))
    latest = list(moved(demo, played, latest=True))
    assert {move.tag for move, _, _ in latest} == {"latest"}
    assert "latest" not in {move.tag for move, _, _ in versions}
    for move, number, time in latest:
        for other, earlier, before in versions:
            assert before < time + TOLERANCE
            assert earlier < number or other.registry != move.registry


def moved(demo: World, played: Played, *, latest: bool) -> Iterator[tuple[Move, int, datetime]]:
    """Give moves with the place in the log and the time of their write."""
    for move in played.record.moves:
        if move.latest is latest:
            log = demo.requests(played, move.registry)
            number = position(log, put_of(move))
            yield move, number, log[number].time


def test_nothing_was_ever_deleted(demo: World) -> None:
    """An upload that was begun and is not needed may be given up: nothing was there yet."""
    for name in SERVERS:
        deleted = [
            item
            for item in demo.stack.requests(name)
            if item.method == "DELETE" and demo.name in item.path and "/blobs/uploads/" not in item.path
        ]
        assert deleted == []
