"""Requests to one registry: limited, authorised, redirected and tried again where that may help."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar

from publisher.errors import RegistryError, RegistryUnreachable
from publisher.oci.manifest import MAX_MANIFEST
from publisher.registry.address import follow, origin
from publisher.registry.auth import Authenticator, Scopes
from publisher.registry.credentials import Credentials
from publisher.registry.credentials import login_hint as default_hint
from publisher.registry.limits import RateLimit
from publisher.registry.refusals import MAX_REFUSAL, Asked, Reply, clean, path_of_url, refuse, retry_after
from publisher.registry.retry import RetryPolicy, Sleep, Transient, with_retries
from publisher.registry.tally import Tally
from publisher.registry.transport import Answer, ConnectionFault, TooLarge, Transport
from publisher.transfer.figures import Traffic

T = TypeVar("T")
MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = frozenset({200})
_HEADERS = {"User-Agent": "publisher", "Accept-Encoding": "identity"}


def _unheard() -> None:
    """Tell nobody."""


class BrokenOff(RegistryUnreachable):
    """A registry answered and then stopped half-way."""


@dataclass(frozen=True, slots=True)
class Body:
    """A body that is opened again for each attempt; `length` in bytes."""

    length: int
    open: Callable[[], AbstractContextManager[Iterator[bytes]]]


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `url` absolute, `expected` the statuses that are answers and not refusals."""

    method: str
    url: str
    scopes: Scopes = frozenset()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Body | None = None
    expected: frozenset[int] = _OK
    limit: int = MAX_MANIFEST
    redirects: bool = True


class Session:
    """Sends calls; shared by threads.

    Credentials go to the registry's own origin and to the realm that it names, nowhere else.
    """

    def __init__(  # noqa: PLR0913 - each is one independent setting
        self,
        host: str,
        base: str,
        transport: Transport,
        credentials: Credentials | None = None,
        *,
        limit: RateLimit | None = None,
        policy: RetryPolicy | None = None,
        sleep: Sleep = time.sleep,
        login_hint: str = "",
        on_throttled: Callable[[], object] = _unheard,
    ) -> None:
        self.host = host
        self.base = base
        self._origin = origin(base)
        self._transport = transport
        self._limit = limit or RateLimit(None)
        self._policy = policy or RetryPolicy()
        self._sleep = sleep
        self._login_hint = login_hint or default_hint(host)
        self._on_throttled = on_throttled
        self._tally = Tally()
        self.auth = Authenticator(base, host, credentials, self._fetch_token, login_hint=self._login_hint)

    @property
    def traffic(self) -> Traffic:
        """Give what the registry was asked so far."""
        return self._tally.traffic

    def ask(self, call: Call) -> Reply:
        """Send a call and read the answer.

        Raises:
            RegistryUnreachable, AccessDenied, NotFound, DigestMismatch, RegistryError: see the port.
        """
        return self.retried(lambda: self.once(call))

    def once(self, call: Call) -> Reply:
        """Do as `ask` does, in one attempt.

        Raises:
            Transient: it may be tried again.
        """
        with self._faults(call.method, call.url):
            answer = self._authorised(call)
            try:
                return self._judged(call, answer)
            finally:
                answer.close()

    @contextmanager
    def stream(self, call: Call) -> Iterator[tuple[Mapping[str, str], Iterator[bytes]]]:
        """Send a call, give headers and body; only the way to the first byte is retried.

        Faults are translated where the body is read and not around the `with` block: what its
        user meets there (another registry that breaks off) is not this registry's fault.
        """
        answer = self.retried(lambda: self._opened(call))
        try:
            yield answer.headers, self._chunks(call, answer)
        finally:
            answer.close()

    def close(self) -> None:
        """Close idle connections; the session may still be used."""
        self._transport.close()

    def retried(self, action: Callable[[], T]) -> T:
        """Run an action of several calls, again as a whole when one of them fails in a transient way."""
        return with_retries(action, self._policy, self._sleep, self._tally.repeated)

    def asked(self, method: str, url: str) -> Asked:
        """Describe a request for messages."""
        return Asked(f"{method} {path_of_url(url)}", self.host, self._login_hint, list(self.auth.secrets()))

    def _chunks(self, call: Call, answer: Answer) -> Iterator[bytes]:
        with self._faults(call.method, call.url, broken=True):
            yield from answer.chunks()

    def _opened(self, call: Call) -> Answer:
        with self._faults(call.method, call.url):
            answer = self._authorised(call)
            if answer.status in call.expected:
                return answer
            try:
                self._judged(call, answer)
            finally:
                answer.close()
            raise AssertionError("a refusal was not refused")

    def _judged(self, call: Call, answer: Answer) -> Reply:
        accepted = answer.status in call.expected
        body = answer.read(call.limit) if accepted else _beginning(answer)
        reply = Reply(answer.status, answer.headers, body, answer.url)
        if accepted:
            return reply
        if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._limit.pause(min(retry_after(reply.headers) or 0.0, self._policy.longest_wait))
            self._on_throttled()
        raise refuse(self.asked(call.method, call.url), reply)

    def _authorised(self, call: Call) -> Answer:
        used = self.auth.header(call.scopes)
        answer = self._travel(call, used)
        ours = (
            origin(answer.url) == self._origin
        )  # a storage host's challenge is none of our credentials' business
        if answer.status != HTTPStatus.UNAUTHORIZED or not ours:
            return answer
        if not self.auth.learn(answer.headers.get("WWW-Authenticate"), call.scopes, used):
            return answer
        answer.close()
        return self._travel(call, self.auth.header(call.scopes))

    def _travel(self, call: Call, authorization: str | None) -> Answer:
        url = call.url
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._send(call, url, authorization)
            if answer.status not in _REDIRECTS or not call.redirects or call.method not in ("GET", "HEAD"):
                return answer
            location = answer.headers.get("Location", "")
            answer.close()
            url = follow(url, location)
        raise RegistryError(
            "the registry redirects without end", where=self.host, detail=path_of_url(call.url)
        )

    def _send(self, call: Call, url: str, authorization: str | None) -> Answer:
        headers = {**_HEADERS, **call.headers}
        if origin(url) == self._origin:
            self._tally.waited(self._limit.wait())
            self._tally.asked()
            if authorization:
                headers["Authorization"] = authorization
        if not isinstance(call.body, Body):
            return self._transport.send(call.method, url, headers, call.body)
        headers["Content-Length"] = str(call.body.length)
        with call.body.open() as chunks:
            return self._transport.send(call.method, url, headers, chunks)

    def _fetch_token(self, url: str, headers: Mapping[str, str]) -> Reply:
        with self._faults("GET", url):
            answer = self._transport.send(
                "GET", url, {**_HEADERS, "Accept": "application/json", **headers}, None
            )
            try:
                return Reply(answer.status, answer.headers, answer.read(MAX_REFUSAL), url)
            finally:
                answer.close()

    @contextmanager
    def _faults(self, method: str, url: str, *, broken: bool = False) -> Iterator[None]:
        """Turn the transport's faults into ours."""
        what = f"{method} {path_of_url(url)}"
        try:
            yield
        except TooLarge as fault:
            raise RegistryError(
                "the registry answers more than it may", where=self.host, detail=what
            ) from fault
        except ConnectionFault as fault:
            detail = f"{what}: {clean(fault.detail, list(self.auth.secrets()))}"
            if broken:
                raise BrokenOff(
                    "the registry broke off", where=self.host, detail=detail, hint=_RETRY
                ) from fault
            error = RegistryUnreachable(
                "the registry does not answer", where=self.host, detail=detail, hint=_AWAY
            )
            raise (error if fault.permanent else Transient(error)) from fault


_RETRY = "run it again; what is done is not done twice"
_AWAY = (
    "check that it is up and that this machine reaches it, then run it again; what is done is not done twice"
)


def _beginning(answer: Answer) -> bytes:
    """Read a refusal for its words; one of any length is a refusal all the same."""
    try:
        return answer.read(MAX_REFUSAL)
    except TooLarge:
        return b""
