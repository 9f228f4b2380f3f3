"""The matrix: which fault may meet which kind of request, and what must come of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from tests.faults.kinds import Kind
from tests.faults.rules import ALWAYS, Fault, Rule
from tests.faults.world import SOURCE


class Ending(Enum):
    """How a copy ends.

    `DONE`: as if nothing had happened.  `FAILED`: with an error about that registry.
    `EITHER`: whichever, as long as nothing is wrong.
    """

    DONE = auto()
    FAILED = auto()
    EITHER = auto()


PASSING = (
    Fault.TOO_MANY, Fault.TOO_MANY_WAIT, Fault.INTERNAL, Fault.BAD_GATEWAY, Fault.UNAVAILABLE,
    Fault.GATEWAY_TIMEOUT, Fault.RESET_BEFORE, Fault.RESET_AFTER, Fault.SLOW, Fault.HANG,
)  # fmt: skip
"""Faults that pass by themselves; SLOW is none at all for who has patience."""
LASTING = (Fault.TOO_MANY, Fault.UNAVAILABLE, Fault.RESET_BEFORE, Fault.FULL, Fault.FORBIDDEN)
"""Faults that a whole run meets at every request of a kind."""
WRITES = (Kind.PUT_CHILD, Kind.PUT_INDEX, Kind.PUT_TAG, Kind.PUT_REFERRER, Kind.PUT_FALLBACK)
UPLOADS = (Kind.BEGIN_UPLOAD, Kind.MOUNT, Kind.PUT_BLOB)
READS = (Kind.HEAD_MANIFEST, Kind.GET_FALLBACK)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Faults at one registry; `together` copies all images into one repository."""

    registry: str
    rules: tuple[Rule, ...]
    ending: Ending
    tokens: bool = False
    together: bool = False
    name: str = ""

    def __str__(self) -> str:
        return self.name or f"{self.registry}-{'+'.join(map(_name, self.rules))}"

    def has(self, fault: Fault) -> bool:
        """Tell whether a fault is part of it."""
        return any(rule.fault is fault for rule in self.rules)


def _name(rule: Rule) -> str:
    return f"{rule.kind or 'any'}-{rule.fault}{'-always' if rule.times == ALWAYS else f'-{rule.nth}'}"


def one(
    registry: str, rule: Rule, ending: Ending, *, tokens: bool = False, together: bool = False
) -> Scenario:
    """Make a scenario of one fault."""
    return Scenario(registry, (rule,), ending, tokens, together)


REACHED: tuple[tuple[str, Kind], ...] = (
    *(("hub", kind) for kind in (*WRITES, *UPLOADS, *READS)),
    ("hub", Kind.REFERRERS_LIST),
    ("quay", Kind.REFERRERS_LIST),
    ("quay", Kind.HEAD_BLOB),
    ("quay", Kind.PUT_REFERRER),
    (SOURCE, Kind.GET_BLOB),
)
"""Every kind of request that a copy sends, and to whom."""


def matrix() -> list[Scenario]:
    """Give every scenario."""
    return [*passing(), *expired(), *lasting(), *lies(), *refusals(), *deaths(), *listings()]


def passing() -> Iterator[Scenario]:
    """One passing fault at every kind of request: the client tries again, and all is well."""
    for registry, kind in REACHED:
        for fault in PASSING:
            yield one(registry, Rule(kind, fault, nth=_second(registry, kind)), Ending.DONE)


def _second(registry: str, kind: Kind) -> int:
    """Give the second request; a registry without the referrers API is asked for it only once."""
    return 1 if (registry, kind) == ("hub", Kind.REFERRERS_LIST) else 2


def expired() -> Iterator[Scenario]:
    """All tokens expire in the middle; and the token server itself has its faults."""
    for registry, kind in REACHED:
        rule = Rule(kind, Fault.EXPIRED, nth=_second(registry, kind))
        yield one(registry, rule, Ending.DONE, tokens=True)
    for fault in PASSING:
        yield one("hub", Rule(Kind.TOKEN, fault), Ending.DONE, tokens=True)
    for fault in LASTING:
        yield one("hub", Rule(Kind.TOKEN, fault, times=ALWAYS), Ending.FAILED, tokens=True)


def lasting() -> Iterator[Scenario]:
    """A fault that stays: the copy fails, and the other registry gets everything but its tags."""
    for registry, kind in REACHED:
        for fault in LASTING:
            learns = kind in (Kind.MOUNT, Kind.REFERRERS_LIST, Kind.HEAD_BLOB)
            yield one(registry, Rule(kind, fault, times=ALWAYS), Ending.EITHER if learns else Ending.FAILED)
    for kind in (Kind.PUT_BLOB, Kind.HEAD_MANIFEST, Kind.PUT_TAG):
        yield one("hub", Rule(kind, Fault.HANG, times=ALWAYS), Ending.FAILED)


def lies() -> Iterator[Scenario]:
    """Wrong bytes, wrong digests, half answers, writes that are not carried out."""
    for registry, kind in (
        (SOURCE, Kind.GET_BLOB),
        ("hub", Kind.GET_FALLBACK),
        ("quay", Kind.REFERRERS_LIST),
    ):
        for fault in (Fault.TRUNCATED, Fault.WRONG_BYTES):
            for nth in (1, 5):
                yield one(registry, Rule(kind, fault, nth=nth), Ending.EITHER)
    yield one(SOURCE, Rule(Kind.GET_BLOB, Fault.WRONG_BYTES, times=ALWAYS), Ending.FAILED)
    yield one(SOURCE, Rule(Kind.GET_BLOB, Fault.TRUNCATED, times=ALWAYS), Ending.FAILED)
    for kind in (Kind.PUT_BLOB, Kind.PUT_CHILD, Kind.PUT_REFERRER):
        yield one("hub", Rule(kind, Fault.WRONG_BYTES, nth=2), Ending.EITHER)
    for kind in (*WRITES, Kind.HEAD_MANIFEST, Kind.GET_FALLBACK):
        yield one("hub", Rule(kind, Fault.WRONG_DIGEST, nth=2), Ending.EITHER)
    for kind in (*WRITES, Kind.PUT_BLOB, Kind.MOUNT):
        yield one("hub", Rule(kind, Fault.LOST_WRITE, nth=2), Ending.EITHER)
    yield one("quay", Rule(Kind.PUT_REFERRER, Fault.LOST_WRITE, nth=2), Ending.EITHER)


def refusals() -> Iterator[Scenario]:
    """What a registry may decline or send elsewhere."""
    yield one("hub", Rule(Kind.MOUNT, Fault.MOUNT_DECLINED, times=ALWAYS), Ending.DONE)
    yield one("hub", Rule(Kind.BEGIN_UPLOAD, Fault.MOUNT_DECLINED, times=ALWAYS), Ending.DONE)
    yield one("hub", Rule(Kind.PUT_TAG, Fault.IMMUTABLE, times=ALWAYS), Ending.FAILED)
    yield one("hub", Rule(Kind.PUT_TAG, Fault.IMMUTABLE, nth=2), Ending.FAILED)
    yield one("hub", Rule(Kind.PUT_BLOB, Fault.LOST_UPLOAD, nth=2), Ending.DONE)
    yield one("hub", Rule(Kind.PUT_BLOB, Fault.LOST_UPLOAD, times=ALWAYS), Ending.FAILED)
    for registry, kind in (("hub", Kind.BEGIN_UPLOAD), (SOURCE, Kind.GET_BLOB)):
        yield one(registry, Rule(kind, Fault.OTHER_HOST, times=ALWAYS), Ending.DONE, tokens=True)
    for registry, kind in (("quay", Kind.REFERRERS_LIST), ("hub", Kind.GET_FALLBACK)):
        yield one(registry, Rule(kind, Fault.LAGGING, times=4), Ending.DONE)
    yield one("quay", Rule(Kind.REFERRERS_LIST, Fault.LAGGING, times=ALWAYS), Ending.FAILED)


def deaths() -> Iterator[Scenario]:
    """A registry that is away from the beginning, or goes away in the middle."""
    for registry in ("hub", "quay"):
        for nth in (1, 20, 45):
            yield one(registry, Rule(None, Fault.RESET_BEFORE, nth=nth, times=ALWAYS), Ending.FAILED)
    yield one(SOURCE, Rule(None, Fault.RESET_BEFORE, times=ALWAYS), Ending.FAILED)


def listings() -> Iterator[Scenario]:
    """Faults of the list of tags, which is asked for where several images share a repository."""
    for fault in (*PASSING, Fault.TRUNCATED, Fault.WRONG_BYTES):
        yield one("hub", Rule(Kind.TAGS_LIST, fault), Ending.EITHER, together=True)
    yield one("hub", Rule(Kind.TAGS_LIST, Fault.FORBIDDEN, times=ALWAYS), Ending.EITHER, together=True)


def sample() -> list[Scenario]:
    """Give one scenario of every class of faults; those that pass by themselves all meet one copy."""
    passing_by = (
        Rule(Kind.GET_FALLBACK, Fault.TOO_MANY, nth=2),
        Rule(Kind.PUT_CHILD, Fault.TOO_MANY_WAIT, nth=2),
        Rule(Kind.BEGIN_UPLOAD, Fault.INTERNAL, nth=3),
        Rule(Kind.PUT_INDEX, Fault.BAD_GATEWAY),
        Rule(Kind.PUT_REFERRER, Fault.UNAVAILABLE, nth=4),
        Rule(Kind.MOUNT, Fault.GATEWAY_TIMEOUT),
        Rule(Kind.PUT_FALLBACK, Fault.RESET_BEFORE),
        Rule(Kind.PUT_BLOB, Fault.RESET_AFTER, nth=3),
        Rule(Kind.PUT_TAG, Fault.SLOW),
        Rule(Kind.PUT_TAG, Fault.HANG, nth=2),
        Rule(Kind.PUT_REFERRER, Fault.EXPIRED, nth=6),
    )
    elsewhere = Rule(Kind.BEGIN_UPLOAD, Fault.OTHER_HOST, times=ALWAYS)
    declined = Rule(Kind.MOUNT, Fault.MOUNT_DECLINED, times=ALWAYS)
    return [
        Scenario("hub", passing_by, Ending.DONE, tokens=True, name="all-that-passes"),
        Scenario("hub", (elsewhere, declined), Ending.DONE, tokens=True),
        one("hub", Rule(Kind.PUT_BLOB, Fault.LOST_UPLOAD, nth=6), Ending.DONE),
        one(SOURCE, Rule(Kind.GET_BLOB, Fault.TRUNCATED, nth=2), Ending.EITHER),
        one(SOURCE, Rule(Kind.GET_BLOB, Fault.WRONG_BYTES, nth=3, times=ALWAYS), Ending.FAILED),
        one("hub", Rule(Kind.PUT_BLOB, Fault.WRONG_BYTES), Ending.EITHER),
        one("hub", Rule(Kind.PUT_TAG, Fault.WRONG_DIGEST), Ending.EITHER),
        one("hub", Rule(Kind.PUT_CHILD, Fault.LOST_WRITE), Ending.EITHER),
        one("quay", Rule(Kind.REFERRERS_LIST, Fault.LAGGING, times=3), Ending.DONE),
        one("hub", Rule(Kind.PUT_BLOB, Fault.FULL, nth=5, times=ALWAYS), Ending.FAILED),
        one("hub", Rule(Kind.PUT_TAG, Fault.IMMUTABLE, nth=2), Ending.FAILED),
        one("quay", Rule(None, Fault.RESET_BEFORE, times=ALWAYS), Ending.FAILED),
        one("hub", Rule(None, Fault.RESET_BEFORE, nth=60, times=ALWAYS), Ending.FAILED),
    ]
