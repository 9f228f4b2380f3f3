"""Access logs of three programs, read as one kind of request."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.stack.access_log import AccessLog, Request, parse_line

COMBINED = (
    '127.0.0.1 - - [22/Nov/2026:08:48:50 +0100] "HEAD /v2/a/b/manifests/v1?x=1 HTTP/1.1" 404 19 "" "curl/7"'
)
PLAIN = "2026-11-22T08:48:50.364850061Z PUT /v2/a/b/manifests/v1 201 0"


def test_reads_the_combined_format() -> None:
    expected = datetime(2026, 11, 22, 7, 48, 50, tzinfo=UTC)
    assert parse_line(COMBINED) == Request(expected, "HEAD", "/v2/a/b/manifests/v1?x=1", 404)


def test_reads_the_format_of_our_registry() -> None:
    expected = datetime(2026, 11, 22, 8, 48, 50, 364850, tzinfo=UTC)
    assert parse_line(PLAIN) == Request(expected, "PUT", "/v2/a/b/manifests/v1", 201)


def test_other_lines_are_no_requests() -> None:
    assert parse_line('time="2026-11-22" level=warning msg="no secret"') is None
    assert parse_line("") is None


def test_a_log_is_read_as_it_grows_and_a_line_counts_when_whole(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    log = AccessLog(path)
    assert log.requests() == []
    path.write_text(f"{PLAIN}\n{COMBINED[:40]}")
    assert [request.method for request in log.requests()] == ["PUT"]
    path.write_text(f"{PLAIN}\n{COMBINED}\n")
    assert [request.method for request in log.requests()] == ["PUT", "HEAD"]
