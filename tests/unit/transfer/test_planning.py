"""What goes where, in which order, for any inventory: the laws that every order of the steps keeps."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.transfer.inventory import Delivery
from publisher.transfer.operations import (
    CheckContents,
    EnterReferrers,
    LanePlan,
    PlaceBlob,
    PutManifest,
    Step,
)
from publisher.transfer.planning import Facts, checks, plan_lane, thorough_checks
from tests.unit.transfer.shipments import REPOSITORIES, Inventory, Maker, inventories

quick = settings(max_examples=60, deadline=None)


class Model:
    """A strict registry: it takes nothing whose parts it lacks."""

    def __init__(self, held: Iterable[tuple[Repository, Digest]] = ()) -> None:
        self.blobs: set[tuple[Repository, Digest]] = set()
        self.manifests: set[tuple[Repository, Digest]] = set(held)
        self.listed: dict[tuple[Repository, Digest], set[Digest]] = {}
        self.tags: dict[tuple[Repository, str], Digest] = {}
        self.sent: list[Digest] = []

    def do(self, step: Step) -> None:
        match step.operation:
            case PlaceBlob() as place:
                if place.mount_from in (place.repository, None):
                    self.sent.append(place.blob.digest)
                else:
                    assert (place.mount_from, place.blob.digest) in self.blobs, "mounted from where it is"
                self.blobs.add((place.repository, place.blob.digest))
            case PutManifest() as put:
                where, manifest = put.repository, put.manifest
                if (where, manifest.digest) not in self.manifests:
                    assert all((where, blob.digest) in self.blobs for blob in manifest.blobs)
                    assert all((where, child.digest) in self.manifests for child in manifest.manifests)
                    assert manifest.subject is None or (where, manifest.subject.digest) in self.manifests
                self.manifests.add((where, manifest.digest))
                self.tags[where, put.reference] = manifest.digest
            case EnterReferrers() as enter:
                assert (enter.repository, enter.subject) in self.manifests
                assert all((enter.repository, one.digest) in self.manifests for one in enter.referrers)
                found = self.listed.setdefault((enter.repository, enter.subject), set())
                found |= {one.digest for one in enter.referrers}
            case CheckContents() as check:
                assert self.holds(check)

    def holds(self, check: CheckContents) -> bool:
        kept = (
            ":" in (check.reference or ":")
            or self.tags.get((check.repository, check.reference or "")) == check.digest
        )
        there = (check.repository, check.digest) in self.manifests
        return there and kept and check.referrers <= self.listed.get((check.repository, check.digest), set())


def any_order(plan: LanePlan, data: st.DataObject) -> Iterable[Step]:
    """Draw an order in which several threads may do the steps."""
    left, done = list(plan.steps), set[int]()
    while left:
        ready = [step for step in left if step.needs <= done]
        step = data.draw(st.sampled_from(ready)) if len(ready) > 1 else ready[0]
        left.remove(step)
        yield step
        done.add(step.number)


@quick
@given(inventories(), st.data())
def test_in_every_order_that_keeps_to_the_needs_a_strict_registry_takes_everything(
    inventory: Inventory, data: st.DataObject
) -> None:
    registry = Model()
    for step in any_order(plan_lane(inventory.deliveries), data):
        registry.do(step)
    assert len(registry.sent) == len(set(registry.sent)), "each blob is sent once and mounted elsewhere"
    for delivery in inventory.deliveries:
        assert all(registry.holds(check) for check in thorough_checks(delivery))


@quick
@given(inventories())
def test_a_step_needs_earlier_steps_only_and_its_number_is_its_place(inventory: Inventory) -> None:
    for place, step in enumerate(plan_lane(inventory.deliveries).steps):
        assert step.number == place
        assert all(need < place for need in step.needs)


@quick
@given(inventories())
def test_the_goals_of_a_delivery_are_its_checks_and_follow_from_all_that_it_needs(
    inventory: Inventory,
) -> None:
    plan = plan_lane(inventory.deliveries)
    for number, delivery in enumerate(inventory.deliveries):
        goals = [plan.steps[goal].operation for goal in plan.goals[number]]
        assert set(goals) == set(checks(delivery))
        registry = Model()
        for step in before(plan, plan.goals[number]):
            registry.do(step)
        assert all(registry.holds(check) for check in thorough_checks(delivery))


def before(plan: LanePlan, goals: Iterable[int]) -> list[Step]:
    """Give the goals and all that they need, directly or not."""
    wanted, pending = set[int](), list(goals)
    while pending:
        number = pending.pop()
        if number not in wanted:
            wanted.add(number)
            pending += plan.steps[number].needs
    return [plan.steps[number] for number in sorted(wanted)]


@quick
@given(inventories())
def test_without_evidence_no_referrer_goes_along(inventory: Inventory) -> None:
    bare = [delivery for delivery in inventory.deliveries if not delivery.evidence]
    for step in plan_lane(bare).steps:
        assert not isinstance(step.operation, EnterReferrers)
        if isinstance(step.operation, PutManifest):
            assert step.operation.manifest.subject is None


@quick
@given(inventories())
def test_an_index_is_written_under_its_permanent_tag_only_and_no_other_tag_is(inventory: Inventory) -> None:
    tags = {one.shipment.root.manifest.digest: one.shipment.tag for one in inventory.deliveries}
    for step in plan_lane(inventory.deliveries).steps:
        if isinstance(step.operation, PutManifest):
            digest = step.operation.manifest.digest
            assert step.operation.reference == tags.get(digest, digest)


@quick
@given(inventories(), st.data())
def test_what_is_known_to_be_there_is_not_brought_again(inventory: Inventory, data: st.DataObject) -> None:
    numbers = range(len(inventory.deliveries))
    complete = frozenset(number for number in numbers if data.draw(st.booleans()))
    manifests = [
        (one.repository, subject.manifest.digest)
        for one in inventory.deliveries
        for subject in one.shipment.children
    ]
    held = frozenset(pair for pair in manifests if data.draw(st.booleans()))
    plan = plan_lane(inventory.deliveries, Facts(complete, held))
    assert plan.goals.keys() == set(numbers) - complete
    registry = Model(held)
    registry.blobs |= {
        (one.repository, blob.digest)
        for one in inventory.deliveries
        for subject in one.shipment.children
        if (one.repository, subject.manifest.digest) in held
        for blob in subject.manifest.blobs
    }
    there = frozenset(registry.blobs)
    for step in plan.steps:
        if isinstance(step.operation, PutManifest):
            assert (step.operation.repository, step.operation.manifest.digest) not in held
        registry.do(step)
        if isinstance(step.operation, PlaceBlob) and step.operation.mount_from in (
            step.operation.repository,
            None,
        ):
            key = step.operation.repository, step.operation.blob.digest
            elsewhere = {digest for _, digest in there}
            assert key in there or key[1] not in elsewhere, "what another repository holds is mounted"


def test_nothing_to_deliver_is_nothing_to_do() -> None:
    assert plan_lane([]) == LanePlan()


def test_a_list_of_referrers_is_begun_once_though_an_image_comes_twice_with_other_evidence() -> None:
    maker, bare = Maker(), REPOSITORIES[0]
    both = [maker.shipment([(1,)], notes) for notes in ([1], [2])]
    assert both[0].root.manifest.digest == both[1].root.manifest.digest
    plan = plan_lane([Delivery("there", one, bare) for one in both], Facts(bare=frozenset({bare})))
    begun: dict[Digest, int] = {}
    for step in plan.steps:
        if isinstance(step.operation, EnterReferrers):
            first = begun.setdefault(step.operation.subject, step.number)
            assert step.operation.fresh == (first == step.number)
            assert first == step.number or first in step.needs, (
                "what was begun is merged into, not overwritten"
            )
    assert len(begun) == 2
