from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import DigestMismatch
from publisher.registry.outgoing import SMALL, Outgoing
from publisher.registry.session import Body
from tests.unit.registry.feed_source import described

CONTENT = bytes(range(256)) * (SMALL // 128)
BLOB = described(CONTENT)


class Source:
    """Counts how often it is opened, and where; `open` while somebody holds it."""

    def __init__(self, content: bytes = CONTENT, piece: int = 1000) -> None:
        self.content = content
        self.piece = piece
        self.starts: list[int] = []
        self.open = 0

    @contextmanager
    def at(self, start: int) -> Iterator[Iterator[bytes]]:
        """Open it."""
        self.starts.append(start)
        self.open += 1
        try:
            yield iter(
                [self.content[at : at + self.piece] for at in range(start, len(self.content), self.piece)]
            )
        finally:
            self.open -= 1


def outgoing(source: Source, counted: list[int] | None = None) -> AbstractContextManager[Outgoing]:
    count = counted.append if counted is not None else lambda _: None
    return closing(Outgoing(BLOB, source.at, "there", count))


def taken(body: bytes | Body, most: int = 1 << 30) -> bytes:
    assert isinstance(body, Body)
    got = bytearray()
    with body.open() as chunks:
        for chunk in chunks:
            got += chunk
            if len(got) >= most:
                break
    return bytes(got)


@given(st.lists(st.integers(1, len(CONTENT) - 1), max_size=5, unique=True), st.integers(1, 5000))
def test_parts_one_after_the_other_need_one_source(cuts: list[int], piece: int) -> None:
    source, counted = Source(piece=piece), list[int]()
    ends = [*sorted(cuts), len(CONTENT)]
    with outgoing(source, counted) as going:
        parts = [taken(going.body(start, end)) for start, end in zip([0, *ends], ends, strict=False)]
    assert parts == [CONTENT[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    assert source.starts == [0]
    assert source.open == 0
    assert sum(counted) == len(CONTENT)


def test_a_part_that_was_not_taken_whole_is_read_again() -> None:
    source = Source()
    with outgoing(source) as going:
        taken(going.body(0, 5000), most=2000)
        assert source.open == 0
        assert taken(going.body(0, 5000)) == CONTENT[:5000]
        assert taken(going.body(3000, 9000)) == CONTENT[3000:9000]
        assert source.open == 1
    assert source.starts == [0, 0, 3000]
    assert source.open == 0


def test_a_body_can_be_opened_twice() -> None:
    source = Source()
    with outgoing(source) as going:
        body = going.body(0, len(CONTENT))
        assert taken(body) == taken(body) == CONTENT


def test_a_small_blob_is_read_once() -> None:
    blob, starts = described(b"content"), list[int]()

    def open_source(start: int) -> AbstractContextManager[Iterator[bytes]]:
        starts.append(start)
        return nullcontext(iter([b"con", b"tent"]))

    with closing(Outgoing(blob, open_source, "there", lambda _: None)) as going:
        assert going.body(0, 7) == b"content"
        assert going.body(3, 7) == b"tent"
    assert starts == [0]


@pytest.mark.parametrize("wrong", [CONTENT[:-1], CONTENT + b"!"])
def test_another_length_never_goes_out_whole(wrong: bytes) -> None:
    got = bytearray()
    with outgoing(Source(wrong)) as going:
        body = going.body(0, len(CONTENT))
        assert isinstance(body, Body)
        with body.open() as chunks, pytest.raises(DigestMismatch):
            got.extend(byte for chunk in chunks for byte in chunk)
    assert len(got) <= len(CONTENT)
