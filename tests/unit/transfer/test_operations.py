"""What goes where, in which order, for any inventory."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings

from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.transfer.operations import (
    AddReferrer,
    CheckContents,
    PutManifest,
    SendBlob,
    plan_transfer,
)
from tests.unit.transfer.shipments import Inventory, inventories

quick = settings(max_examples=50, deadline=None)


@quick
@given(inventories())
def test_each_blob_is_sent_at_most_once_and_mounted_elsewhere(inventory: Inventory) -> None:
    steps = [step for one in plan_transfer(inventory.shipments) for step in one.steps]
    sends = [step for step in steps if isinstance(step, SendBlob)]
    whole = Counter(step.blob.digest for step in sends if step.mount_from is None)
    assert all(count == 1 for count in whole.values())
    assert len({(step.repository, step.blob.digest) for step in sends}) == len(sends)
    placed: set[tuple[Repository, Digest]] = set()
    for step in sends:
        if step.mount_from is not None:
            assert (step.mount_from, step.blob.digest) in placed, "mounted from where it was put before"
        placed.add((step.repository, step.blob.digest))


@quick
@given(inventories())
def test_everything_comes_after_what_it_names(inventory: Inventory) -> None:
    blobs: set[tuple[Repository, Digest]] = set()
    manifests: set[tuple[Repository, Digest]] = set()
    for shipment in plan_transfer(inventory.shipments):
        for step in shipment.steps:
            place = step.repository
            if isinstance(step, SendBlob):
                blobs.add((place, step.blob.digest))
                continue
            assert all((place, blob.digest) in blobs for blob in step.manifest.blobs)
            assert all((place, child.digest) in manifests for child in step.manifest.manifests)
            if isinstance(step, AddReferrer):
                assert (place, step.subject) in manifests
            manifests.add((place, step.manifest.digest))


@quick
@given(inventories())
def test_checks_cover_everything_that_is_written(inventory: Inventory) -> None:
    for (shipment, repository), operations in zip(
        inventory.shipments, plan_transfer(inventory.shipments), strict=True
    ):
        written = [step for step in operations.steps if isinstance(step, PutManifest)]
        checked = {check.digest: check for check in operations.checks}
        assert {step.manifest.digest for step in written} == checked.keys()
        root = shipment.root.manifest.digest
        for subject in shipment.subjects:
            digest = subject.manifest.digest
            wanted = frozenset(one.digest for one in subject.referrers)
            tag = shipment.tag if digest == root else None
            assert checked[digest] == CheckContents(repository, digest, tag, wanted)


@quick
@given(inventories())
def test_an_index_is_written_under_its_permanent_tag_only_and_no_other_tag_is(inventory: Inventory) -> None:
    for (shipment, _), operations in zip(
        inventory.shipments, plan_transfer(inventory.shipments), strict=True
    ):
        for step in operations.steps:
            if isinstance(step, PutManifest):
                is_root = step.manifest == shipment.root.manifest
                assert step.reference == (shipment.tag if is_root else step.manifest.digest)
