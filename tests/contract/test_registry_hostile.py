"""What the client does with registries that lie, stall, forward or fall over."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from publisher.errors import AccessDenied, DigestMismatch, RegistryError, RegistryUnreachable
from publisher.oci.descriptor import OCI_INDEX, OCI_MANIFEST, Descriptor
from publisher.oci.digest import Digest
from publisher.registry.client import RegistryClient
from publisher.registry.credentials import Credentials, Secret
from publisher.registry.retry import RetryPolicy
from tests.contract.registries import LAYER, opener, opener_at
from tests.fakes.http_server import HttpServer, Said, Seen

ROBOT = Credentials("robot", Secret("right-password"))
BASIC = "Basic " + base64.b64encode(b"robot:right-password").decode()
BLOB = Descriptor(LAYER, Digest.of(b"content"), 7)
IMAGE = json.dumps({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "layers": []}).encode()
Serve = Callable[[Callable[[Seen], Said]], HttpServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as servers:
        yield lambda respond: servers.enter_context(HttpServer(respond).running())


def client(server: HttpServer, credentials: Credentials | None = None) -> RegistryClient:
    return RegistryClient(server.host, credentials, sleep=lambda _: None)


def read(registry: RegistryClient, blob: Descriptor = BLOB) -> bytes:
    with registry.open_blob("a/b", blob) as chunks:
        return b"".join(chunks)


def wants_basic(seen: Seen) -> bool:
    return "authorization" not in seen.headers


CHALLENGE = Said(401, {"WWW-Authenticate": 'Basic realm="registry"'})


def test_a_redirect_gets_no_credentials(serve: Serve) -> None:
    storage = serve(lambda _: Said(body=b"content"))
    registry = serve(
        lambda s: CHALLENGE if wants_basic(s) else Said(307, {"Location": f"{storage.url}/blob?sig=1"})
    )
    assert read(client(registry, ROBOT)) == b"content"
    assert registry.seen[-1].headers["authorization"] == BASIC
    assert "authorization" not in storage.seen[0].headers


def test_a_storage_host_cannot_ask_for_credentials(serve: Serve) -> None:
    thief = serve(lambda _: Said(200, body=b'{"token": "t"}'))
    bearer = {"WWW-Authenticate": f'Bearer realm="{thief.url}/token"'}
    storage = serve(lambda _: Said(401, bearer))
    registry = serve(
        lambda s: CHALLENGE if wants_basic(s) else Said(307, {"Location": f"{storage.url}/blob"})
    )
    with pytest.raises(AccessDenied):
        read(client(registry, ROBOT))
    assert thief.seen == []


@pytest.mark.parametrize(
    "location", ["", "file:///etc/passwd", "http://user:word@[::1/", "ftp://127.0.0.1/x"]
)
def test_an_address_that_is_none_is_not_followed(serve: Serve, location: str) -> None:
    registry = serve(lambda _: Said(302, {"Location": location}))
    with pytest.raises(RegistryError):
        read(client(registry))
    assert len(registry.seen) == 1


def test_a_redirect_loop_ends(serve: Serve) -> None:
    registry = serve(lambda s: Said(302, {"Location": s.path}))
    with pytest.raises(RegistryError, match="redirects without end"):
        read(client(registry))
    assert len(registry.seen) == 6


def test_a_redirect_of_an_upload_is_no_answer(serve: Serve) -> None:
    other = serve(lambda _: Said(201))
    registry = serve(lambda _: Said(307, {"Location": f"{other.url}/up"}))
    with pytest.raises(RegistryError):
        client(registry).place_blob("a/b", BLOB, opener_at(b"content"), "a/b")
    assert other.seen == []


def test_an_upload_goes_to_http_addresses_only(serve: Serve) -> None:
    registry = serve(lambda s: Said(202, {"Location": "ftp://127.0.0.1/up"} if s.method == "POST" else {}))
    with pytest.raises(RegistryError, match="cannot be followed"):
        client(registry).place_blob("a/b", BLOB, opener_at(b"content"), "a/b")


def test_a_list_does_not_continue_at_another_host(serve: Serve) -> None:
    other = serve(lambda _: Said(200, body=b'{"tags": ["planted"]}'))
    link = {"Link": f'<{other.url}/v2/a/b/tags/list>; rel="next"'}
    registry = serve(lambda _: Said(200, link, b'{"tags": ["1.0"]}'))
    with pytest.raises(RegistryError, match="another host"):
        client(registry).tags("a/b")
    assert other.seen == []


@pytest.mark.parametrize("promise", [str(BLOB.digest), "sha512:12", "nonsense"])
def test_a_manifest_that_its_header_does_not_promise(serve: Serve, promise: str) -> None:
    registry = serve(
        lambda _: Said(200, {"Content-Type": OCI_MANIFEST, "Docker-Content-Digest": promise}, IMAGE)
    )
    with pytest.raises(DigestMismatch):
        client(registry).get_manifest("a/b", "1.0")


def test_a_manifest_that_is_served_as_an_index(serve: Serve) -> None:
    registry = serve(lambda _: Said(200, {"Content-Type": OCI_INDEX}, IMAGE))
    with pytest.raises(RegistryError, match="another type"):
        client(registry).get_manifest("a/b", "1.0")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_passes(serve: Serve, status: int) -> None:
    answers = iter([Said(status), Said(status), Said(200, {"Content-Type": OCI_MANIFEST}, IMAGE)])
    registry = serve(lambda _: next(answers))
    assert client(registry).get_manifest("a/b", "1.0").raw == IMAGE


def test_retry_after_is_waited_for_within_bounds(serve: Serve) -> None:
    answers = iter([Said(429, {"Retry-After": "7"}), Said(429, {"Retry-After": "99999999999999"}), Said(200)])
    registry, slept = serve(lambda _: next(answers)), list[float]()
    policy = RetryPolicy(longest_wait=20.0)
    RegistryClient(registry.host, retry=policy, sleep=slept.append).ping()
    assert max(slept) <= 7.0 + 20.0  # both, as nobody's clock moves on while a test sleeps
    assert any(7.0 <= wait <= 8.0 for wait in slept)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 507])
def test_a_lasting_failure_is_not_tried_again(serve: Serve, status: int) -> None:
    registry = serve(lambda _: Said(status))
    with pytest.raises(RegistryError):
        read(client(registry))
    assert len(registry.seen) == 1


@pytest.mark.parametrize("status", [500, 507])
def test_a_full_disk_keeps_the_registrys_words(serve: Serve, status: int) -> None:
    said = {
        "errors": [
            {"code": "UNKNOWN", "message": "write: no space\x1b[2J left on device", "detail": {"n": 28}}
        ]
    }
    registry = serve(lambda _: Said(status, body=json.dumps(said).encode()))
    with pytest.raises(RegistryError) as failed:
        client(registry).put_blob("a/b", BLOB, opener(b"content"))
    assert "no space [2J left on device" in failed.value.detail


def test_a_refusal_that_repeats_the_password_does_not_show_it(serve: Serve) -> None:
    registry = serve(
        lambda s: CHALLENGE if wants_basic(s) else Said(403, body=f"{s.headers}right-password".encode())
    )
    with pytest.raises(AccessDenied) as denied:
        client(registry, ROBOT).ping()
    assert "right-password" not in str(denied.value)
    assert BASIC.removeprefix("Basic ") not in str(denied.value)


def test_a_broken_connection_is_tried_again(serve: Serve) -> None:
    short = {"Content-Length": "900"}
    answers = iter([Said(200, short, b"torn"), Said(200, {"Content-Type": OCI_MANIFEST}, IMAGE)])
    registry = serve(lambda _: next(answers))
    registry.close_after = 1
    assert client(registry).get_manifest("a/b", "1.0").raw == IMAGE


def test_a_dead_host_is_reported_soon() -> None:
    slept: list[float] = []
    with unused_port() as host, pytest.raises(RegistryUnreachable) as dead:
        RegistryClient(host, sleep=slept.append).ping()
    assert dead.value.where == host
    assert "does not answer" in str(dead.value)
    assert "refused" in dead.value.detail
    assert len(slept) == 3
    assert 2.5 < sum(slept) < 3.6


@contextmanager
def unused_port() -> Iterator[str]:
    with socket.socket() as bound:  # bound and not listening: nobody else can take it
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"
