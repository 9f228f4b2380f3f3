"""Shared reads: who gets what, from where, and how often the source is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from threading import Event, Thread

import pytest

from publisher.errors import DigestMismatch, RegistryUnreachable
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.registry.feed import Feeds
from tests.unit.registry.feed_source import HOME, Source

TEXT = b"the quick brown fox jumps over the lazy dog"
BLOCK = 4096
Fed = Callable[..., Feeds]


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def fed(source: Source) -> Iterator[Fed]:
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(closing(Feeds(source.open, **options)))


def opened(feeds: Feeds, stack: ExitStack, blob: Descriptor, lane: str, start: int = 0) -> Iterator[bytes]:
    return stack.enter_context(feeds.open(HOME, blob, lane, start))


def whole(feeds: Feeds, blob: Descriptor, lane: str, start: int = 0) -> bytes:
    with feeds.open(HOME, blob, lane, start) as chunks:
        return b"".join(chunks)


def test_what_one_lane_reads_is_kept_for_the_others(source: Source, fed: Fed) -> None:
    feeds, blob = fed(), source.hold(TEXT)
    feeds.expect(HOME, blob, ("hub", "quay", "modelers"))
    assert [whole(feeds, blob, lane) for lane in ("hub", "quay", "modelers")] == [TEXT] * 3
    assert source.opened == [0]
    assert feeds.kept == (0, 0)


def test_nothing_is_kept_for_one_lane_alone(source: Source, fed: Fed) -> None:
    feeds, blob = fed(), source.hold(TEXT)
    feeds.expect(HOME, blob, ("hub",))
    with feeds.open(HOME, blob, "hub") as chunks:
        for _ in chunks:
            assert feeds.kept == (0, 0)


def test_the_fastest_pulls_and_the_slowest_holds_what_is_kept(source: Source, fed: Fed) -> None:
    feeds, blob = fed(), source.hold(TEXT)
    feeds.expect(HOME, blob, ("fast", "slow"))
    with ExitStack() as stack:
        fast, slow = (opened(feeds, stack, blob, lane) for lane in ("fast", "slow"))
        assert [next(fast) for _ in range(4)] == [b"the", b" qu", b"ick", b" br"]
        assert feeds.kept == (12, 0)
        assert [next(slow) for _ in range(2)] == [b"the", b" qu"]
        assert feeds.kept == (6, 0)
        assert b"".join(slow) + b"".join(fast) == TEXT[6:] + TEXT[12:]
    assert source.given == len(TEXT)


def test_what_memory_has_no_room_for_goes_to_the_disk(source: Source, fed: Fed) -> None:
    feeds, blob = fed(memory=7, spool=1 << 20), source.hold(TEXT)
    feeds.expect(HOME, blob, ("fast", "slow"))
    assert whole(feeds, blob, "fast") == TEXT
    memory, disk = feeds.kept
    assert memory <= 7
    assert disk > 0
    assert whole(feeds, blob, "slow") == TEXT
    assert source.opened == [0]
    assert feeds.kept == (0, 0)


def test_who_falls_out_of_both_reads_the_rest_by_himself(source: Source, fed: Fed) -> None:
    feeds, blob = fed(memory=4, spool=BLOCK, mark_every=6), source.hold(TEXT)
    feeds.expect(HOME, blob, ("fast", "slow"))
    assert whole(feeds, blob, "fast") == TEXT
    assert whole(feeds, blob, "slow") == TEXT
    assert source.opened == [0, 6]  # six bytes were kept, and a state of the hash
    assert feeds.kept == (0, 0)


def test_a_disk_that_loses_pieces_costs_a_read_and_keeps_no_room(source: Source, fed: Fed) -> None:
    feeds, blob = fed(memory=0), source.hold(TEXT)
    feeds.expect(HOME, blob, ("hub", "quay"))
    assert whole(feeds, blob, "hub") == TEXT
    assert feeds.kept[1]
    feeds._keeper._spool.close()
    assert whole(feeds, blob, "quay") == TEXT
    feeds.leave(blob.digest, "quay")
    assert feeds.kept == (0, 0)


def test_who_reads_by_himself_does_not_hold_a_place_at_the_shared_read(source: Source, fed: Fed) -> None:
    feeds, blob = fed(memory=4, spool=0), source.hold(TEXT)
    feeds.expect(HOME, blob, ("fast", "slow"))
    with ExitStack() as stack:
        fast = opened(feeds, stack, blob, "fast")
        next(fast), next(fast)
        with feeds.open(HOME, blob, "slow") as slow:
            assert [next(slow) for _ in range(3)] == [b"the", b" qu", b"ick"]
            assert source.connections == 2
        assert source.connections == 1
        assert b"".join(fast) == TEXT[6:]


def test_a_source_that_drops_is_taken_up_where_it_broke_off(source: Source, fed: Fed) -> None:
    feeds, blob = fed(), source.hold(TEXT)
    source.drops = [10, 30]
    assert whole(feeds, blob, "hub") == TEXT
    assert source.opened == [0, 9, 30]


def test_a_source_that_gives_nothing_more_is_given_up(source: Source, fed: Fed) -> None:
    feeds, blob = fed(), source.hold(TEXT)
    feeds.expect(HOME, blob, ("hub",))
    source.drops = [9, 9]
    with pytest.raises(RegistryUnreachable):
        whole(feeds, blob, "hub")
    assert source.connections == 0
    assert whole(feeds, blob, "hub", 9) == TEXT[9:]
    assert source.opened == [0, 9, 9]


def test_a_lane_that_tries_again_reads_on_where_its_registry_is(source: Source, fed: Fed) -> None:
    feeds, blob = fed(mark_every=6), source.hold(TEXT)
    feeds.expect(HOME, blob, ("hub", "quay"))
    with feeds.open(HOME, blob, "hub") as chunks:
        assert [next(chunks) for _ in range(5)][-1] == b"own"
    assert source.connections == 0
    assert whole(feeds, blob, "hub", 14) == TEXT[14:]
    assert whole(feeds, blob, "quay") == TEXT
    assert source.opened == [0, 15]


def test_an_attempt_from_the_middle_of_what_is_gone_is_verified(source: Source, fed: Fed) -> None:
    feeds, blob = fed(mark_every=6), source.hold(TEXT)
    feeds.expect(HOME, blob, ("hub",))
    assert whole(feeds, blob, "hub") == TEXT
    source.contents[blob.digest] = TEXT[:-1] + b"!"
    got = bytearray()
    with feeds.open(HOME, blob, "hub", 20) as chunks, pytest.raises(DigestMismatch):
        got.extend(byte for chunk in chunks for byte in chunk)
    assert source.opened == [0, 18]
    assert len(got) < len(TEXT) - 20


@pytest.mark.parametrize("start", [len(TEXT), len(TEXT) + 5])
def test_nothing_is_left_after_the_end(source: Source, fed: Fed, start: int) -> None:
    feeds, blob = fed(), source.hold(TEXT)
    assert whole(feeds, blob, "hub", start) == b""
    assert source.opened == []


@pytest.mark.parametrize("content", [TEXT[:-1], TEXT + b"!", TEXT[:-1] + b"!", b""])
def test_nobody_gets_the_whole_of_a_wrong_blob(source: Source, fed: Fed, content: bytes) -> None:
    blob = Descriptor(source.hold(TEXT).media_type, Digest.of(TEXT), len(TEXT))
    source.contents[blob.digest] = content
    feeds = fed()
    feeds.expect(HOME, blob, ("hub", "quay"))
    with ExitStack() as stack:
        readers = [opened(feeds, stack, blob, lane) for lane in ("hub", "quay")]
        for reader in readers:
            got = bytearray()
            with pytest.raises(DigestMismatch):
                got.extend(byte for chunk in reader for byte in chunk)
            assert len(got) < len(TEXT)
        assert source.opened == [0]
    for lane in ("hub", "quay"):
        feeds.leave(blob.digest, lane)
    assert feeds.kept == (0, 0)


def test_an_empty_blob_is_verified_too(source: Source, fed: Fed) -> None:
    feeds, blob = fed(), source.hold(b"")
    feeds.expect(HOME, blob, ("hub", "quay"))
    assert whole(feeds, blob, "hub") == whole(feeds, blob, "quay") == b""
    assert source.opened == [0]
    wrong = source.hold(b"", Digest.of(TEXT))
    with pytest.raises(DigestMismatch):
        whole(feeds, wrong, "hub")


def test_a_lane_that_leaves_lets_go_of_what_was_kept_for_it(source: Source, fed: Fed) -> None:
    feeds, blob = fed(memory=9, spool=1 << 20), source.hold(TEXT)
    feeds.expect(HOME, blob, ("hub", "quay"))
    whole(feeds, blob, "hub")
    assert feeds.kept[1] > 0
    feeds.leave(blob.digest, "quay")
    assert feeds.kept == (0, 0)


def test_leaving_in_the_middle_of_reading_takes_nothing_away(source: Source, fed: Fed) -> None:
    """The engine gives a lane up from another thread than the one that reads."""
    feeds, blob = fed(memory=9, spool=1 << 20), source.hold(TEXT)
    feeds.expect(HOME, blob, ("hub", "quay"))
    whole(feeds, blob, "hub")
    with feeds.open(HOME, blob, "quay") as chunks:
        got = next(chunks)
        feeds.leave(blob.digest, "quay")
        feeds.leave(blob.digest, "quay")
        assert got + b"".join(chunks) == TEXT
    assert source.opened == [0]
    assert feeds.kept == (0, 0)


def test_no_connection_stays_open_when_nobody_reads(source: Source, fed: Fed) -> None:
    feeds, blob = fed(), source.hold(TEXT)
    feeds.expect(HOME, blob, ("hub", "quay"))
    with feeds.open(HOME, blob, "hub") as chunks:
        next(chunks)
        assert source.connections == 1
    assert source.connections == 0


def test_a_lane_that_nobody_expected_reads_too(source: Source, fed: Fed) -> None:
    feeds, blob = fed(), source.hold(TEXT)
    assert whole(feeds, blob, "hub") == TEXT
    assert whole(feeds, blob, "hub") == TEXT
    assert source.opened == [0, 0]
    assert feeds.kept == (0, 0)


def test_what_was_kept_is_read_again_after_the_end(source: Source, fed: Fed) -> None:
    feeds, blob = fed(memory=0, spool=1 << 20), source.hold(TEXT)
    feeds.expect(HOME, blob, ("hub", "quay"))
    with ExitStack() as stack:
        hub, quay = (opened(feeds, stack, blob, lane) for lane in ("hub", "quay"))
        next(hub), next(hub), next(quay)
        feeds.close()
        assert b"".join(quay) == TEXT[3:]


def test_lanes_wait_for_the_one_that_reads_and_not_for_those_that_send(source: Source, fed: Fed) -> None:
    """While a thread reads from the source the other waits for its piece; both get all of it."""
    feeds, blob = fed(), source.hold(TEXT)
    feeds.expect(HOME, blob, ("hub", "quay"))
    got: dict[str, bytes] = {}
    sending, sent = Event(), Event()

    def hub() -> None:
        with feeds.open(HOME, blob, "hub") as chunks:
            first = next(chunks)
            sending.set()
            assert sent.wait(30)
            got["hub"] = first + b"".join(chunks)

    thread = Thread(target=hub)
    thread.start()
    assert sending.wait(30)
    got["quay"] = whole(feeds, blob, "quay")
    sent.set()
    thread.join(30)
    assert got == {"hub": TEXT, "quay": TEXT}
    assert source.opened == [0]


def test_many_threads_share_one_read(source: Source, fed: Fed) -> None:
    source.piece = 4096
    content = bytes(range(256)) * 4096
    feeds, blob = fed(memory=64 * 1024, spool=128 * 1024), source.hold(content)
    lanes = [f"lane{number}" for number in range(6)]
    feeds.expect(HOME, blob, lanes)
    got: dict[str, bytes] = {}
    threads = [Thread(target=lambda one=lane: got.update({one: whole(feeds, blob, one)})) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert got == dict.fromkeys(lanes, content)
    assert feeds.kept == (0, 0)
    assert source.connections == 0


def test_bytes_after_the_end_are_noticed_before_the_last_piece_is_given(source: Source, fed: Fed) -> None:
    blob = source.hold(TEXT)
    source.contents[blob.digest], source.piece = TEXT + b"more", len(TEXT)
    with fed().open(HOME, blob, "hub") as chunks, pytest.raises(DigestMismatch, match="more than"):
        next(chunks)


def test_who_is_behind_stops_as_soon_as_the_blob_is_known_to_be_wrong(source: Source, fed: Fed) -> None:
    feeds, blob = fed(), source.hold(TEXT)
    source.contents[blob.digest] = TEXT[:-1] + b"!"
    feeds.expect(HOME, blob, ("fast", "slow"))
    with ExitStack() as stack:
        fast, slow = (opened(feeds, stack, blob, lane) for lane in ("fast", "slow"))
        next(slow)
        with pytest.raises(DigestMismatch):
            list(fast)
        with pytest.raises(DigestMismatch):
            next(slow)


def test_one_who_is_far_behind_does_not_push_the_others_out(source: Source, fed: Fed) -> None:
    feeds, blob = fed(memory=12, spool=0), source.hold(TEXT)
    feeds.expect(HOME, blob, ("fast", "near", "slow"))
    with ExitStack() as stack:
        fast, near = (opened(feeds, stack, blob, lane) for lane in ("fast", "near"))
        got = [next(reader) for _ in range(6) for reader in (fast, near)]
        assert b"".join(got[::2]) == b"".join(got[1::2]) == TEXT[:18]
        assert source.opened == [0]
        assert feeds.kept == (9, 0)  # for the one that has not begun
        next(fast)
        assert feeds.kept == (12, 0)
        feeds.leave(blob.digest, "slow")
        assert feeds.kept == (3, 0)
        assert next(near) == TEXT[18:21]
        assert [next(reader) for reader in (near, fast)] == [TEXT[21:24]] * 2
    assert source.opened == [0]
