from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import AccessDenied, DigestMismatch, NotFound, RegistryError, RegistryUnreachable
from publisher.registry.refusals import MAX_WORDS, Asked, Reply, clean, codes, refuse, retry_after
from publisher.registry.retry import Transient

ASKED = Asked("PUT /v2/a/b/manifests/1.0", "quay.io", "set HUB_USER", ["word"])


def reply(status: int, body: object = None, **headers: str) -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, raw, "https://quay.io/"
    )


@pytest.mark.parametrize(
    ("status", "kind"), [(401, AccessDenied), (403, AccessDenied), (404, NotFound), (507, RegistryError)]
)
def test_lasting_refusals(status: int, kind: type[RegistryError]) -> None:
    error = refuse(ASKED, reply(status))
    assert type(error) is kind
    assert isinstance(error, RegistryError)
    assert error.where == "quay.io"
    assert error.detail.startswith(f"PUT /v2/a/b/manifests/1.0: {status}")


@pytest.mark.parametrize(
    ("status", "kind"), [(429, RegistryUnreachable), (500, RegistryError), (503, RegistryUnreachable)]
)
def test_passing_refusals_know_what_they_become(status: int, kind: type[RegistryError]) -> None:
    error = refuse(ASKED, reply(status, Retry_After="3"))
    assert isinstance(error, Transient)
    assert type(error.error) is kind
    assert error.after == 3.0


def test_a_denial_says_what_to_do() -> None:
    error = refuse(ASKED, reply(401))
    assert isinstance(error, AccessDenied)
    assert error.hint == "set HUB_USER"


def test_a_refused_digest_is_a_mismatch_unless_something_else_is_wrong() -> None:
    digest, missing = {"code": "DIGEST_INVALID"}, {"code": "MANIFEST_BLOB_UNKNOWN"}
    assert isinstance(refuse(ASKED, reply(400, {"errors": [digest]})), DigestMismatch)
    assert not isinstance(refuse(ASKED, reply(400, {"errors": [digest, missing]})), DigestMismatch)


def test_the_registrys_words_are_kept() -> None:
    said = {
        "errors": [{"code": "DENIED", "message": "quota of word\n\x1b[31m exceeded", "detail": {"limit": 5}}]
    }
    assert 'DENIED quota of *** [31m exceeded {"limit": 5}' in str(refuse(ASKED, reply(400, said)))


def test_plain_text_is_kept_and_markup_is_not() -> None:
    assert "no space left" in str(refuse(ASKED, reply(400, b"no space left")))
    assert "<h1>" not in str(refuse(ASKED, reply(400, b"<h1>no</h1>", Content_Type="text/html")))


@given(st.text(), st.text(min_size=1))
def test_clean_text_is_short_and_printable(text: str, secret: str) -> None:
    cleaned = clean(text, [secret])
    assert len(cleaned) <= MAX_WORDS
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in cleaned)


@given(st.binary(max_size=200))
def test_any_body_can_be_refused(body: bytes) -> None:
    assert isinstance(refuse(ASKED, reply(400, body)), RegistryError)
    codes(body)


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"errors": 7}', b'{"errors": [7, {"code": 9}]}', b"[]", b"null"]
)
def test_odd_bodies_can_be_refused(body: bytes) -> None:
    assert isinstance(refuse(ASKED, reply(400, body)), RegistryError)


@pytest.mark.parametrize(
    ("after", "date", "seconds"),
    [
        ("7", "", 7.0),
        ("Wed, 21 Oct 2026 07:28:10 GMT", "Wed, 21 Oct 2026 07:28:00 GMT", 10.0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:10 GMT", 0.0),
        ("Wed, 21 Oct 2026 07:28:10 GMT", "", None),
        ("soon", "", None),
        ("-3", "", None),
        ("٣", "", None),
        ("", "", None),
    ],
)
def test_retry_after(after: str, date: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": after, "Date": date}) == seconds


@given(st.text())
def test_any_retry_after_can_be_read(text: str) -> None:
    seconds = retry_after({"Retry-After": text, "Date": text})
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize("secret", ["a" * 3000, 'p\u00e4"ss'])
@pytest.mark.parametrize("form", ["detail", "text"])
def test_a_secret_that_a_registry_repeats_is_masked_whole_however_long_it_is(secret: str, form: str) -> None:
    asked = Asked("PUT /v2/a/b/manifests/1.0", "quay.io", "", [secret])
    said = {"errors": [{"code": "DENIED", "detail": {"Authorization": secret}}]}
    body = said if form == "detail" else f"you said {secret}".encode()
    text = str(refuse(asked, reply(403, body)))
    assert "***" in text
    assert json.dumps(secret)[1:-1][:50] not in text
