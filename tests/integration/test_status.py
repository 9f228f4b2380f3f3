"""`publisher status` after the demo's merges: everything is in place, and little was asked."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.integration.small import REGISTRIES, WRITES
from tests.integration.world import World

pytestmark = pytest.mark.timeout(900)  # the first test may play the merges


def test_everything_is_in_place_and_nothing_was_written(demo: World) -> None:
    played = demo.play("status", "", ("status", "--format", "json"), {})
    assert played.ran.code == 0, played.ran.text
    document = json.loads(played.ran.out)
    assert document["good"]
    assert {tag["standing"] for tag in document["tags"]} == {"in-place"}
    declared = sum(map(len, demo.all_version_tags(played).values()))
    version_tags = [tag for tag in document["tags"] if not tag["tag"].startswith("d-")]
    assert len(version_tags) == declared
    assert not demo.writes(played)
    methods = Counter(item.method for name in REGISTRIES for item in demo.requests(played, name))
    assert methods.keys() <= {"HEAD", "GET"}
    assert not methods.keys() & WRITES
    places = {(tag["repository"], tag["expected"]) for tag in document["tags"]}
    assert methods["HEAD"] <= len(document["tags"]) + len(places)


def test_a_person_reads_one_line_a_registry(demo: World) -> None:
    ran = demo.publisher("status", "--quick")
    assert ran.code == 0, ran.text
    lines = [line for line in ran.out.splitlines() if line.startswith((*REGISTRIES, "registry"))]
    assert len(lines) == 1 + len(REGISTRIES)
    assert "→" not in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
