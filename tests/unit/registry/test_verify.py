from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import DigestMismatch
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.registry.verify import PIECE, verified


def described(content: bytes) -> Descriptor:
    return Descriptor("application/octet-stream", Digest.of(content), len(content))


def uncounted(_: int) -> None:
    """Count nothing."""


@given(st.lists(st.binary(max_size=50)))
def test_the_right_bytes_pass_and_are_counted(chunks: list[bytes]) -> None:
    content, counted = b"".join(chunks), list[int]()
    passed = list(verified(chunks, described(content), "here", counted.append))
    assert b"".join(passed) == content
    assert sum(counted) == len(content)
    assert b"" not in passed


@given(st.lists(st.binary(min_size=1, max_size=50), min_size=1), st.binary(max_size=50))
def test_wrong_bytes_never_come_out_whole(chunks: list[bytes], other: bytes) -> None:
    content = b"".join(chunks)
    if other == content:
        return
    passed = bytearray()
    with pytest.raises(DigestMismatch):
        passed.extend(
            byte for chunk in verified(chunks, described(other), "here", uncounted) for byte in chunk
        )
    assert len(passed) < len(content)


def test_large_chunks_are_cut() -> None:
    content = bytes(2 * PIECE + 1)
    assert [len(piece) for piece in verified([content], described(content), "here", uncounted)] == [
        PIECE,
        PIECE,
        1,
    ]


def test_too_much_is_noticed_before_it_is_passed_on() -> None:
    endless = iter(lambda: b"x" * 10, b"")
    blob = replace(described(b"x" * 25), size=25)
    passed = bytearray()
    with pytest.raises(DigestMismatch, match="more than 25"):
        passed.extend(byte for chunk in verified(endless, blob, "here", uncounted) for byte in chunk)
    assert len(passed) < 25
