"""What a registry's refusal means, in our errors and in its own words."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from publisher.errors import AccessDenied, DigestMismatch, NotFound, RegistryError, RegistryUnreachable
from publisher.registry.retry import Transient

MAX_WORDS = 600
"""Characters of a registry's own text that are shown."""
MAX_REFUSAL = 64 * 1024
"""Bytes of a refusal that are read."""
_TRANSIENT = frozenset({429, 500, 502, 503, 504})
_AWAY = frozenset({502, 503, 504})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer: `body` in bytes, `url` the address that gave it after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a refusal is about: `what` such as `PUT /v2/…`, the registry, what to do about a 401."""

    what: str
    host: str
    login_hint: str
    secrets: Collection[str] = ()


def refuse(asked: Asked, reply: Reply) -> Exception:
    """Give the exception for an answer that was not expected: Transient, or one of ours."""
    error = _error(asked, reply)
    return Transient(error, retry_after(reply.headers)) if reply.status in _TRANSIENT else error


def codes(body: bytes) -> frozenset[str]:
    """Give the error codes of a refusal (distribution specification, error-codes)."""
    return frozenset(str(item.get("code", "")) for item in _errors(body))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Read `Retry-After`, seconds or a date; a date counts from the answer's own, so no clock is asked."""
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):
        return None


def clean(text: str, secrets: Collection[str] = ()) -> str:
    """Make foreign text fit to show: one line, bounded, no control characters, nothing secret."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return " ".join(_CONTROL.sub(" ", text).split())[:MAX_WORDS]


def _error(asked: Asked, reply: Reply) -> RegistryError:
    kind, what, hint = _meaning(asked, reply)
    return kind(
        what, where=asked.host, detail=f"{asked.what}: {reply.status} {_words(asked, reply)}", hint=hint
    )


def _meaning(asked: Asked, reply: Reply) -> tuple[type[RegistryError], str, str]:
    if reply.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return AccessDenied, "the registry denies access", asked.login_hint
    if codes(reply.body) == {"DIGEST_INVALID"}:  # distribution 2 says it beside MANIFEST_BLOB_UNKNOWN, too
        return DigestMismatch, "the registry received other bytes than their digest promises", "run it again"
    if codes(reply.body) == {"BLOB_UPLOAD_UNKNOWN"}:
        return (
            RegistryError,
            "the registry lost an upload that it had begun",
            "look at its log and its free disk space, then run it again",
        )
    if reply.status == HTTPStatus.NOT_FOUND:
        return NotFound, "the registry does not have it", ""
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        return (
            RegistryUnreachable,  # after all that patience nobody else need wait as long
            "the registry limits requests",
            "wait, or lower requests_per_minute in publisher.yml",
        )
    if reply.status in _AWAY:
        return (
            RegistryUnreachable,
            "the registry does not answer",
            "run it again; what is done is not done twice",
        )
    if reply.status in (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.INSUFFICIENT_STORAGE):
        return (
            RegistryError,
            "the registry failed",
            "look at its log and its free disk space, then run it again",
        )
    return RegistryError, "the registry refused", ""


def _words(asked: Asked, reply: Reply) -> str:
    said = [
        f"{item.get('code', '')} {item.get('message', '')} {_plain(item.get('detail'))}"
        for item in _errors(reply.body)
    ]
    text = "; ".join(" ".join(one.split()) for one in said) or _text(reply)
    quoted = [json.dumps(secret)[1:-1] for secret in asked.secrets]  # as a detail shows them
    return clean(text, [*asked.secrets, *quoted])


def _text(reply: Reply) -> str:
    markup = "html" in reply.headers.get("Content-Type", "").lower()
    return "" if markup else reply.body.decode(errors="replace")


def _plain(detail: Any) -> str:
    return "" if detail in (None, "", {}, []) else json.dumps(detail)


def _errors(body: bytes) -> list[dict[str, Any]]:
    try:
        plain = json.loads(body)
    except (ValueError, RecursionError):
        return []
    found = plain.get("errors") if isinstance(plain, dict) else None
    return [item for item in found if isinstance(item, dict)][:5] if isinstance(found, list) else []


def path_of_url(url: str) -> str:
    """Give the path of a URL for messages: queries carry upload states and signatures."""
    return urlsplit(url).path
