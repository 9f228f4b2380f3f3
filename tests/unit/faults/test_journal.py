"""One order over all registries, and one death."""

from __future__ import annotations

import pytest

from tests.faults.journal import ClientIsDead, Exchange, Journal
from tests.faults.kinds import address_of, kind_of


def exchange(registry: str = "hub", target: str = "/v2/a/manifests/v1") -> Exchange:
    return Exchange(registry, "GET", target, kind_of("GET", target), address_of(target))


def passed(journal: Journal, item: Exchange) -> Exchange:
    journal.arrive(item)
    journal.end(item)
    journal.close(item)
    return item


def test_arrivals_and_ends_have_one_order() -> None:
    journal = Journal()
    first, second = exchange("hub"), exchange("quay")
    journal.arrive(first)
    journal.arrive(second)
    journal.end(second)
    journal.end(first)
    assert (first.arrived, second.arrived, second.ended, first.ended) == (1, 2, 3, 4)
    assert journal.of("quay") == [second]


def test_death_before_the_registry_hears_of_it() -> None:
    journal, killed = Journal(), []
    passed(journal, exchange())
    journal.kill_at(2, lambda: killed.append(journal.now))
    passed(journal, exchange())
    under_way = exchange("quay")
    journal.close(under_way)
    with pytest.raises(ClientIsDead):
        journal.arrive(exchange())
    assert len(killed) == 1
    assert journal.dead


def test_death_after_the_registry_has_acted() -> None:
    journal, killed = Journal(), []
    journal.kill_at(1, lambda: killed.append(True), after=True)
    item, other = exchange(), exchange("quay")
    journal.arrive(item)
    journal.arrive(other)
    with pytest.raises(ClientIsDead):
        journal.end(item)
    assert killed == [True]
    assert item.ended > item.arrived
    assert item.orphan
    assert other.orphan


def test_nothing_comes_from_the_dead_until_they_are_revived() -> None:
    journal = Journal()
    journal.kill_at(1, lambda: None)
    with pytest.raises(ClientIsDead):
        journal.arrive(exchange())
    late = exchange()
    with pytest.raises(ClientIsDead):
        journal.arrive(late)
    assert late not in journal.exchanges
    journal.revive()
    assert passed(journal, exchange()).orphan is False


def test_settled_is_when_nothing_is_under_way() -> None:
    journal = Journal()
    item = exchange()
    journal.arrive(item)
    with pytest.raises(AssertionError):
        journal.settle(0.0)
    journal.close(item)
    journal.settle(0.0)
