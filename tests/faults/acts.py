"""What a proxy does for each fault: to the request, instead of the registry, to the answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit, urlunsplit

from publisher.oci.descriptor import OCI_INDEX
from tests.faults.kinds import Address, Kind
from tests.faults.rules import Fault

OTHER_DIGEST = "sha256:" + "e" * 64


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the proxy took it in; `storage` is the proxy's other address, `host:port`."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    kind: Kind
    address: Address
    storage: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; that to a HEAD has the headers of a body which does not come."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        """Give a header, empty when it is not there."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), "")

    def having(self, name: str, value: str) -> Answer:
        """Replace a header that is there."""
        replaced = [(known, value if known.lower() == name.lower() else old) for known, old in self.headers]
        return replace(self, headers=tuple(replaced))


class Delivery(Enum):
    """How an answer comes back."""

    WHOLE = auto()
    CUT = auto()
    SLOW = auto()
    HALF = auto()
    NEVER = auto()


@dataclass(frozen=True, slots=True)
class Act:
    """One fault; `instead` of None lets the registry answer."""

    instead: Callable[[Request], Answer] | None = None
    before: Callable[[Request], Request] | None = None
    after: Callable[[Request, Answer], Answer] | None = None
    delivery: Delivery = Delivery.WHOLE


def refusal(status: int, code: str = "UNKNOWN", *headers: tuple[str, str]) -> Answer:
    """Give an error as registries do (distribution specification, error codes)."""
    body = json.dumps({"errors": [{"code": code, "message": "made up by a test"}]}).encode()
    return Answer(status, (("Content-Type", "application/json"), *headers), body)


def _refusing(status: int, code: str = "UNKNOWN", *headers: tuple[str, str]) -> Act:
    return Act(instead=lambda _: refusal(status, code, *headers))


def _flipped(body: bytes) -> bytes:
    """Change one bit in the middle."""
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :] if body else body


def _wrong_on_the_way(request: Request) -> Request:
    written = request.method in ("PUT", "PATCH")
    return replace(request, body=_flipped(request.body)) if written else request


def _wrong_on_the_way_back(request: Request, answer: Answer) -> Answer:
    read = request.method == "GET" and answer.status == HTTPStatus.OK
    return replace(answer, body=_flipped(answer.body)) if read else answer


def _stored(request: Request) -> Answer:
    """Say that it is written."""
    digest = request.address.asked("digest") or request.address.asked("mount") or _digest_of(request)
    place = f"/v2/{request.address.repository}/{request.address.noun}/{digest}"
    return Answer(HTTPStatus.CREATED, (("Location", place), ("Docker-Content-Digest", digest)))


def _digest_of(request: Request) -> str:
    from publisher.oci.digest import Digest

    return Digest.of(request.body)


def _empty_list(request: Request) -> Answer:
    if request.kind is Kind.GET_FALLBACK:
        return refusal(HTTPStatus.NOT_FOUND, "MANIFEST_UNKNOWN")
    body = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}).encode()
    return Answer(HTTPStatus.OK, (("Content-Type", OCI_INDEX),), body)


def _without_mount(request: Request) -> Request:
    kept = [(name, value) for name, value in request.address.query if name not in ("mount", "from")]
    target = request.target.partition("?")[0] + (f"?{urlencode(kept)}" if kept else "")
    return replace(request, target=target)


def _elsewhere(request: Request, answer: Answer) -> Answer:
    """Send the client to the other address: for an upload, or for a blob that is read."""
    if request.kind is Kind.GET_BLOB and answer.status == HTTPStatus.OK:
        return Answer(307, (("Location", f"http://{request.storage}{request.target}"),))
    parts = urlsplit(answer.header("Location"))
    if not parts.path:
        return answer
    return answer.having("Location", urlunsplit(("http", request.storage, *parts[2:])))


ACTS: Mapping[Fault, Act] = {
    Fault.TOO_MANY: _refusing(429, "TOOMANYREQUESTS"),
    Fault.TOO_MANY_WAIT: _refusing(429, "TOOMANYREQUESTS", ("Retry-After", "1")),
    Fault.INTERNAL: _refusing(500),
    Fault.BAD_GATEWAY: _refusing(502),
    Fault.UNAVAILABLE: _refusing(503),
    Fault.GATEWAY_TIMEOUT: _refusing(504),
    Fault.FULL: _refusing(507),
    Fault.FORBIDDEN: _refusing(403, "DENIED"),
    Fault.RESET_BEFORE: Act(instead=lambda _: Answer(0), delivery=Delivery.CUT),
    Fault.RESET_AFTER: Act(delivery=Delivery.CUT),
    Fault.SLOW: Act(delivery=Delivery.SLOW),
    Fault.HANG: Act(delivery=Delivery.NEVER),
    Fault.TRUNCATED: Act(delivery=Delivery.HALF),
    Fault.WRONG_BYTES: Act(before=_wrong_on_the_way, after=_wrong_on_the_way_back),
    Fault.WRONG_DIGEST: Act(after=lambda _, answer: answer.having("Docker-Content-Digest", OTHER_DIGEST)),
    Fault.LOST_WRITE: Act(instead=_stored),
    Fault.LOST_UPLOAD: _refusing(404, "BLOB_UPLOAD_UNKNOWN"),
    Fault.OTHER_HOST: Act(after=_elsewhere),
    Fault.LAGGING: Act(instead=_empty_list),
    Fault.MOUNT_DECLINED: Act(before=_without_mount),
    Fault.IMMUTABLE: _refusing(412, "PRECONDITION"),
}
"""`EXPIRED` is not here: the token guard takes back what it gave."""
