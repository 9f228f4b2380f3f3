"""The state that rules see: nothing is fetched twice, and places are exact."""

from __future__ import annotations

from publisher.catalog.problem import Position
from publisher.lint.state import RememberedFiles, State, scalars
from publisher.plan.snapshot import load_snapshot
from tests.unit.lint.case import files


def state() -> State:
    return State(load_snapshot(files({}), "head"), files({}))


def test_nothing_is_fetched_twice() -> None:
    inner = files({})
    remembered = RememberedFiles(inner)
    oids = [file.oid for file in remembered.tree.values()]
    assert remembered.read(oids) == inner.read(oids)
    before = inner.reads
    assert remembered.read(oids[:1]).keys() == {oids[0]}
    assert inner.reads == before


def test_places_of_keys_and_items() -> None:
    assert state().place("publisher.yml", "registries", "hub", "prefix") == Position("publisher.yml", 6, 9)
    assert state().place("publisher.yml", "routes", 0, "images", 0) == Position("publisher.yml", 8, 15)


def test_what_is_not_there_gets_the_place_above() -> None:
    assert state().place("publisher.yml", "registries", "quay", "prefix") == Position("publisher.yml", 5, 1)
    assert state().place("publisher.yml", "routes", 7) == Position("publisher.yml", 7, 1)
    assert state().place("nowhere.yml", "a") == Position("nowhere.yml")


def test_texts_of_nodes() -> None:
    assert set(scalars(state().node("hello/meta.yml"))) == {"Dockerfile"}
    assert set(scalars(None)) == set()
