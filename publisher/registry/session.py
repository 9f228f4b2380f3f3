"""Calls to one registry: each sent again where that may help, and refused in our words where not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from typing import TypeVar

from publisher.errors import RegistryUnreachable
from publisher.registry.calls import Body, Call
from publisher.registry.circuit import Circuit
from publisher.registry.credentials import Credentials, Logins, always
from publisher.registry.credentials import login_hint as default_hint
from publisher.registry.exchange import ANSWER_WITHIN, FAULTS, Exchange
from publisher.registry.faults import ConnectionFault, TooLarge
from publisher.registry.limits import RateLimit
from publisher.registry.refusals import MAX_REFUSAL, Asked, Reply, clean, path_of_url, refuse
from publisher.registry.retry import RetryPolicy, Sleep, Transient, with_retries
from publisher.registry.tally import Tally
from publisher.registry.transport import Answer, Transport
from publisher.transfer.figures import Traffic

__all__ = ["Body", "BrokenOff", "Call", "Session"]

T = TypeVar("T")
_RETRY = "run it again; what is done is not done twice"


class BrokenOff(RegistryUnreachable):
    """A registry answered and then stopped half-way."""


def _unheard() -> None:
    """Tell nobody."""


class Session:
    """Sends calls; shared by threads.

    `logins` says who we are in each repository, where that is not the same one everywhere.
    `on_throttled` hears of each 429, from any thread.
    """

    def __init__(  # noqa: PLR0913 - each is one independent setting
        self,
        host: str,
        base: str,
        transport: Transport,
        credentials: Credentials | None = None,
        *,
        logins: Logins | None = None,
        limit: RateLimit | None = None,
        policy: RetryPolicy | None = None,
        sleep: Sleep = time.sleep,
        login_hint: str = "",
        on_throttled: Callable[[], object] = _unheard,
    ) -> None:
        self.host = host
        self.base = base
        self._transport = transport
        self._limit = limit or RateLimit(None, sleep=sleep)
        self._policy = policy or RetryPolicy()
        self._sleep = sleep
        self._login_hint = login_hint or default_hint(host)
        self._on_throttled = on_throttled
        self._circuit, self._tally = Circuit(host), Tally()
        self._exchange = Exchange(
            host, base, transport, logins or always(credentials), limit=self._limit,
            circuit=self._circuit, tally=self._tally, login_hint=self._login_hint,
        )  # fmt: skip

    @property
    def traffic(self) -> Traffic:
        """Give what the registry was asked so far."""
        return replace(self._tally.traffic, waiting=self._limit.is_shut)

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
        try:
            answer = self._exchange.send(call)
            try:
                return self._judged(call, answer)
            finally:
                answer.close()
        except FAULTS as fault:
            raise self._exchange.fault(call, fault) from fault

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
        """Run an action of several calls, again as a whole when one of them fails in a transient way.

        Raises:
            GivenUp: the registry did not answer others before, so that it is not even asked.
        """

        def attempt() -> T:
            self._circuit.check()
            return action()

        try:
            return with_retries(attempt, self._policy, self._sleep, on_retry=self._again)
        except RegistryUnreachable as error:
            self._circuit.failed(error)
            raise

    def asked(self, method: str, url: str) -> Asked:
        """Describe a request for messages."""
        secrets = list(self._exchange.auth.secrets())
        return Asked(f"{method} {path_of_url(url)}", self.host, self._login_hint, secrets)

    def _again(self, failure: Transient, seconds: float) -> None:
        self._tally.repeated()
        if failure.is_limit:
            self._tally.waited(seconds)

    def _chunks(self, call: Call, answer: Answer) -> Iterator[bytes]:
        try:
            yield from answer.chunks()
        except ConnectionFault as fault:
            asked = self.asked(call.method, call.url)
            detail = f"{asked.what}: {clean(fault.detail, asked.secrets)}"
            raise BrokenOff("the registry broke off", where=self.host, detail=detail, hint=_RETRY) from fault

    def _opened(self, call: Call) -> Answer:
        try:
            answer = self._exchange.send(call)
            if answer.status in call.expected:
                self._limit.succeeded()
                return answer
            try:
                raise self._refusal(call, answer)
            finally:
                answer.close()
        except FAULTS as fault:
            raise self._exchange.fault(call, fault) from fault

    def _judged(self, call: Call, answer: Answer) -> Reply:
        if answer.status not in call.expected:
            raise self._refusal(call, answer)
        self._limit.succeeded()
        return Reply(answer.status, answer.headers, answer.read(call.limit, ANSWER_WITHIN), answer.url)

    def _refusal(self, call: Call, answer: Answer) -> Exception:
        """Give the exception for an answer that was not expected; a 429 stops everybody for a while."""
        reply = Reply(answer.status, answer.headers, _beginning(answer), answer.url)
        error = refuse(self.asked(call.method, call.url), reply)
        if reply.status != HTTPStatus.TOO_MANY_REQUESTS or not isinstance(error, Transient):
            return error
        self._on_throttled()
        after = min(error.after or 0.0, self._policy.longest_wait)
        return Transient(error.error, self._limit.throttled(after), is_limit=True)


def _beginning(answer: Answer) -> bytes:
    """Read a refusal for its words; one of any length is a refusal all the same."""
    try:
        return answer.read(MAX_REFUSAL, ANSWER_WITHIN)
    except TooLarge:
        return b""
