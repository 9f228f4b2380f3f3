"""The list of copies: its forms, and every fault with the entry that has it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import Malformed
from publisher.oci.digest import Digest
from publisher.oci.reference import Reference, Repository
from publisher.steps.copy_list import (
    MAX_ENTRIES,
    MAX_LIST,
    MAX_TARGETS,
    Claim,
    Source,
    Target,
    claims,
    parse_copies,
)

ONE, TWO = Digest.of(b"one"), Digest.of(b"two")
FROM = f"a.test/x@{ONE}"


def parse(*entries: Any) -> tuple[Claim, ...]:
    return claims(parse_copies(json.dumps(entries).encode()), {})


def refused(*entries: Any) -> Malformed:
    with pytest.raises(Malformed) as caught:
        parse(*entries)
    return caught.value


def entry(source: Any = FROM, *to: Any) -> dict[str, Any]:
    return {"source": source, "to": list(to)}


def claim(target: str, tag: str | None = None, digest: Digest = ONE) -> Claim:
    return Claim(Source(Repository("a.test/x"), digest), Target(Repository(target), tag))


def test_targets_with_and_without_a_tag() -> None:
    found = parse(entry(FROM, "b.test/x:v1", "b.test:5000/x", f"c.test/x@{ONE}", f"c.test/y:v2@{ONE}"))
    assert found == (
        claim("b.test/x", "v1"),
        claim("b.test:5000/x"),
        claim("c.test/x"),
        claim("c.test/y", "v2"),
    )
    assert [one.tag for one in found[:2]] == ["v1", ONE.permanent_tag]


def test_a_source_may_have_a_tag_and_its_digest_counts_where_it_has_one() -> None:
    [tagged] = parse_copies(json.dumps([entry("a.test/x:v1", "b.test/x:v1")]).encode())
    assert tagged.source == Reference(Repository("a.test/x"), "v1")
    [both] = parse_copies(json.dumps([entry(f"a.test/x:v1@{ONE}", "b.test/x:v1")]).encode())
    assert both.source == Reference(Repository("a.test/x"), None, ONE)
    assert claims([tagged], {tagged.source: ONE}) == claims([both], {})


def test_what_stands_there_twice_counts_once() -> None:
    assert parse(entry(FROM, "b.test/x:v1", "b.test/x:v1"), entry(FROM, "b.test/x:v1")) == (
        claim("b.test/x", "v1"),
    )


def test_one_digest_from_two_places_for_one_tag_is_read_from_the_first() -> None:
    assert parse(entry(FROM, "b.test/x:v1"), entry(f"c.test/x@{ONE}", "b.test/x:v1")) == (
        claim("b.test/x", "v1"),
    )


def test_two_digests_for_one_tag_name_both_entries() -> None:
    error = refused(
        entry(FROM, "b.test/x:v0"),
        entry(FROM, "b.test/x:v1"),
        entry(f"a.test/x@{TWO}", "b.test/y:v1", "b.test/x:v1"),
    )
    assert "b.test/x:v1" in error.what
    assert "entries 2 and 3" in error.where
    assert ONE in error.detail
    assert TWO in error.detail


def test_two_digests_without_a_tag_are_no_conflict() -> None:
    assert len(parse(entry(FROM, "b.test/x"), entry(f"a.test/x@{TWO}", "b.test/x"))) == 2


def test_a_conflict_that_shows_when_a_tag_is_looked_up() -> None:
    copies = parse_copies(
        json.dumps([entry(FROM, "b.test/x:v1"), entry("a.test/x:new", "b.test/x:v1")]).encode()
    )
    source = copies[1].source
    assert claims(copies, {source: ONE}) == (claim("b.test/x", "v1"),)
    with pytest.raises(Malformed, match="entries 1 and 2"):
        claims(copies, {source: TWO})


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        ("x", "entry 2"),
        ({}, "entry 2"),
        ({"source": FROM}, "entry 2"),
        ({"source": FROM, "to": []}, "entry 2"),
        ({"source": FROM, "to": "b.test/x:v1"}, "entry 2"),
        ({"source": FROM, "to": ["b.test/x:v1"], "form": 1}, "entry 2"),
        (entry("a.test/x", "b.test/x:v1"), "entry 2, source"),
        (entry("a.test/x@sha256:12", "b.test/x:v1"), "entry 2, source"),
        (entry("A/X:v1", "b.test/x:v1"), "entry 2, source"),
        (entry(None, "b.test/x:v1"), "entry 2, source"),
        (entry("a.test/x:" + 600 * "v", "b.test/x:v1"), "entry 2, source"),
        (entry(FROM, "b.test/x:v1", "b.test/x:-v"), "entry 2, target 2"),
        (entry(FROM, "b.test/x:v1", 3), "entry 2, target 2"),
        (entry(FROM, "b.test/../x:v1"), "entry 2, target 1"),
        (entry(FROM, f"b.test/x@{TWO}"), "entry 2, target 1"),
        (entry("a.test/x:v1", f"b.test/x@{TWO}"), "entry 2, target 1"),
        (entry(FROM, f"b.test/x:{TWO.fallback_tag}"), "entry 2, target 1"),
        (entry(FROM, "a.test/x"), "entry 2, target 1"),
        (entry(FROM, f"a.test/x@{ONE}"), "entry 2, target 1"),
        (entry("a.test/x:v1", "a.test/x:v1"), "entry 2, target 1"),
    ],
)
def test_a_fault_is_told_with_its_entry(bad: Any, where: str) -> None:
    assert refused(entry(FROM, "b.test/x:v1"), bad).where == f"the list, {where}"


def test_a_new_tag_beside_the_source_is_fine() -> None:
    assert parse(entry(FROM, "a.test/x:v2")) == (claim("a.test/x", "v2"),)


@pytest.mark.parametrize("raw", [b"{}", b"[", b"null", b"\xff", b" " * (MAX_LIST + 1)])
def test_what_is_no_list_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse_copies(raw)


def test_too_many_of_anything_are_refused() -> None:
    assert "too many" in refused(*[0] * (MAX_ENTRIES + 1)).what
    many = [f"b.test/x:v{number}" for number in range(MAX_TARGETS // 10 + 1)]
    assert "too many" in refused(*[entry(FROM, *many)] * 10).what


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists) | st.binary())
def test_no_input_makes_a_bug(found: object) -> None:
    raw = found if isinstance(found, bytes) else json.dumps([{"source": found, "to": [found]}]).encode()
    with pytest.raises(Malformed):
        parse_copies(raw)
