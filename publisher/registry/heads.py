"""The heads of requests and answers, as bytes: RFC 9112, sections 2 to 6.

Pure.  The standard library reads the head of an answer as if it were an e-mail, which costs more than
all the rest of a small request; everything that a registry sends is bounded and doubted here as there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import BadStatusLine, HTTPException
from typing import Final

MAX_HEAD: Final = 64 * 1024
"""Bytes of a head."""
MAX_HEADERS: Final = 100
_STATUS = re.compile(r"HTTP/1\.([0-9])[ \t]+([1-9][0-9]{2})(?:[ \t].*)?", re.DOTALL)
_LENGTH = re.compile(r"0*([0-9]{1,18})", re.ASCII)
_SENDABLE = re.compile(r"[!-~]+")
_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})
_BODILESS = frozenset({204, 304})


class Headers(Mapping[str, str]):
    """Headers by name, whatever its case; what comes several times is joined by commas."""

    __slots__ = ("_found",)

    def __init__(self, found: Mapping[str, str]) -> None:
        self._found = found

    def __getitem__(self, name: str) -> str:
        """Give a header.

        Raises:
            KeyError: there is none of that name.
        """
        return self._found[name.lower()]

    def __iter__(self) -> Iterator[str]:
        """Give the names, in small letters."""
        return iter(self._found)

    def __len__(self) -> int:
        """Count the names."""
        return len(self._found)


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers; `keeps` tells that the connection stays open after the body."""

    status: int
    headers: Headers
    keeps: bool

    @property
    def is_interim(self) -> bool:
        """Tell that the answer is still to come."""
        return self.status < 200


def request_head(
    method: str, target: str, host: str, headers: Mapping[str, str], length: int | None
) -> bytes:
    """Give the head of a request whose body has `length` bytes; None leaves that to `headers`.

    Raises:
        HTTPException: target or host are no such thing, or a header holds what cannot be sent.
    """
    if not (_SENDABLE.fullmatch(target) and _SENDABLE.fullmatch(host)):
        raise HTTPException("an address that cannot be sent")
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if length is not None and (length or method in _WITH_LENGTH):
        lines.append(f"Content-Length: {length}")
    text = "\n".join(lines)
    if text.count("\n") != len(lines) - 1 or "\r" in text or "\0" in text:
        raise HTTPException("a header holds a line break")
    try:
        return text.replace("\n", "\r\n").encode("iso-8859-1") + b"\r\n\r\n"
    except UnicodeEncodeError:
        raise HTTPException("a header holds letters that cannot be sent") from None  # it holds the header


def parse_head(raw: bytes) -> Head:
    """Read the head of an answer, without the empty line that ends it.

    Raises:
        HTTPException: it is not one.
    """
    first, *lines = raw.decode("iso-8859-1").split("\n")
    status = _STATUS.fullmatch(first.rstrip("\r"))
    if status is None:
        raise BadStatusLine(repr(first[:100]))
    if len(lines) > MAX_HEADERS:
        raise HTTPException(f"an answer with more than {MAX_HEADERS} headers")
    found = _by_name(lines)
    wishes = found.get("connection", "").lower()
    keeps = "keep-alive" in wishes if status[1] == "0" else "close" not in wishes
    return Head(int(status[2]), Headers(found), keeps)


def body_length(method: str, head: Head) -> int | None:
    """Give the length of an answer's body in bytes; None where its end shows otherwise.

    Raises:
        HTTPException: its length is no number.
    """
    if method == "HEAD" or head.status in _BODILESS:
        return 0
    said = head.headers.get("Content-Length")
    if not said or is_chunked(head):
        return None
    length = _LENGTH.fullmatch(said)
    if length is None:
        raise HTTPException(f"an answer with the length {said[:40]!r}")
    return int(length[1])


def is_chunked(head: Head) -> bool:
    """Tell whether the body comes in chunks.

    Raises:
        HTTPException: it is encoded in another way, which nobody asked for.
    """
    said = head.headers.get("Transfer-Encoding", "")
    found = {one.strip().lower() for one in said.split(",")} - {"", "identity"}
    if found - {"chunked"}:
        raise HTTPException(f"an answer in the transfer encoding {said[:40]!r}")
    return bool(found)


def _by_name(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    last = ""
    for line in lines:
        if last and line[:1] in (" ", "\t"):
            found[last] += f" {line.strip()}"  # folded, as it was usual once
            continue
        name, colon, value = line.partition(":")
        if colon:
            last, value = name.lower(), value.strip()
            found[last] = f"{found[last]}, {value}" if last in found else value
    if "," in (length := found.get("content-length", "")):
        same = {one.strip() for one in length.split(",")}
        found["content-length"] = same.pop() if len(same) == 1 else length
    return found
