"""How blobs are placed: what a registry is asked, and what is learned from its answers."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pytest

from publisher.errors import DigestMismatch, RegistryError
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.ports.registry import Placement
from publisher.registry.client import RegistryClient
from tests.contract.registries import LAYER, closed, opener_at
from tests.fakes.http_server import HttpServer, Said, Seen

SMALL = b"content"
LARGE = os.urandom(70_000)
UNKNOWN_UPLOAD = json.dumps({"errors": [{"code": "BLOB_UPLOAD_UNKNOWN"}]}).encode()


def described(content: bytes) -> Descriptor:
    return Descriptor(LAYER, Digest.of(content), len(content))


@dataclass
class Blobs:
    """A registry for blobs only, with the abilities that a test gives it."""

    mounts: bool = True
    whole_posts: bool = False
    refused: dict[str, Said] = field(default_factory=dict)
    loses: set[str] = field(default_factory=set)
    stored: set[tuple[str, str]] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def respond(self, seen: Seen) -> Said:
        """Answer."""
        parts = urlsplit(seen.path)
        query = {key: value[0] for key, value in parse_qs(parts.query).items()}
        repository, _, rest = parts.path.removeprefix("/v2/").partition("/blobs/")
        kind = "mount" if "mount" in query else "whole" if seen.method == "POST" and query else seen.method
        self.asked.append(kind)
        if kind in self.refused:
            return self.refused[kind]
        match kind:
            case "HEAD":
                return Said(200 if (repository, rest) in self.stored else 404)
            case "mount" if self.mounts and (query["from"], query["mount"]) in self.stored:
                self.stored.add((repository, query["mount"]))
                return Said(201)
            case "whole" if self.whole_posts:
                return self._store(repository, query, seen)
            case "PUT":
                return self._store(repository, query, seen)
            case "DELETE":
                return Said(204)
        return Said(202, {"Location": f"/v2/{repository}/blobs/uploads/1"})

    def _store(self, repository: str, query: dict[str, str], seen: Seen) -> Said:
        digest = Digest.of(seen.body)
        if digest != query["digest"]:
            return Said(400, body=b'{"errors": [{"code": "DIGEST_INVALID"}]}')
        if digest in self.loses:
            self.loses.remove(digest)
        else:
            self.stored.add((repository, digest))
        return Said(201, {"Docker-Content-Digest": digest})


@pytest.fixture
def serve() -> Iterator[Callable[[Blobs], RegistryClient]]:
    with ExitStack() as servers:

        def start(blobs: Blobs) -> RegistryClient:
            server = servers.enter_context(HttpServer(blobs.respond).running())
            return RegistryClient(server.host, sleep=lambda _: None)

        yield start


Serve = Callable[[Blobs], RegistryClient]


def place(client: RegistryClient, content: bytes, name: str = "a/b", origin: str | None = "") -> Placement:
    mount_from = name if origin == "" else origin
    return client.place_blob(name, described(content), opener_at(content), mount_from)


def test_a_blob_costs_two_requests_where_it_is_missing_and_one_where_it_is_not(serve: Serve) -> None:
    registry = Blobs()
    client = serve(registry)
    assert place(client, SMALL) is Placement.SENT
    assert registry.asked == ["mount", "PUT", "mount"]  # once: are mounts honoured at all?
    assert client.capabilities.mounts
    registry.asked.clear()
    assert place(client, SMALL) is Placement.MOUNTED
    assert place(client, SMALL, "c/d", "a/b") is Placement.MOUNTED
    assert place(client, LARGE, "c/d") is Placement.SENT
    assert registry.asked == ["mount", "mount", "mount", "PUT"]


def test_where_mounts_are_declined_large_blobs_are_looked_for(serve: Serve) -> None:
    registry = Blobs(mounts=False)
    client = serve(registry)
    place(client, SMALL)
    assert client.capabilities.mounts is False
    registry.asked.clear()
    registry.stored.add(("a/b", described(LARGE).digest))
    assert client.place_blob("a/b", described(LARGE), closed, "a/b") is Placement.MOUNTED
    assert registry.asked == ["HEAD"]
    assert place(client, LARGE, "c/d", "a/b") is Placement.SENT
    assert registry.asked == ["HEAD", "HEAD", "POST", "PUT"]


def test_a_large_blob_that_is_there_is_never_sent_to_learn_something(serve: Serve) -> None:
    registry = Blobs(mounts=False)
    client = serve(registry)
    registry.stored.add(("a/b", described(LARGE).digest))
    assert client.place_blob("a/b", described(LARGE), closed, "a/b") is Placement.MOUNTED
    assert registry.asked == ["mount", "HEAD", "DELETE"]
    assert client.capabilities.mounts is False


def test_a_mount_that_is_declined_once_is_not_asked_for_again(serve: Serve) -> None:
    registry = Blobs()
    client = serve(registry)
    place(client, LARGE)
    registry.mounts = False
    assert place(client, LARGE, "c/d", "a/b") is Placement.SENT
    registry.asked.clear()
    assert place(client, LARGE, "e/f", "a/b") is Placement.SENT
    assert registry.asked == ["HEAD", "POST", "PUT"]


def test_one_blob_that_a_registry_loses_does_not_end_its_mounts(serve: Serve) -> None:
    registry = Blobs(loses={described(SMALL).digest})
    client = serve(registry)
    place(client, SMALL)
    assert registry.asked == ["mount", "PUT", "mount", "DELETE", "HEAD"]
    place(client, LARGE)
    assert place(client, LARGE, "c/d", "a/b") is Placement.MOUNTED
    assert client.capabilities.mounts
    lost = os.urandom(70_000)
    registry.loses.add(described(lost).digest)
    place(client, lost)
    assert place(client, lost, "c/d", "a/b") is Placement.SENT
    assert place(client, LARGE, "e/f", "a/b") is Placement.MOUNTED


def test_small_blobs_come_with_the_post_where_that_works(serve: Serve) -> None:
    registry = Blobs(mounts=False, whole_posts=True)
    client = serve(registry)
    place(client, SMALL)
    registry.asked.clear()
    for text in (b"one", b"two"):
        assert place(client, text) is Placement.SENT
    assert registry.asked == ["whole", "whole"]
    assert client.capabilities.whole_posts
    assert place(client, LARGE, origin=None) is Placement.SENT
    assert registry.asked == ["whole", "whole", "whole"]


@pytest.mark.parametrize("said", [None, *map(Said, (400, 404, 405, 411, 413, 415, 500, 501))])
def test_where_it_does_not_it_is_tried_once(serve: Serve, said: Said | None) -> None:
    registry = Blobs(refused={"whole": said} if said else {})
    client = serve(registry)
    assert place(client, b"one", origin=None) is Placement.SENT
    assert client.capabilities.whole_posts is False
    assert registry.asked == (["whole", "POST", "PUT"] if said else ["whole", "PUT"])
    registry.asked.clear()
    place(client, b"two", origin=None)
    assert registry.asked == ["POST", "PUT"]


@pytest.mark.parametrize("status", [401, 403])
def test_where_the_other_repository_may_not_be_read_the_blob_is_sent(serve: Serve, status: int) -> None:
    registry = Blobs(refused={"mount": Said(status)})
    client = serve(registry)
    assert place(client, LARGE, "a/b", "c/d") is Placement.SENT
    assert registry.asked[:4] == ["mount", "HEAD", "POST", "PUT"]


def test_an_upload_that_was_lost_is_begun_anew(serve: Serve) -> None:
    registry = Blobs(refused={"PUT": Said(404, body=UNKNOWN_UPLOAD)})
    client = serve(registry)
    with pytest.raises(RegistryError, match="lost an upload"):
        place(client, LARGE)
    assert registry.asked == ["mount", "HEAD", "PUT", *["POST", "PUT"] * 3]


def test_a_digest_that_the_registry_did_not_store_is_noticed(serve: Serve) -> None:
    wrong = {"Docker-Content-Digest": described(b"other").digest}
    client = serve(Blobs(refused={"PUT": Said(201, wrong)}))
    with pytest.raises(DigestMismatch):
        place(client, SMALL)


def test_bytes_that_arrived_wrong_are_not_sent_again(serve: Serve) -> None:
    registry = Blobs(refused={"PUT": Said(400, body=b'{"errors": [{"code": "DIGEST_INVALID"}]}')})
    client = serve(registry)
    with pytest.raises(DigestMismatch):
        place(client, SMALL)
    assert registry.asked == ["mount", "PUT"]


@pytest.mark.parametrize("length", [-1, 1])
@pytest.mark.parametrize("content", [SMALL, LARGE])
def test_a_source_of_another_length_is_refused(serve: Serve, content: bytes, length: int) -> None:
    registry = Blobs()
    client = serve(registry)
    blob = described(content)
    wrong = content[:-1] if length < 0 else content + b"!"
    with pytest.raises(DigestMismatch):
        client.place_blob("a/b", blob, opener_at(wrong), "a/b")
    assert not registry.stored
