"""Rules: for the n-th request of a kind, a fault."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock

from tests.faults.kinds import Kind


class Fault(StrEnum):
    """Everything that a registry, or the way to it, may do wrong."""

    TOO_MANY = "429"
    TOO_MANY_WAIT = "429-retry-after"
    INTERNAL = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"
    GATEWAY_TIMEOUT = "504"
    FULL = "507"
    FORBIDDEN = "403"
    RESET_BEFORE = "reset-before"
    RESET_AFTER = "reset-after"
    SLOW = "slow"
    HANG = "hang"
    TRUNCATED = "truncated"
    WRONG_BYTES = "wrong-bytes"
    WRONG_DIGEST = "wrong-digest"
    EXPIRED = "expired-token"
    LOST_WRITE = "lost-write"
    LOST_UPLOAD = "lost-upload"
    OTHER_HOST = "other-host"
    LAGGING = "lagging"
    MOUNT_DECLINED = "mount-declined"
    IMMUTABLE = "immutable"


ALWAYS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Rule:
    """The `nth` request of a kind (any kind when None) and the `times - 1` after it meet a fault.

    `reference` limits it to one tag or digest.
    """

    kind: Kind | None
    fault: Fault
    nth: int = 1
    times: int = 1
    reference: str = ""

    def fits(self, kind: Kind, reference: str) -> bool:
        """Tell whether a request counts."""
        return self.kind in (None, kind) and self.reference in ("", reference)


@dataclass
class RuleBook:
    """Counts requests and tells which fault is due; safe to share."""

    rules: list[Rule] = field(default_factory=list)
    met: list[Fault] = field(default_factory=list)
    _seen: list[int] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def write(self, rules: Iterable[Rule] = ()) -> None:
        """Begin anew with these rules."""
        with self._lock:
            self.rules, self.met = list(rules), []
            self._seen = [0] * len(self.rules)

    def due(self, kind: Kind, reference: str) -> Fault | None:
        """Count a request with every rule; give the fault of the first that is due."""
        found: Fault | None = None
        with self._lock:
            for place, rule in enumerate(self.rules):
                if rule.fits(kind, reference):
                    self._seen[place] += 1
                    if found is None and rule.nth <= self._seen[place] < rule.nth + rule.times:
                        found = rule.fault
            if found is not None:
                self.met.append(found)
        return found
