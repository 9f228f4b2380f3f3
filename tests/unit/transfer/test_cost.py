"""The cost of a transfer is what its engine then asks, and never less."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.oci.digest import Digest
from publisher.plan.cost import PER_RUN
from publisher.ports.progress import Progress
from publisher.registry.engine.engine import Engine
from publisher.transfer.cost import REACH, TransferCost, transfer_cost, transfer_cost_text, with_record
from publisher.transfer.inventory import TagMove
from tests.fakes.registry import FakeRegistry
from tests.unit.transfer.shipments import REPOSITORIES, Inventory, Maker, inventories

WEIGHTS = {"enter_referrers": 2}
"""Requests of one call, where they are not one."""


def asked(inventory: Inventory, there: FakeRegistry) -> int:
    """Deliver, and count requests as a registry without the referrers API would see them."""
    registries = {"source.test": inventory.source, "there.test": there}
    before = len(there.requests)
    Engine(registries.__getitem__, Progress()).deliver(inventory.deliveries)
    calls = Counter(call.method for call in there.requests[before:])
    return sum(WEIGHTS.get(method, 1) * count for method, count in calls.items())


@settings(max_examples=25, deadline=None)
@given(inventories())
def test_a_first_transfer_costs_what_was_said_and_a_second_less(inventory: Inventory) -> None:
    costs = transfer_cost(inventory.deliveries, ())
    there = FakeRegistry("there.test", referrers_api=False)
    seen = asked(inventory, there)
    again = asked(inventory, there)
    if not inventory.deliveries:
        assert costs == {}
        return
    most = costs["there"].requests
    assert (most - REACH) // 2 < seen <= most
    assert again <= seen


@settings(max_examples=25, deadline=None)
@given(inventories())
def test_bytes_are_those_of_distinct_blobs(inventory: Inventory) -> None:
    costs = transfer_cost(inventory.deliveries, ())
    blobs = {
        blob.digest: blob.size
        for one in inventory.deliveries
        for subject in one.shipment.subjects
        for manifest in (subject.manifest, *(subject.referrers if one.evidence else ()))
        for blob in manifest.blobs
    }
    assert sum(cost.blobs for cost in costs.values()) == len(blobs)
    assert sum(cost.bytes for cost in costs.values()) == sum(blobs.values())


@given(st.data())
def test_registries_are_counted_apart(data: st.DataObject) -> None:
    inventory = data.draw(inventories())
    here = [replace(one, registry="here") for one in inventory.deliveries]
    costs = transfer_cost([*inventory.deliveries, *here], ())
    assert [replace(cost, registry="") for cost in costs.values()] == 2 * [
        replace(cost, registry="") for cost in transfer_cost(here, ()).values()
    ] or not here


def test_tags_cost_four_requests_and_one_more_to_read_what_they_name() -> None:
    manifest = Maker().image([1])
    known = TagMove("hub", REPOSITORIES[0], "v1", None, manifest.digest, manifest)
    unknown = replace(known, registry="quay", digest=Digest.of(b"other"), manifest=None)
    reach = transfer_cost((), (known,))["hub"].requests - 4
    assert transfer_cost((), (known, unknown, replace(unknown, tag="v2"))) == {
        "hub": TransferCost("hub", 0, 0, 0, reach + 4, 1),
        "quay": TransferCost("quay", 0, 0, 0, reach + 2 * 5, 2),
    }


def test_nothing_costs_nothing() -> None:
    assert transfer_cost((), ()) == {}


def test_a_record_costs_as_much_as_a_plan_says() -> None:
    cost = TransferCost("hub", 1, 2, 3, 40, 0)
    assert with_record({"hub": cost}) == {"hub": replace(cost, requests=40 + PER_RUN)}


@pytest.mark.parametrize(
    ("cost", "limit", "text"),
    [
        (
            TransferCost("hub", 40, 9, 1_100_000_000, 4_684, 1),
            300,
            "up to 4,684 requests (15 min or more at 300/min), 1.1 GB, 40 images, 1 tag",
        ),
        (TransferCost("hub", 0, 0, 0, 1, 0), None, "up to 1 request, 0 B"),
    ],
)
def test_the_cost_in_one_line(cost: TransferCost, limit: int | None, text: str) -> None:
    assert transfer_cost_text(cost, limit) == text
