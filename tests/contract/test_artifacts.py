"""The artifact port: one suite for the fake and for oras on every kind of registry."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from publisher.errors import AccessDenied, DigestMismatch, Malformed, NotFound, RegistryUnreachable
from publisher.oci.descriptor import OCI_EMPTY, OCI_MANIFEST
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.ports.artifacts import ArtifactStore
from publisher.ports.registry import Registry
from publisher.registry.artifacts import OrasArtifacts
from publisher.registry.client import RegistryClient
from publisher.registry.credentials import Credentials, Secret
from tests.contract.registries import (
    KINDS,
    TokenRegistry,
    open_registry,
    push_image,
    repository,
    running_token_registry,
)
from tests.fakes.artifacts import FakeArtifacts
from tests.fakes.http_server import HttpServer, Said

KIND = "application/vnd.test.record.v1+json"
NOTES = {"org.test.sequence": "7", "a": "é"}
GOLDEN = "sha256:b2aebf378b867915012af04033efd38b95237e9831f9d74ef712cc052132882e"
"""The digest of the artifact below: whoever pushes it, wherever, whenever."""


@dataclass(frozen=True)
class Case:
    """A store, the registry that it writes to, and a fresh repository there."""

    store: ArtifactStore
    registry: Registry
    repository: Repository


@pytest.fixture(scope="module")
def token_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenRegistry]:
    with running_token_registry(tmp_path_factory.mktemp("token")) as running:
        yield running


@pytest.fixture(params=KINDS)
def case(request: pytest.FixtureRequest) -> Case:
    registry = open_registry(request.param, request)
    where = Repository(f"{registry.host}/{repository()}")
    if request.param.startswith("fake"):
        return Case(FakeArtifacts(lambda _: registry), registry, where)
    if isinstance(registry, RegistryClient) and request.param == "token-tls":  # as the program is wired
        store = OrasArtifacts(
            lambda _: None, registry_for=lambda _: registry, session_for=lambda _: registry.session
        )
        return Case(store, registry, where)
    return Case(OrasArtifacts(credentials(request)), registry, where)


def credentials(request: pytest.FixtureRequest) -> Callable[[str], Credentials | None]:
    if "token" not in request.node.callspec.params.values():
        return lambda _: None
    realm = request.getfixturevalue("token_registry").realm
    return lambda _: Credentials(realm.username, Secret(realm.password))


def test_an_artifact_comes_back(case: Case) -> None:
    pushed = case.store.push(case.repository, "r-7", KIND, b'{"sequence": 7}', NOTES)
    assert case.store.pull(case.repository, "r-7", KIND) == (pushed, b'{"sequence": 7}')
    assert case.store.pull(case.repository, pushed.digest, KIND) == (pushed, b'{"sequence": 7}')


def test_the_same_input_gives_the_same_digest_everywhere(case: Case) -> None:
    first = case.store.push(case.repository, "r-7", KIND, b'{"sequence": 7}', NOTES)
    again = case.store.push(case.repository, "head", KIND, b'{"sequence": 7}', dict(reversed(NOTES.items())))
    assert first.digest == again.digest == GOLDEN


def test_the_manifest_is_what_the_specification_asks(case: Case) -> None:
    case.store.push(case.repository, "r-7", KIND, b"content", NOTES)
    manifest = case.registry.get_manifest(case.repository.path, "r-7")
    assert manifest.media_type == OCI_MANIFEST
    assert manifest.artifact_type == KIND
    assert manifest.annotations == NOTES
    assert manifest.config
    assert (manifest.config.media_type, manifest.config.digest) == (OCI_EMPTY, Digest.of(b"{}"))
    assert [(one.media_type, one.digest) for one in manifest.layers] == [(KIND, Digest.of(b"content"))]


def test_an_artifact_without_annotations_and_content(case: Case) -> None:
    case.store.push(case.repository, "r-8", KIND, b"", {})
    assert case.store.pull(case.repository, "r-8", KIND)[1] == b""


def test_a_tag_moves_to_the_new_artifact(case: Case) -> None:
    case.store.push(case.repository, "head", KIND, b"old", {})
    case.store.push(case.repository, "head", KIND, b"new", {})
    assert case.store.pull(case.repository, "head", KIND)[1] == b"new"


def test_what_is_missing_is_not_found(case: Case) -> None:
    with pytest.raises(NotFound):
        case.store.pull(case.repository, "none", KIND)


def test_another_type_is_refused(case: Case) -> None:
    case.store.push(case.repository, "r-7", KIND, b"content", {})
    with pytest.raises(DigestMismatch):
        case.store.pull(case.repository, "r-7", "application/vnd.test.other")


def test_an_image_is_no_artifact(case: Case) -> None:
    push_image(case.registry, case.repository.path, "1.0")
    with pytest.raises(DigestMismatch):
        case.store.pull(case.repository, "1.0", KIND)


def test_more_than_sixteen_mebibytes_are_refused() -> None:
    store = OrasArtifacts(lambda _: None)
    with pytest.raises(Malformed):
        store.push(Repository("127.0.0.1:9/records"), "r-1", KIND, bytes(16 * 1024 * 1024 + 1), {})


def test_a_wrong_password_is_denied(token_registry: TokenRegistry) -> None:
    store = OrasArtifacts(
        lambda _: Credentials("robot", Secret("wrong-password")), login_hint_for="log in at {}".format
    )
    with pytest.raises(AccessDenied) as denied:
        store.push(Repository(f"{token_registry.host}/records"), "r-1", KIND, b"content", {})
    assert denied.value.hint == f"log in at {token_registry.host}"
    assert "wrong-password" not in str(denied.value)


def test_a_registry_that_fails_is_tried_again_and_then_reported() -> None:
    slept: list[float] = []
    with HttpServer(lambda _: Said(503)).running() as server:
        store = OrasArtifacts(lambda _: None, sleep=slept.append)
        with pytest.raises(RegistryUnreachable, match="503"):
            store.push(Repository(f"{server.host}/records"), "r-1", KIND, b"content", {})
    assert len(slept) == 3


def test_a_dead_host_is_reported() -> None:
    store = OrasArtifacts(lambda _: None, sleep=lambda _: None)
    with pytest.raises(RegistryUnreachable):
        store.push(Repository("127.0.0.1:1/records"), "r-1", KIND, b"content", {})


def test_an_upload_elsewhere_gets_no_credentials() -> None:
    with HttpServer(lambda _: Said(201)).running() as storage:
        place = Said(202, {"Location": f"{storage.url}/up"})
        challenge = Said(401, {"WWW-Authenticate": 'Basic realm="registry"'})
        answers = {"HEAD": Said(404), "POST": place, "PUT": Said(201)}
        respond = lambda seen: answers[seen.method] if "authorization" in seen.headers else challenge  # noqa: E731
        with HttpServer(respond).running() as server:
            store = OrasArtifacts(lambda _: Credentials("robot", Secret("right-password")))
            store.push(Repository(f"{server.host}/records"), "r-1", KIND, b"content", {})
    assert [seen.body for seen in storage.seen] == [b"content", b"{}"]
    assert not any("authorization" in seen.headers for seen in storage.seen)


def test_reading_does_not_import_oras() -> None:
    program = (
        "import sys; import publisher.registry.artifacts as a; a.OrasArtifacts(lambda _: None); "
        "print([name for name in ('oras', 'requests') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
