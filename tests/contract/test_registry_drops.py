"""Transfers that break off in the middle: taken up where the registry says how far they came."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext

import pytest

from publisher.errors import DigestMismatch, RegistryUnreachable
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.registry.client import RegistryClient
from tests.contract.registries import LAYER, opener_at, repository
from tests.fakes.cutting_proxy import CuttingProxy
from tests.fakes.http_server import HttpServer, Said, Seen
from tests.stack import Stack

MIB = 1024 * 1024
CONTENT = os.urandom(6 * MIB)
BLOB = Descriptor(LAYER, Digest.of(CONTENT), len(CONTENT))
KINDS = ("staging", "hub", "quay")


@pytest.fixture
def cut(stack: Stack) -> Iterator[Callable[..., tuple[CuttingProxy, RegistryClient]]]:
    with ExitStack() as ends:

        def start(
            kind: str, sent: tuple[int, ...] = (), answered: tuple[int, ...] = ()
        ) -> tuple[CuttingProxy, RegistryClient]:
            proxy = CuttingProxy(stack.url(kind), deque(sent), deque(answered))
            ends.enter_context(proxy.running())
            client = RegistryClient(proxy.host)  # which waits: a registry needs a moment to notice a cut
            ends.enter_context(closing(client))
            return proxy, client

        yield start


Cut = Callable[..., tuple[CuttingProxy, RegistryClient]]


def read(client: RegistryClient, name: str, blob: Descriptor = BLOB) -> bytes:
    with client.open_blob(name, blob) as chunks:
        return b"".join(chunks)


@pytest.mark.parametrize("kind", KINDS)
def test_a_blob_arrives_although_its_upload_is_cut(cut: Cut, kind: str) -> None:
    proxy, client = cut(kind, sent=(2 * MIB, MIB + 700_000))
    opened: list[int] = []

    def open_source(start: int) -> AbstractContextManager[Iterator[bytes]]:
        opened.append(start)
        return opener_at(CONTENT, MIB)(start)

    name = repository()
    client.place_blob(name, BLOB, open_source, name)
    assert proxy.cuts == 2
    assert read(client, name) == CONTENT
    if kind == "staging":
        assert 0 < max(opened) < len(CONTENT)
        assert client.capabilities.resumes
    else:  # distribution 2 throws away what broke off, the small registry tells nothing
        assert opened == [0, 0, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_blob_is_read_although_the_answer_is_cut(cut: Cut, kind: str, stack: Stack) -> None:
    name = repository()
    RegistryClient(stack.url(kind)).place_blob(name, BLOB, opener_at(CONTENT, MIB), None)
    proxy, client = cut(kind, answered=(2 * MIB + 5000, MIB + 5000))
    assert read(client, name) == CONTENT
    assert proxy.cuts == 2
    assert client.capabilities.ranges


@pytest.mark.parametrize("kind", ["staging", "hub"])
def test_a_blob_that_arrived_before_the_answer_was_lost_is_not_sent_again(cut: Cut, kind: str) -> None:
    proxy, client = cut(kind)
    name, opened = repository(), list[int]()
    client.place_blob(name, Descriptor(LAYER, Digest.of(b"{}"), 2), opener_at(b"{}"), name)

    def open_source(start: int) -> AbstractContextManager[Iterator[bytes]]:
        opened.append(start)
        proxy.answered.append(1)  # the next answer, to the PUT, is cut
        return opener_at(CONTENT, MIB)(start)

    client.place_blob(name, BLOB, open_source, None)
    assert proxy.cuts == 1
    assert opened == [0]
    assert read(client, name) == CONTENT


def test_a_large_blob_comes_in_parts_and_only_the_broken_part_again(cut: Cut) -> None:
    piece = os.urandom(MIB)
    size = 130 * MIB
    whole = hashlib.sha256()
    for _ in range(130):
        whole.update(piece)
    blob = Descriptor(LAYER, Digest(f"sha256:{whole.hexdigest()}"), size)
    opened: list[int] = []

    def open_source(start: int) -> AbstractContextManager[Iterator[bytes]]:
        opened.append(start)
        whole_pieces, first = divmod(start, MIB)
        return nullcontext(iter([piece[first:], *[piece] * (129 - whole_pieces)]))

    proxy, client = cut("staging", sent=(100 * MIB,))
    name = repository()
    client.place_blob(name, blob, open_source, name)
    assert proxy.cuts == 1
    assert min(opened[1:]) > 90 * MIB  # twice, where the registry still wrote when it was asked
    with client.open_blob(name, blob, 129 * MIB + 1) as chunks:
        assert b"".join(chunks) == piece[1:]


def served(respond: Callable[[Seen], Said]) -> AbstractContextManager[HttpServer]:
    return HttpServer(respond).running()


def halves(second: Said) -> Callable[[Seen], Said]:
    """Answer with the first two MiB of the blob, and then with something else."""
    first = Said(200, {"Content-Length": str(len(CONTENT))}, CONTENT[: 2 * MIB])
    return lambda seen: second if "range" in seen.headers else first


def test_a_registry_that_knows_no_ranges_sends_the_whole_again() -> None:
    with served(halves(Said(200, body=CONTENT))) as server:
        server.close_after = 1
        client = RegistryClient(server.host, sleep=lambda _: None)
        assert read(client, "a/b") == CONTENT
        assert client.capabilities.ranges is False


@pytest.mark.parametrize(
    "content_range",
    [
        f"bytes 0-{len(CONTENT) - 1}/{len(CONTENT)}",
        f"bytes {MIB}-{len(CONTENT) - 1}/{len(CONTENT) - 1}",
        "bytes */12",
        "nonsense" * 1000,
    ],
)
def test_another_part_than_was_asked_for_is_refused(content_range: str) -> None:
    with served(halves(Said(206, {"Content-Range": content_range}, CONTENT[MIB:]))) as server:
        server.close_after = 1
        with pytest.raises(DigestMismatch):
            read(RegistryClient(server.host, sleep=lambda _: None), "a/b")


def test_a_registry_that_breaks_off_again_and_again_is_given_up() -> None:
    short = Said(200, {"Content-Length": str(len(CONTENT))}, b"torn")
    with served(lambda _: short) as server:
        server.close_after = 1000
        with pytest.raises(RegistryUnreachable):
            read(RegistryClient(server.host, sleep=lambda _: None), "a/b")
        assert len(server.seen) == 4


def test_a_tail_of_wrong_bytes_is_noticed() -> None:
    tail = CONTENT[2 * MIB : -1] + b"!"
    content_range = f"bytes {2 * MIB}-{len(CONTENT) - 1}/{len(CONTENT)}"
    with served(halves(Said(206, {"Content-Range": content_range}, tail))) as server:
        server.close_after = 1
        with pytest.raises(DigestMismatch):
            read(RegistryClient(server.host, sleep=lambda _: None), "a/b")
