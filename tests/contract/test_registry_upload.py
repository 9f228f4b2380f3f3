"""Uploads: where they go, what is sent again, and what is counted."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from publisher.errors import RegistryError
from publisher.oci.descriptor import OCI_EMPTY, Descriptor
from publisher.oci.digest import Digest
from publisher.registry.client import RegistryClient
from publisher.registry.credentials import Credentials, Secret
from tests.contract.registries import LAYER, image_of, opener, push_blob, repository
from tests.fakes.http_server import HttpServer, Said, Seen
from tests.stack import Stack

ROBOT = Credentials("robot", Secret("right-password"))
CHALLENGE = Said(401, {"WWW-Authenticate": 'Basic realm="registry"'})
BLOB = Descriptor(LAYER, Digest.of(b"content"), 7)
NOWHERE = Digest.of(b"nobody ever pushed this")
Serve = Callable[[Callable[[Seen], Said]], HttpServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as servers:
        yield lambda respond: servers.enter_context(HttpServer(respond).running())


def client(server: HttpServer, credentials: Credentials | None = None) -> RegistryClient:
    return RegistryClient(server.host, credentials, sleep=lambda _: None)


def read(registry: RegistryClient) -> bytes:
    with registry.open_blob("a/b", BLOB) as chunks:
        return b"".join(chunks)


def wants_basic(seen: Seen) -> bool:
    return "authorization" not in seen.headers


def test_an_upload_elsewhere_gets_no_credentials(serve: Serve) -> None:
    storage = serve(lambda _: Said(201))
    registry = serve(
        lambda s: CHALLENGE if wants_basic(s) else Said(202, {"Location": f"{storage.url}/up?state=1"})
    )
    client(registry, ROBOT).put_blob("a/b", BLOB, opener(b"content"))
    (put,) = storage.seen
    assert put.body == b"content"
    assert put.path == f"/up?state=1&digest={BLOB.digest}".replace(":", "%3A")
    assert "authorization" not in put.headers


def test_a_source_that_breaks_off_is_opened_again(serve: Serve) -> None:
    answers = iter([Said(200, {"Content-Length": "7"}, b"con"), Said(200, body=b"content")])
    source = serve(lambda _: next(answers))
    source.close_after = 1
    target = serve(lambda s: Said(202, {"Location": "/up"}) if s.method == "POST" else Said(201))
    client(target).put_blob("a/b", BLOB, lambda: client(source).open_blob("c/d", BLOB))
    assert [s.body for s in target.seen if s.method == "PUT"][-1] == b"content"


def test_pieces_are_counted_both_ways(serve: Serve) -> None:
    counted: list[int] = []
    registry = serve(lambda s: Said(202, {"Location": "/up"}) if s.method == "POST" else Said(201))
    RegistryClient(registry.host, on_bytes=counted.append).put_blob("a/b", BLOB, opener(b"content"))
    storage = serve(lambda _: Said(body=b"content"))
    assert read(RegistryClient(storage.host, on_bytes=counted.append)) == b"content"
    assert counted == [7, 7]


def test_a_token_that_ends_between_post_and_put_is_replaced(serve: Serve) -> None:
    tokens = itertools.count(1)

    def respond(seen: Seen) -> Said:
        if seen.path.startswith("/token"):
            return Said(body=json.dumps({"token": f"t{next(tokens)}"}).encode())
        if seen.headers.get("authorization") != f"Bearer t{1 if seen.method == 'POST' else 2}":
            return Said(401, {"WWW-Authenticate": 'Bearer realm="/token",service="s"'})
        return Said(202, {"Location": "/up"}) if seen.method == "POST" else Said(201)

    registry = serve(respond)
    client(registry).put_blob("a/b", BLOB, opener(b"content"))
    puts = [seen for seen in registry.seen if seen.method == "PUT"]
    assert [(seen.path == puts[0].path, seen.body) for seen in puts] == [(True, b"content")] * 2


def test_a_refused_manifest_says_why(stack: Stack) -> None:
    staging, name = RegistryClient(stack.url("staging"), sleep=lambda _: None), repository()
    config = push_blob(staging, name, b"{}", OCI_EMPTY)
    lost = image_of(Descriptor(LAYER, NOWHERE, 3), config)
    with pytest.raises(RegistryError, match="MANIFEST_BLOB_UNKNOWN"):
        staging.put_manifest(name, "1.0", lost)
