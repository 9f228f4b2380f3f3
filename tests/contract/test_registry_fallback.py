"""The fallback index of referrers, where others write to it and registries are unclear."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from publisher.errors import RegistryError
from publisher.oci.descriptor import OCI_EMPTY, OCI_INDEX, OCI_MANIFEST, Descriptor
from publisher.oci.digest import Digest
from publisher.registry.client import RegistryClient
from tests.contract.registries import referrer_of
from tests.fakes.http_server import HttpServer, Said, Seen

SUBJECT = Descriptor(OCI_MANIFEST, Digest.of(b"subject"), 7)
OURS = referrer_of(SUBJECT, "ours", Descriptor(OCI_EMPTY, Digest.of(b"{}"), 2))
THEIRS = referrer_of(SUBJECT, "theirs", Descriptor(OCI_EMPTY, Digest.of(b"{}"), 2))


class Fallback:
    """A registry without the API whose index somebody else overwrites after the next `overwrites` writes."""

    def __init__(self, overwrites: int = 0) -> None:
        self.overwrites = overwrites
        self.missing = b'{"errors": [{"code": "NAME_UNKNOWN"}]}'
        self.index: bytes | None = None

    def respond(self, seen: Seen) -> Said:
        """Answer."""
        if "/referrers/" in seen.path:
            return Said(404, body=b"404 page not found")
        if seen.method == "PUT" and "/sha256-" in seen.path:
            self.index = _index(THEIRS.descriptor) if self.overwrites > 0 else seen.body
            self.overwrites -= 1
        if seen.method == "PUT":
            return Said(201)
        return (
            Said(200, {"Content-Type": OCI_INDEX}, self.index) if self.index else Said(404, body=self.missing)
        )


@pytest.fixture
def fallback() -> Iterator[tuple[Fallback, HttpServer]]:
    registry = Fallback()
    with HttpServer(registry.respond).running() as server:
        yield registry, server


def _index(*entries: Descriptor) -> bytes:
    plain = [entry.to_plain() for entry in entries]
    return json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": plain}).encode()


def _listed(raw: bytes | None) -> list[str]:
    return [entry["digest"] for entry in json.loads(raw or b"{}")["manifests"]]


def test_an_entry_that_was_overwritten_is_written_again(fallback: tuple[Fallback, HttpServer]) -> None:
    registry, server = fallback
    registry.overwrites = 2
    RegistryClient(server.host).add_referrer("a/b", OURS)
    assert _listed(registry.index) == [THEIRS.digest, OURS.digest]


def test_all_of_one_subject_cost_one_look_and_one_write(fallback: tuple[Fallback, HttpServer]) -> None:
    registry, server = fallback
    registry.index = _index(THEIRS.descriptor)
    client = RegistryClient(server.host)
    client.enter_referrers("a/b", SUBJECT.digest, (OURS, THEIRS))
    assert _listed(registry.index) == [THEIRS.digest, OURS.digest]
    assert [seen.method for seen in server.seen if "/sha256-" in seen.path] == ["GET", "PUT"]
    client.enter_referrers("a/b", SUBJECT.digest, (OURS,))
    client.enter_referrers("a/b", SUBJECT.digest, ())
    assert [seen.method for seen in server.seen if "/sha256-" in seen.path] == ["GET", "PUT", "GET"]


def test_endless_overwriting_is_reported(fallback: tuple[Fallback, HttpServer]) -> None:
    registry, server = fallback
    registry.overwrites = 1000
    with pytest.raises(RegistryError, match="keeps overwriting"):
        RegistryClient(server.host).add_referrer("a/b", OURS)


def test_nothing_is_written_where_the_entry_is_there(fallback: tuple[Fallback, HttpServer]) -> None:
    registry, server = fallback
    registry.index = _index(OURS.descriptor)
    RegistryClient(server.host).add_referrer("a/b", OURS)
    assert not [seen for seen in server.seen if seen.method == "PUT" and "/sha256-" in seen.path]


def test_the_api_is_asked_for_once(fallback: tuple[Fallback, HttpServer]) -> None:
    _, server = fallback
    client = RegistryClient(server.host)
    for _ in range(3):
        client.referrers("a/b", SUBJECT.digest)
    assert sum("/referrers/" in seen.path for seen in server.seen) == 1


def test_a_fallback_tag_that_is_no_index_is_refused(fallback: tuple[Fallback, HttpServer]) -> None:
    registry, server = fallback
    registry.index = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": {"a": 1}}).encode()
    with pytest.raises(RegistryError):
        RegistryClient(server.host).referrers("a/b", SUBJECT.digest)


def test_a_missing_repository_does_not_mean_a_missing_api() -> None:
    """Quay answers so before the first push; fallback tags there would be written for nobody."""
    answers = [
        Said(404, body=b'{"errors": [{"code": "NAME_UNKNOWN"}]}'),
        Said(200, {"Content-Type": OCI_INDEX}, _index()),
    ]
    listed = iter(answers)

    def respond(seen: Seen) -> Said:
        if "/referrers/" in seen.path:
            return next(listed)
        return Said(201) if seen.method == "PUT" else Said(404)

    with HttpServer(respond).running() as server:
        client = RegistryClient(server.host)
        assert client.referrers("a/b", SUBJECT.digest) == ()
        client.add_referrer("a/b", OURS)
    assert not [seen for seen in server.seen if seen.method == "PUT" and "/sha256-" in seen.path]
