"""Laws of shared reads, for any interleaving of lanes, attempts, budgets and drops."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import DigestMismatch, RegistryUnreachable
from publisher.oci.descriptor import Descriptor
from publisher.registry.feed import Feeds
from publisher.registry.spool import BLOCK
from tests.unit.registry.feed_source import HOME, Source

LANES = ("hub", "quay", "modelers")
BLOBS = st.lists(st.binary(max_size=60), min_size=1, max_size=2, unique=True)
BUDGETS = st.sampled_from([0, 1, 5, 10, 1000])
SPOOLS = st.sampled_from([0, BLOCK, 3 * BLOCK, 100 * BLOCK])
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["step", "step", "step", "open", "drop", "leave", "rush"]),
        st.integers(0, 1),
        st.sampled_from(LANES),
        st.integers(0, 70),
    ),
    max_size=80,
)


@dataclass
class Reading:
    """One attempt of a lane."""

    context: AbstractContextManager[Iterator[bytes]]
    chunks: Iterator[bytes]
    start: int
    got: bytearray = field(default_factory=bytearray)
    ended: bool = False


@dataclass
class World:
    """Lanes that read blobs one piece at a time, in any order."""

    feeds: Feeds
    source: Source
    blobs: list[Descriptor]
    memory: int
    spool: int
    readings: dict[tuple[int, str], Reading] = field(default_factory=dict)

    def play(self, move: str, number: int, lane: str, start: int) -> None:
        """Do one thing."""
        number %= len(self.blobs)
        key, blob = (number, lane), self.blobs[number]
        match move:
            case "open" if key not in self.readings:
                # most attempts begin at the beginning
                self._open(key, start if start < blob.size and start % 3 == 0 else 0)
            case "step" | "rush" if key in self.readings:
                while self._step(self.readings[key]) and move == "rush":
                    pass
            case "drop" if key in self.readings:
                self._close(key)
            case "leave":
                self.feeds.leave(blob.digest, lane)
        memory, disk = self.feeds.kept
        assert memory <= self.memory
        assert disk <= self.spool

    def finish(self) -> Iterator[tuple[int, Reading]]:
        """Let everybody read to the end."""
        for number, blob in enumerate(self.blobs):
            for lane in LANES:
                if (number, lane) not in self.readings:
                    self._open((number, lane), 0)
                reading = self.readings[number, lane]
                while self._step(reading):
                    pass
                self._close((number, lane))
                self.feeds.leave(blob.digest, lane)
                yield number, reading

    def _open(self, key: tuple[int, str], start: int) -> None:
        context = self.feeds.open(HOME, self.blobs[key[0]], key[1], start)
        self.readings[key] = Reading(context, context.__enter__(), start)

    def _close(self, key: tuple[int, str]) -> None:
        self.readings.pop(key).context.__exit__(None, None, None)

    def _step(self, reading: Reading) -> bool:
        if reading.ended:
            return False
        piece = next(reading.chunks, None)
        reading.ended = piece is None
        reading.got += piece or b""
        return not reading.ended


def begun(source: Source, contents: list[bytes], memory: int, spool: int) -> Generator[World, None, None]:
    feeds = Feeds(source.open, memory=memory, spool=spool, mark_every=4)
    world = World(feeds, source, [source.hold(content) for content in contents], memory, spool)
    for blob in world.blobs:
        feeds.expect(HOME, blob, LANES)
    try:
        yield world
    finally:
        feeds.close()


@given(BLOBS, BUDGETS, SPOOLS, st.integers(1, 9), MOVES)
def test_everybody_gets_exactly_the_bytes(
    contents: list[bytes],
    memory: int,
    spool: int,
    piece: int,
    moves: list[tuple[str, int, str, int]],
) -> None:
    source = Source(piece)
    for world in begun(source, contents, memory, spool):
        for move in moves:
            world.play(*move)
        for number, reading in world.finish():
            assert bytes(reading.got) == contents[number][reading.start :]
        assert world.feeds.kept == (0, 0)
        assert source.connections == 0


@given(BLOBS, st.integers(1, 9), MOVES)
def test_each_blob_is_read_once_where_budgets_suffice(
    contents: list[bytes], piece: int, moves: list[tuple[str, int, str, int]]
) -> None:
    source = Source(piece)
    for world in begun(source, contents, 1000, 0):
        for move, number, lane, _ in moves:
            if move in {"open", "step", "rush"}:
                world.play(move, number, lane, 0)
        for number, reading in world.finish():
            assert bytes(reading.got) == contents[number]
        assert source.given == sum(map(len, contents))
        assert source.opened == [0] * len(contents)


@given(
    BLOBS, BUDGETS, SPOOLS, st.integers(1, 9), st.lists(st.integers(0, 60), max_size=8), MOVES
)  # fmt: skip
def test_drops_change_no_byte(
    contents: list[bytes],
    memory: int,
    spool: int,
    piece: int,
    drops: list[int],
    moves: list[tuple[str, int, str, int]],
) -> None:
    source = Source(piece, drops)
    for world in begun(source, contents, memory, spool):
        for move in moves:
            with suppress(RegistryUnreachable):
                world.play(*move)
        drops.clear()
        for key in list(world.readings):
            world.play("drop", key[0], key[1], 0)
        for number, reading in world.finish():
            assert bytes(reading.got) == contents[number][reading.start :]
        assert world.feeds.kept == (0, 0)


@given(st.binary(min_size=1, max_size=60), BUDGETS, SPOOLS, st.integers(1, 9), MOVES, st.data())
def test_nobody_gets_the_last_piece_of_a_wrong_blob(
    content: bytes,
    memory: int,
    spool: int,
    piece: int,
    moves: list[tuple[str, int, str, int]],
    data: st.DataObject,
) -> None:
    source = Source(piece)
    wrong = data.draw(st.binary(max_size=70).filter(lambda other: other != content))
    for world in begun(source, [content], memory, spool):
        source.contents[world.blobs[0].digest] = wrong
        for move in moves:
            with suppress(DigestMismatch):
                world.play(*move)
        for lane in LANES:
            world.play("open", 0, lane, 0)
        for reading in world.readings.values():
            with suppress(DigestMismatch):
                world.play("rush", 0, LANES[0], 0)
            assert len(reading.got) < max(1, len(content) - reading.start)
