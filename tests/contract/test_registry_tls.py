"""A registry over TLS with a private authority."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from publisher.errors import RegistryError, RegistryUnreachable
from publisher.oci.reference import Repository
from publisher.registry.artifacts import OrasArtifacts
from publisher.registry.client import RegistryClient
from tests.fakes.http_server import HttpServer, Said


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """Write a certificate for 127.0.0.1 that vouches for itself, and its key, into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "registry.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path = tmp_path / "authority.pem"
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(certificate.public_bytes(pem) + secret)
    return path


@pytest.fixture
def server(authority: Path) -> Iterator[HttpServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority)
    answers = {"HEAD": Said(404), "POST": Said(202, {"Location": "/up"}), "PUT": Said(201), "GET": Said(200)}
    with HttpServer(lambda seen: answers[seen.method], context).running() as running:
        yield running


def test_a_known_authority_is_trusted(server: HttpServer, authority: Path) -> None:
    RegistryClient(server.host, plain_http=False, ca_file=str(authority)).ping()
    store = OrasArtifacts(lambda _: None, plain_http=False, ca_file=str(authority))
    store.push(Repository(f"{server.host}/records"), "r-1", "application/vnd.test", b"content", {})
    assert [seen.method for seen in server.seen] == [
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "HEAD",
        "POST",
        "PUT",
        "PUT",
    ]


def test_an_unknown_authority_is_not_and_is_not_asked_again(server: HttpServer) -> None:
    slept: list[float] = []
    with pytest.raises(RegistryUnreachable, match="certificate"):
        RegistryClient(server.host, plain_http=False, sleep=slept.append).ping()
    store = OrasArtifacts(lambda _: None, plain_http=False, sleep=slept.append)
    with pytest.raises(RegistryUnreachable, match="certificate"):
        store.push(Repository(f"{server.host}/records"), "r-1", "application/vnd.test", b"content", {})
    assert slept == []
    assert server.seen == []


def test_https_never_leads_to_plain_http(server: HttpServer, authority: Path) -> None:
    server.respond = lambda _: Said(307, {"Location": f"http://{server.host}/blob"})
    with pytest.raises(RegistryError, match="plain HTTP"):
        RegistryClient(server.host, plain_http=False, ca_file=str(authority)).ping()
