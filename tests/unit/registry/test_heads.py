from __future__ import annotations

from http.client import HTTPException

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.registry.heads import Head, Headers, body_length, is_chunked, parse_head, request_head

TOKENS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)
VALUES = st.text(st.characters(codec="iso-8859-1", exclude_categories=["C", "Z"]), max_size=30)


def head(*lines: str, status: str = "HTTP/1.1 200 OK") -> Head:
    return parse_head("\r\n".join([status, *lines]).encode("iso-8859-1"))


def test_a_request_names_its_host_its_headers_and_the_length_of_its_body() -> None:
    found = request_head("PUT", "/v2/a?b=c", "h:5000", {"Accept": "x/y"}, 3)
    assert found == b"PUT /v2/a?b=c HTTP/1.1\r\nHost: h:5000\r\nAccept: x/y\r\nContent-Length: 3\r\n\r\n"


@pytest.mark.parametrize(
    ("method", "is_told"), [("POST", True), ("PUT", True), ("GET", False), ("HEAD", False)]
)
def test_an_empty_body_is_told_where_one_is_usual(method: str, is_told: bool) -> None:
    assert (b"Content-Length: 0" in request_head(method, "/", "h", {}, 0)) is is_told


def test_a_length_that_the_headers_tell_is_left_to_them() -> None:
    assert request_head("PUT", "/", "h", {"Content-Length": "9"}, None).count(b"Content-Length") == 1


@pytest.mark.parametrize("evil", ["a\r\nX: y", "a\ny", "a\ry", "a\0"])
def test_nothing_smuggles_a_header_in(evil: str) -> None:
    for headers in ({"A": evil}, {evil: "v"}):
        with pytest.raises(HTTPException, match="line break"):
            request_head("GET", "/", "h", headers, None)


@pytest.mark.parametrize("evil", ["a\r\nX: y", "a b", "a\tb", "a\0", "ä", ""])
def test_nothing_smuggles_another_request_in(evil: str) -> None:
    for target, host in ((evil, "h"), ("/", evil)):
        with pytest.raises(HTTPException, match="address"):
            request_head("GET", target, host, {}, None)


def test_letters_that_cannot_be_sent_are_refused() -> None:
    with pytest.raises(HTTPException, match="letters"):
        request_head("GET", "/", "h", {"Authorization": "Bearer é中"}, None)


def test_names_are_found_whatever_their_case() -> None:
    found = head("Docker-Content-Digest: sha256:ab ", "LINK: <a>", "link:<b>").headers
    assert found["docker-content-digest"] == "sha256:ab"
    assert found.get("Link") == "<a>, <b>"
    assert found.get("Range") is None
    assert sorted(found) == ["docker-content-digest", "link"]
    assert "LINK" in found
    assert len(found) == 2


@given(st.dictionaries(TOKENS.map(str.lower), VALUES, max_size=20))
def test_what_is_written_is_read_again(headers: dict[str, str]) -> None:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    assert dict(head(*lines).headers) == headers


@given(st.binary(max_size=400))
def test_any_bytes_are_a_head_or_refused(raw: bytes) -> None:
    try:
        found = parse_head(raw)
        body_length("GET", found)
    except HTTPException:
        return
    assert 100 <= found.status <= 999


@pytest.mark.parametrize(
    "status",
    ["", "HTTP/1.1", "HTTP/2 200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2000", "SSH-2.0-x", "HTTP/1.1 099 x"],
)
def test_another_beginning_is_no_answer(status: str) -> None:
    with pytest.raises(HTTPException):
        head(status=status)


@pytest.mark.parametrize(
    "status", ["HTTP/1.1 404", "HTTP/1.1  404 No", "HTTP/1.1 404\tNo", "HTTP/1.2 404 No"]
)
def test_a_status_line_may_be_a_little_odd(status: str) -> None:
    assert head(status=status).status == 404


def test_folded_headers_are_one() -> None:
    found = head('WWW-Authenticate: Bearer realm="https:', ' //r/t",', '\tservice="s"', "A: b").headers
    assert found["www-authenticate"] == 'Bearer realm="https: //r/t", service="s"'
    assert found["a"] == "b"
    assert len(head(" folded onto nothing").headers) == 0


def test_what_is_said_twice_alike_is_said_once() -> None:
    assert body_length("GET", head("Content-Length: 5", "Content-Length: 5")) == 5
    assert head("Content-Length: 5, 5").headers["Content-Length"] == "5"
    assert is_chunked(head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"))
    assert not is_chunked(head("Transfer-Encoding:"))
    assert body_length("GET", head("Content-Length:")) is None
    assert body_length("GET", head("Content-Length: 0000000000000000000000005")) == 5


def test_headers_are_bounded() -> None:
    assert len(head(*[f"a{n}: b" for n in range(100)]).headers) == 100
    with pytest.raises(HTTPException, match="more than 100"):
        head(*[f"a{n}: b" for n in range(101)])


@pytest.mark.parametrize(
    ("status", "line", "keeps"),
    [
        ("HTTP/1.1 200 OK", "A: b", True),
        ("HTTP/1.1 200 OK", "Connection: Close", False),
        ("HTTP/1.0 200 OK", "A: b", False),
        ("HTTP/1.0 200 OK", "connection: keep-alive", True),
    ],
)
def test_whether_the_connection_stays(status: str, line: str, keeps: bool) -> None:
    assert head(line, status=status).keeps is keeps


def test_where_a_body_ends() -> None:
    assert body_length("GET", head("Content-Length: 12")) == 12
    assert body_length("HEAD", head("Content-Length: 12")) == 0
    assert body_length("GET", head("Content-Length: 12", status="HTTP/1.1 304 x")) == 0
    assert body_length("DELETE", head(status="HTTP/1.1 204 x")) == 0
    assert body_length("GET", head()) is None
    assert body_length("GET", head("Content-Length: 12", "Transfer-Encoding: chunked")) is None
    assert is_chunked(head("Transfer-Encoding: Chunked"))
    assert not is_chunked(head("Transfer-Encoding: identity"))


@pytest.mark.parametrize("said", ["-1", "1x", "+5", "5, 6", "0x10", "9" * 19, "١"])
def test_a_length_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(HTTPException, match="length"):
        body_length("GET", Head(200, Headers({"content-length": said}), keeps=True))


def test_an_encoding_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(HTTPException, match="gzip"):
        is_chunked(head("Transfer-Encoding: gzip, chunked"))
