"""The registries of the stack: what every other test relies on."""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import ACCEPTED, CREATED, NOT_FOUND, OK, HTTPMessage
from pathlib import Path

import pytest

from tests.stack import REGISTRIES, Stack, StackError

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
EMPTY = b"{}"
EMPTY_DIGEST = f"sha256:{hashlib.sha256(EMPTY).hexdigest()}"
CONFIG = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": EMPTY_DIGEST, "size": len(EMPTY)}
KINDS = ("staging", "hub", "quay")
"""One registry of each kind."""


@pytest.fixture(scope="module")
def registries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Registries of our own, because these tests stop them."""
    with Stack.start(tmp_path_factory.mktemp("registries"), services=REGISTRIES) as stack:
        yield stack


@dataclass(frozen=True)
class Answer:
    """A registry's answer, read to its end."""

    status: int
    headers: HTTPMessage
    body: bytes


def call(host: str, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
    """Send one request; `content_type=…` becomes Content-Type."""
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request(
            method, path, body, {name.replace("_", "-"): value for name, value in headers.items()}
        )
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def push(host: str, repository: str, tag: str) -> bytes:
    """Push the smallest manifest and return its bytes."""
    begun = call(host, "POST", f"/v2/{repository}/blobs/uploads/")
    location = begun.headers["Location"].removeprefix(f"http://{host}")
    separator = "&" if "?" in location else "?"
    call(
        host,
        "PUT",
        f"{location}{separator}digest={EMPTY_DIGEST}",
        EMPTY,
        content_type="application/octet-stream",
    )
    manifest = encode({"layers": [CONFIG]})
    assert (
        call(host, "PUT", f"/v2/{repository}/manifests/{tag}", manifest, content_type=MANIFEST).status
        == CREATED
    )
    return manifest


def encode(more: Mapping[str, object]) -> bytes:
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": CONFIG, **more}).encode()


def digest_of(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def pull(host: str, repository: str, tag: str) -> bytes:
    answer = call(host, "GET", f"/v2/{repository}/manifests/{tag}", accept=MANIFEST)
    assert answer.status == OK
    return answer.body


@pytest.mark.parametrize("name", REGISTRIES)
def test_a_registry_keeps_what_is_pushed(registries: Stack, name: str) -> None:
    manifest = push(registries.url(name), "a/b", "v1")
    assert pull(registries.url(name), "a/b", "v1") == manifest


@pytest.mark.parametrize("name", KINDS)
def test_requests_shows_what_was_answered_since_a_mark(registries: Stack, name: str) -> None:
    mark = len(registries.requests(name))
    call(registries.url(name), "GET", "/v2/no/where/manifests/v1?x=1")
    (request,) = registries.requests(name)[mark:]
    assert (request.method, request.path, request.status) == (
        "GET",
        "/v2/no/where/manifests/v1?x=1",
        NOT_FOUND,
    )


@pytest.mark.parametrize("name", KINDS)
def test_a_service_comes_back_on_its_port_with_its_data(registries: Stack, name: str) -> None:
    url, manifest = registries.url(name), push(registries.url(name), "back/again", "v1")
    registries.stop_service(name)
    assert not registries.is_running(name)
    with pytest.raises(ConnectionRefusedError):
        call(url, "GET", "/v2/")
    registries.start_service(name)
    assert registries.url(name) == url
    assert pull(url, "back/again", "v1") == manifest


@pytest.mark.parametrize("name", KINDS)
def test_deletes_are_allowed_and_survive_a_restart(registries: Stack, name: str) -> None:
    host = registries.url(name)
    digest = digest_of(push(host, "gone/soon", "v1"))
    assert call(host, "DELETE", f"/v2/gone/soon/manifests/{digest}").status == ACCEPTED
    registries.stop_service(name)
    registries.start_service(name)
    assert call(host, "GET", f"/v2/gone/soon/manifests/{digest}").status == NOT_FOUND


@pytest.mark.parametrize(("name", "status"), [("quay", OK), ("staging", NOT_FOUND), ("hub", NOT_FOUND)])
def test_only_quay_has_the_referrers_api(registries: Stack, name: str, status: int) -> None:
    assert call(registries.url(name), "GET", f"/v2/any/thing/referrers/{EMPTY_DIGEST}").status == status


def test_referrers_carry_artifact_type_and_annotations(registries: Stack) -> None:
    host = registries.url("quay")
    subject = push(host, "with/referrer", "v1")
    described = {"mediaType": MANIFEST, "digest": digest_of(subject), "size": len(subject)}
    shown = {"artifactType": "application/example", "annotations": {"a": "b"}}
    referrer = encode({**shown, "layers": [CONFIG], "subject": described})
    path = f"/v2/with/referrer/manifests/{digest_of(referrer)}"
    assert call(host, "PUT", path, referrer, content_type=MANIFEST).headers["OCI-Subject"] == digest_of(
        subject
    )
    (listed,) = json.loads(call(host, "GET", f"/v2/with/referrer/referrers/{digest_of(subject)}").body)[
        "manifests"
    ]
    assert listed == {"mediaType": MANIFEST, "digest": digest_of(referrer), "size": len(referrer), **shown}


def test_a_service_that_cannot_start_says_why(registries: Stack, tmp_path: Path) -> None:
    with Stack.start(tmp_path, services=["hub"]) as other:
        other.stop_service("hub")
        other._state.ports["hub"] = int(registries.url("hub").rpartition(":")[2])
        with pytest.raises(StackError, match="another program listens on its port"):
            other.start_service("hub")
