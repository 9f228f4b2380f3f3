"""What the client does with answers that have no end, and with those that claim a wrong one."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from publisher.errors import DigestMismatch, RegistryError, RegistryUnreachable
from publisher.oci.descriptor import OCI_INDEX, OCI_MANIFEST, Descriptor
from publisher.oci.digest import Digest
from publisher.registry.client import RegistryClient
from tests.contract.registries import LAYER, opener, opener_at
from tests.fakes.http_server import HttpServer, Said, Seen

BLOB = Descriptor(LAYER, Digest.of(b"content"), 7)
Serve = Callable[[Callable[[Seen], Said]], HttpServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as servers:
        yield lambda respond: servers.enter_context(HttpServer(respond).running())


def client(server: HttpServer) -> RegistryClient:
    return RegistryClient(server.host, sleep=lambda _: None)


def read(registry: RegistryClient) -> bytes:
    with registry.open_blob("a/b", BLOB) as chunks:
        return b"".join(chunks)


def test_an_endless_manifest_is_not_read_to_its_end(serve: Serve) -> None:
    registry = serve(lambda _: Said(200, {"Content-Type": OCI_MANIFEST}, itertools.repeat(bytes(65536))))
    with pytest.raises(RegistryError, match="more than it may"):
        client(registry).get_manifest("a/b", "1.0")


def test_an_endless_refusal_is_a_refusal(serve: Serve) -> None:
    registry = serve(lambda _: Said(400, body=itertools.repeat(b"no " * 10000)))
    with pytest.raises(RegistryError, match="refused"):
        client(registry).get_manifest("a/b", "1.0")


def test_an_endless_blob_is_not_read_to_its_end(serve: Serve) -> None:
    registry = serve(lambda _: Said(200, body=itertools.repeat(bytes(65536))))
    with pytest.raises(DigestMismatch):
        read(client(registry))


@pytest.mark.parametrize("path", ["tags/list", "referrers"])
def test_an_endless_list_is_given_up(serve: Serve, path: str) -> None:
    pages = itertools.count()
    body = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [], "tags": ["1.0"]}).encode()

    def respond(_: Seen) -> Said:
        link = f'</v2/a/b/{path}?n={next(pages)}>; rel="next"'
        return Said(200, {"Content-Type": OCI_INDEX, "Link": link}, body)

    registry = serve(respond)
    ask = client(registry)
    with pytest.raises(RegistryError, match="pages"):
        ask.tags("a/b") if path == "tags/list" else ask.referrers("a/b", BLOB.digest)
    assert len(registry.seen) <= 100


@pytest.mark.parametrize("paged", [True, False])
def test_a_million_tags_are_too_many(serve: Serve, paged: bool) -> None:
    numbers = itertools.count()

    def respond(_: Seen) -> Said:
        tags = [f"t{next(numbers)}" for _ in range(20_000 if paged else 1_000_000)]
        link = {"Link": '</v2/a/b/tags/list>; rel="next"'}
        return Said(200, link, json.dumps({"tags": tags}).encode())

    registry = serve(respond)
    with pytest.raises(RegistryError, match=r"more than (100000 tags|it may)"):
        client(registry).tags("a/b")
    assert len(registry.seen) <= 6


@pytest.mark.parametrize(
    "method", ["tags", "referrers", "head_manifest", "has_blob", "put_blob", "place_blob"]
)
def test_an_endless_answer_ends(serve: Serve, method: str) -> None:
    endless = Said(200, {"Content-Type": OCI_INDEX}, itertools.repeat(bytes(65536)))
    registry = serve(lambda _: endless)
    ask = client(registry)
    calls: dict[str, Callable[[], object]] = {
        "tags": lambda: ask.tags("a/b"),
        "referrers": lambda: ask.referrers("a/b", BLOB.digest),
        "head_manifest": lambda: ask.head_manifest("a/b", "1.0"),
        "has_blob": lambda: ask.has_blob("a/b", BLOB.digest),
        "put_blob": lambda: ask.put_blob("a/b", BLOB, opener(b"content")),
        "place_blob": lambda: ask.place_blob("a/b", BLOB, opener_at(b"content"), "a/b"),
    }
    if method == "has_blob":  # an answer to a HEAD has no body
        assert calls[method]()
        return
    with pytest.raises(RegistryError):
        calls[method]()


def test_an_endless_token_is_refused(serve: Serve) -> None:
    def respond(seen: Seen) -> Said:
        if seen.path.startswith("/token"):
            return Said(200, body=itertools.repeat(b'{"token": "t"' + bytes(65536)))
        return Said(401, {"WWW-Authenticate": 'Bearer realm="/token"'})

    registry = serve(respond)
    with pytest.raises(RegistryError, match="more than it may"):
        client(registry).ping()


@pytest.mark.parametrize("headers", [{f"X-{n}": "y" for n in range(5000)}, {"X-Long": "y" * 200_000}])
def test_a_bomb_of_headers_does_not_go_off(serve: Serve, headers: dict[str, str]) -> None:
    registry = serve(lambda _: Said(200, headers, b"{}"))
    with pytest.raises(RegistryUnreachable):
        client(registry).ping()
    assert len(registry.seen) <= 4


@pytest.mark.parametrize("length", ["-1", "9" * 30, "many", "0x7"])
def test_a_length_that_is_none(serve: Serve, length: str) -> None:
    registry = serve(lambda _: Said(200, {"Content-Length": length}, b"content"))
    registry.close_after = 1000
    with pytest.raises(RegistryError):
        read(client(registry))
