"""The disk behind shared reads, as files on a real one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.registry.kept import Keeper
from publisher.registry.spool import BLOCK, Extent, Spool


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with closing(Spool(10 * BLOCK, tmp_path)) as spool:
        yield spool


def put(spool: Spool, piece: bytes) -> Extent:
    extent = spool.put(piece)
    assert extent is not None
    return extent


def test_what_is_put_is_got(spool: Spool) -> None:
    pieces = [b"a" * 5000, b"b", b"c" * BLOCK]
    extents = [put(spool, piece) for piece in pieces]
    assert [spool.get(extent) for extent in extents] == pieces
    assert spool.used == 4 * BLOCK


def test_nothing_is_left_in_the_folder(spool: Spool, tmp_path: Path) -> None:
    put(spool, b"secret")
    assert list(tmp_path.iterdir()) == []


def test_there_is_room_for_the_budget_and_no_more(spool: Spool) -> None:
    extents = [put(spool, b"x" * BLOCK) for _ in range(10)]
    assert spool.put(b"y") is None
    for extent in extents[3:5]:
        spool.free(extent)
    assert spool.put(b"y" * 3 * BLOCK) is None
    assert put(spool, b"y" * 2 * BLOCK).start == 3 * BLOCK


def test_room_that_is_free_again_is_one_piece(spool: Spool) -> None:
    extents = [put(spool, b"x" * BLOCK) for _ in range(10)]
    for number in (1, 3, 2, 0, 9, 4, 6, 8, 7, 5):
        spool.free(extents[number])
    assert spool.used == 0
    assert put(spool, b"y" * 10 * BLOCK).start == 0


def test_a_folder_that_is_not_there_has_no_room(tmp_path: Path) -> None:
    with closing(Spool(10 * BLOCK, tmp_path / "none")) as spool:
        assert spool.put(b"x") is None
        assert spool.used == 0


def test_a_full_disk_has_no_room() -> None:
    """Nothing can be written to /dev/full; a folder there cannot be made, so the file itself is taken."""
    with closing(Spool(10 * BLOCK)) as spool, Path("/dev/full").open("r+b", buffering=0) as full:
        spool._file = full
        assert spool.put(b"x") is None
        assert spool.used == 0


def test_what_was_closed_is_gone(spool: Spool) -> None:
    extent = put(spool, b"x")
    spool.close()
    assert spool.get(extent) is None
    assert spool.put(b"y") is None


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 3 * BLOCK)), max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_two_pieces_share_a_place(moves: list[tuple[bool, int]]) -> None:
    with closing(Spool(8 * BLOCK)) as spool:
        there: list[tuple[Extent, bytes]] = []
        for number, (adds, size) in enumerate(moves):
            if adds:
                piece = bytes([number]) * size
                extent = spool.put(piece)
                if extent is not None:
                    there.append((extent, piece))
            elif there:
                spool.free(there.pop(size % len(there))[0])
            assert spool.used == sum(extent.room for extent, _ in there) <= 8 * BLOCK
            assert all(spool.get(extent) == piece for extent, piece in there)


def test_memory_comes_first_and_then_the_disk(tmp_path: Path) -> None:
    with closing(Keeper(12, BLOCK, tmp_path)) as keeper:
        kept = [keeper.keep(piece) for piece in (b"12345678", b"abc", b"d", b"ef")]
        assert kept[0] == b"12345678"
        assert isinstance(kept[1], Extent)
        assert kept[2] == b"d"
        assert kept[3] is None
        assert (keeper.in_memory, keeper.on_disk) == (9, BLOCK)
        assert [keeper.get(one) for one in kept if one is not None] == [b"12345678", b"abc", b"d"]
        for one in kept[:3]:
            assert one is not None
            keeper.drop(one)
        assert (keeper.in_memory, keeper.on_disk) == (0, 0)


def test_a_part_of_memory_is_for_those_who_ask_soon() -> None:
    with closing(Keeper(12, 0)) as keeper:
        assert keeper.keep(b"1234567890") is None
        assert keeper.keep(b"123456789") == b"123456789"
        assert keeper.keep(b"a") is None
        assert keeper.keep(b"abc", soon=True) == b"abc"
        assert keeper.keep(b"d", soon=True) is None
