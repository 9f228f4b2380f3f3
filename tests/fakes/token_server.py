"""A token realm on loopback: signs ES256 tokens for exactly the scopes that it is asked for.

After distribution.github.io/distribution/spec/auth/jwt/; `trust` is what the registry needs.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID

from tests.fakes.authority import serving

LEEWAY = 60
"""Seconds by which distribution takes expired tokens all the same."""


@dataclass
class TokenServer:
    """Knows one user; `asked` are the scopes of each token that it gave, `lifetime` seconds of a token.

    `said` is the lifetime that it announces, when that differs.  `pull_anonymously`: nobody in
    particular may read.  `identity_token`: what the user may send instead of the password, by POST;
    each use of it gives another one.
    """

    username: str = "robot"
    password: str = "right-password"
    service: str = "registry.test"
    issuer: str = "issuer.test"
    lifetime: int = 300
    said: int | None = None
    pull_anonymously: bool = False
    identity_token: str | None = None
    asked: list[frozenset[str]] = field(default_factory=list)
    url: str = ""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @contextmanager
    def running(self, authority: Path | None = None) -> Iterator[TokenServer]:
        """Serve until the block ends; with an authority's file over TLS."""
        with ThreadingHTTPServer(("127.0.0.1", 0), self._handler()) as server:
            if authority:
                server.socket = serving(authority).wrap_socket(server.socket, server_side=True)
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            scheme = "https" if authority else "http"
            self.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/token"
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()

    def registry_settings(self, folder: Path) -> dict[str, Any]:
        """Give the `auth` section of a distribution configuration that trusts this realm."""
        bundle = folder / "realm.pem"
        bundle.write_bytes(self._certificate())
        return {
            "token": {
                "realm": self.url,
                "service": self.service,
                "issuer": self.issuer,
                "rootcertbundle": str(bundle),
                "signingalgorithms": ["ES256"],
            }
        }

    def answer(self, path: str, authorization: str | None) -> tuple[int, dict[str, Any]]:
        """Answer one request."""
        right = "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        scopes = frozenset(parse_qs(urlsplit(path).query).get("scope", []))
        reads_only = all(scope.endswith(":pull") for scope in scopes)
        if authorization != right and not (authorization is None and self.pull_anonymously and reads_only):
            return 401, {"errors": [{"code": "UNAUTHORIZED", "message": "who are you"}]}
        self.asked.append(scopes)
        lifetime = self.lifetime if self.said is None else self.said
        return 200, {"token": self._token(scopes), "expires_in": lifetime}

    def exchange(self, form: str) -> tuple[int, dict[str, Any]]:
        """Answer one request with an identity token."""
        given = {name: values[0] for name, values in parse_qs(form).items()}
        right = {"grant_type": "refresh_token", "service": self.service, "refresh_token": self.identity_token}
        if any(given.get(name) != value for name, value in right.items()) or not given.get("client_id"):
            return 401, {"errors": [{"code": "UNAUTHORIZED", "message": "who are you"}]}
        scopes = frozenset(given.get("scope", "").split())
        self.asked.append(scopes)
        self.identity_token = f"renewed-{len(self.asked)}"
        token = self._token(scopes)
        return 200, {"access_token": token, "expires_in": 300, "refresh_token": self.identity_token}

    def _token(self, scopes: frozenset[str]) -> str:
        now = int(time.time())
        expires = now + self.lifetime - (LEEWAY if self.lifetime < LEEWAY else 0)
        access = [_access(scope) for scope in sorted(scopes)]
        claims = {
            "iss": self.issuer, "aud": self.service, "sub": self.username, "iat": now - LEEWAY,
            "nbf": now - LEEWAY, "exp": expires, "access": access,
        }  # fmt: skip
        head = {"alg": "ES256", "typ": "JWT", "kid": self._thumbprint()}
        text = f"{_encoded(json.dumps(head).encode())}.{_encoded(json.dumps(claims).encode())}"
        signed = utils.decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{text}.{_encoded(b''.join(number.to_bytes(32, 'big') for number in signed))}"

    def _thumbprint(self) -> str:
        """Name the key as distribution does: RFC 7638, but without a coordinate's leading zero bytes."""
        numbers = self.key.public_key().public_numbers()
        x, y = (
            _encoded(number.to_bytes((number.bit_length() + 7) // 8, "big"))
            for number in (numbers.x, numbers.y)
        )
        members = json.dumps({"crv": "P-256", "kty": "EC", "x": x, "y": y}, separators=(",", ":"))
        digest = hashes.Hash(hashes.SHA256())
        digest.update(members.encode())
        return _encoded(digest.finalize())

    def _certificate(self) -> bytes:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.issuer)])
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
        )
        builder = builder.serial_number(1).not_valid_before(now - timedelta(days=1))
        signed = builder.not_valid_after(now + timedelta(days=1)).sign(self.key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        realm = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 64 * 1024

            def do_GET(self) -> None:
                self.say(*realm.answer(self.path, self.headers.get("Authorization")))

            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                self.say(*realm.exchange(form))

            def say(self, status: int, plain: dict[str, Any]) -> None:
                body = json.dumps(plain).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        return Handler


def _access(scope: str) -> dict[str, object]:
    kind, name, actions = scope.split(":")
    return {"type": kind, "name": name, "actions": actions.split(",")}


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
