"""One call from its first request to an answer: in turn, with the right credentials, along redirects."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from publisher.errors import RegistryError, RegistryUnreachable
from publisher.registry.address import follow, origin
from publisher.registry.auth import Authenticator
from publisher.registry.calls import Body, Call
from publisher.registry.circuit import Circuit
from publisher.registry.credentials import Logins
from publisher.registry.faults import ConnectionFault, TooLarge, TooSlow
from publisher.registry.limits import RateLimit
from publisher.registry.refusals import MAX_REFUSAL, Reply, clean, path_of_url
from publisher.registry.retry import Transient
from publisher.registry.tally import Tally
from publisher.registry.transport import Answer, Transport

MAX_REDIRECTS = 5
ANSWER_WITHIN = 120.0
"""Seconds in which an answer that is read as a whole must have come."""
FAULTS = (TooLarge, TooSlow, ConnectionFault)
_CHALLENGES = 2
"""Times that a request without a token is sent again: the first one may be gone by then."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FOLLOWED = frozenset({"GET", "HEAD"})
_AWAY = frozenset({502, 503, 504})
_HEADERS = {"User-Agent": "publisher", "Accept-Encoding": "identity"}
_TOKEN_HEADERS = {**_HEADERS, "Accept": "application/json"}


class Exchange:
    """Calls of one registry; shared by threads.

    Credentials go to the registry's own origin and to the realm that it names, nowhere else.
    """

    def __init__(  # noqa: PLR0913 - each is one independent part
        self,
        host: str,
        base: str,
        transport: Transport,
        logins: Logins,
        *,
        limit: RateLimit,
        circuit: Circuit,
        tally: Tally,
        login_hint: str,
    ) -> None:
        self._host = host
        self._base = f"{base}/"
        self._transport = transport
        self._limit = limit
        self._circuit = circuit
        self._tally = tally
        self.auth = Authenticator(base, host, logins, self._fetch_token, login_hint=login_hint)

    def send(self, call: Call) -> Answer:
        """Give the answer, its body still to be read; a refused token is renewed once.

        Raises:
            RegistryError: it redirects without end, or to where it may not.
            TooLarge, TooSlow, ConnectionFault: see `Transport`.
        """
        used, answer = self._travel(call)
        for _ in range(_CHALLENGES if used is None else 1):
            if answer.status != HTTPStatus.UNAUTHORIZED or not self._is_ours(answer.url):
                return answer  # a storage host's challenge is none of our credentials' business
            if not self._learns(answer, call, used):
                return answer
            answer.close()
            used, answer = self._travel(call)
        return answer

    def fault(self, call: Call, fault: Exception) -> Exception:
        """Turn a fault of the transport into one of ours, transient where it may pass."""
        return self._fault(f"{call.method} {path_of_url(call.url)}", fault)

    def _learns(self, answer: Answer, call: Call, used: str | None) -> bool:
        is_known = False
        try:
            found = self.auth.learn(answer.headers.get("WWW-Authenticate"), call.scopes, used)
            is_known = True
        finally:
            if not is_known:  # a credential helper failed: nobody else would close it
                answer.close()
        return found

    def _travel(self, call: Call) -> tuple[str | None, Answer]:
        """Follow redirects; give the Authorization header that the registry was sent, too."""
        url, used = call.url, None
        for _ in range(MAX_REDIRECTS + 1):
            headers = {**_HEADERS, **call.headers}
            if is_ours := self._is_ours(url):
                self._tally.waited(self._limit.wait())
                if used := self.auth.header(call.scopes):
                    headers["Authorization"] = used
                self._tally.asked()
            answer = self._send(call, url, headers)
            if is_ours and answer.status not in _AWAY:
                self._circuit.succeeded()
            if answer.status not in _REDIRECTS or not call.redirects or call.method not in _FOLLOWED:
                return used, answer
            location = answer.headers.get("Location", "")
            answer.close()
            url = follow(url, location)
        raise RegistryError(
            "the registry redirects without end", where=self._host, detail=path_of_url(call.url)
        )

    def _send(self, call: Call, url: str, headers: dict[str, str]) -> Answer:
        if not isinstance(call.body, Body):
            return self._transport.send(call.method, url, headers, call.body)
        headers["Content-Length"] = str(call.body.length)
        with call.body.open() as chunks:
            return self._transport.send(call.method, url, headers, chunks, call.body.length)

    def _is_ours(self, url: str) -> bool:
        """Tell whether an address is the registry's own, the common case without taking it apart."""
        return url.startswith(self._base) or origin(url) == origin(self._base)

    def _fetch_token(self, url: str, headers: Mapping[str, str], form: bytes | None) -> Reply:
        method = "POST" if form is not None else "GET"
        try:
            answer = self._transport.send(method, url, {**_TOKEN_HEADERS, **headers}, form)
            try:
                return Reply(answer.status, answer.headers, answer.read(MAX_REFUSAL, ANSWER_WITHIN), url)
            finally:
                answer.close()
        except FAULTS as fault:
            realm = origin(url).host
            raise self._fault(f"{method} {path_of_url(url)} (token, at {realm})", fault) from fault

    def _fault(self, what: str, fault: Exception) -> Exception:
        if isinstance(fault, TooLarge):
            return RegistryError("the registry answers more than it may", where=self._host, detail=what)
        if isinstance(fault, TooSlow):
            fault = ConnectionFault(f"the answer is not complete after {ANSWER_WITHIN:g} s")
        assert isinstance(fault, ConnectionFault)  # noqa: S101 - nothing else is caught
        detail = f"{what}: {clean(fault.detail, list(self.auth.secrets()))}"
        error = RegistryUnreachable(
            "the registry does not answer", where=self._host, detail=detail, hint=fault.hint or _HINT
        )
        return error if fault.permanent else Transient(error)


_HINT = (
    "check that it is up and that this machine reaches it, then run it again; what is done is not done twice"
)
