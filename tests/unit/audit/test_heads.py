"""The chain of records at each registry."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.audit.facts import Facts, HeadFacts
from publisher.audit.report import judge
from tests.unit.notes.releases import digest

HEAD = HeadFacts("staging", 7, digest("r-7"))


@pytest.mark.parametrize(
    ("head", "identifier", "says"),
    [
        (HeadFacts("hub", 7, digest("r-7")), None, ""),
        (HeadFacts("hub", 6, digest("r-6")), "A013", "r-6, it should be r-7"),
        (HeadFacts("hub", 8, digest("r-8")), "A013", "r-8, it should be r-7"),
        (HeadFacts("hub", 7, digest("fork")), "A013", "forked"),
        (HeadFacts("hub"), "A013", "no release record"),
        (HeadFacts("hub", error="401"), "A014", "401"),
    ],
)
def test_heads_are_compared_with_the_authority(head: HeadFacts, identifier: str | None, says: str) -> None:
    findings = judge((), Facts(heads=(head,), authority=HEAD))
    assert [item.id for item in findings] == ([identifier] if identifier else [])
    assert all(says in item.message and item.registry == "hub" for item in findings)


def test_without_staging_the_highest_sequence_is_the_authority() -> None:
    heads = (replace(HEAD, registry="hub"), HeadFacts("quay", 6, digest("r-6")), HeadFacts("m", error="down"))
    assert [(item.id, item.registry) for item in judge((), Facts(heads=heads))] == [
        ("A013", "quay"),
        ("A014", "m"),
    ]


def test_an_unreadable_staging_is_a_finding_and_not_an_authority() -> None:
    facts = Facts(heads=(replace(HEAD, registry="hub"),), authority=HeadFacts("staging", error="down"))
    assert [(item.id, item.registry) for item in judge((), facts)] == [("A014", "staging")]
