"""A blob of several GiB, shared by three lanes, in constant memory."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from threading import Thread

import pytest

from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.registry.feed import Feeds
from tests.unit.registry.feed_source import HOME, LAYER

MIB = 1024 * 1024
PIECES = 3 * 1024


@pytest.mark.soak
def test_memory_does_not_grow_with_the_blob(tmp_path: Path) -> None:
    piece = bytes(range(256)) * 4096
    whole = hashlib.sha256()
    for _ in range(PIECES):
        whole.update(piece)
    blob = Descriptor(LAYER, Digest(f"sha256:{whole.hexdigest()}"), PIECES * MIB)

    def source(_: Repository, __: Descriptor, start: int) -> AbstractContextManager[Iterator[bytes]]:
        return nullcontext(bytes(memoryview(piece)) for _ in range(start // MIB, PIECES))

    def read(feeds: Feeds, lane: str) -> None:
        with feeds.open(HOME, blob, lane) as chunks:
            got[lane] = sum(len(chunk) for chunk in chunks)

    got: dict[str, int] = {}
    lanes = ("hub", "quay", "modelers")
    with closing(Feeds(source, memory=16 * MIB, spool=64 * MIB, folder=tmp_path)) as feeds:
        feeds.expect(HOME, blob, lanes)
        tracemalloc.start()
        threads = [Thread(target=read, args=(feeds, lane)) for lane in lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert got == dict.fromkeys(lanes, PIECES * MIB)
    assert peak < 32 * MIB
