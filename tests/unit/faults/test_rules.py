"""Faults come at the request that a rule names, and at no other."""

from __future__ import annotations

from tests.faults.acts import ACTS
from tests.faults.kinds import Kind
from tests.faults.rules import ALWAYS, Fault, Rule, RuleBook


def due(book: RuleBook, *kinds: Kind) -> list[Fault | None]:
    return [book.due(kind, "v1") for kind in kinds]


def test_the_nth_of_its_kind() -> None:
    book = RuleBook()
    book.write([Rule(Kind.PUT_BLOB, Fault.FULL, nth=2, times=2)])
    put, get = Kind.PUT_BLOB, Kind.GET_BLOB
    assert due(book, put, get, put, put, put) == [None, None, Fault.FULL, Fault.FULL, None]
    assert book.met == [Fault.FULL, Fault.FULL]


def test_any_kind_from_then_on() -> None:
    book = RuleBook()
    book.write([Rule(None, Fault.RESET_BEFORE, nth=2, times=ALWAYS)])
    assert due(book, Kind.PING, Kind.GET_BLOB, Kind.PING) == [None, Fault.RESET_BEFORE, Fault.RESET_BEFORE]


def test_two_rules_each_count_for_themselves() -> None:
    book = RuleBook()
    book.write([Rule(Kind.PING, Fault.SLOW), Rule(Kind.PING, Fault.HANG, nth=2)])
    assert due(book, Kind.PING, Kind.PING, Kind.PING) == [Fault.SLOW, Fault.HANG, None]


def test_one_reference() -> None:
    book = RuleBook()
    book.write([Rule(Kind.PUT_TAG, Fault.IMMUTABLE, times=ALWAYS, reference="latest")])
    assert book.due(Kind.PUT_TAG, "v1") is None
    assert book.due(Kind.PUT_TAG, "latest") is Fault.IMMUTABLE


def test_a_fresh_page_counts_anew() -> None:
    book = RuleBook()
    book.write([Rule(Kind.PING, Fault.SLOW)])
    due(book, Kind.PING)
    book.write([Rule(Kind.PING, Fault.HANG)])
    assert due(book, Kind.PING) == [Fault.HANG]
    book.write()
    assert due(book, Kind.PING) == [None]


def test_every_fault_is_acted_out() -> None:
    assert set(ACTS) == set(Fault) - {Fault.EXPIRED}
