"""`publisher status` after the demo's merges: everything is in place, and little was asked."""

from __future__ import annotations

import json

import pytest

from tests.integration.small import REGISTRIES, WRITES
from tests.integration.world import SERVERS, World

pytestmark = pytest.mark.timeout(900)  # the first test may play the merges


def test_everything_is_in_place_and_nothing_was_written(demo: World) -> None:
    before = demo.marks()
    ran = demo.publisher("status", "--format", "json")
    assert ran.code == 0, ran.text
    during = {
        name: [item for item in demo.stack.requests(name)[before[name] :] if demo.name in item.path]
        for name in SERVERS
    }
    document = json.loads(ran.out)
    assert document["good"]
    assert {tag["standing"] for tag in document["tags"]} == {"in-place"}
    declared = sum(map(len, demo.all_version_tags(demo.merges[-1]).values()))
    assert sum(not tag["tag"].startswith("d-") for tag in document["tags"]) == declared
    assert not [item for asked in during.values() for item in asked if item.method in WRITES]
    heads = sum(item.method == "HEAD" for name in REGISTRIES for item in during[name])
    digests = {(tag["repository"], tag["expected"]) for tag in document["tags"]}
    assert heads == len(document["tags"]) + len(digests)  # the demo's images have one platform


def test_a_person_reads_one_line_a_registry(demo: World) -> None:
    ran = demo.publisher("status", "--quick")
    assert ran.code == 0, ran.text
    lines = [line for line in ran.out.splitlines() if line.startswith((*REGISTRIES, "registry"))]
    assert len(lines) == 1 + len(REGISTRIES)
    assert "→" not in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
