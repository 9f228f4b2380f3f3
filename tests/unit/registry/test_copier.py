"""Carrying operations out: what is there is not sent again, what does not arrive is told."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import RegistryError, RegistryUnreachable
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.ports.progress import Progress
from publisher.registry.copier import CHECK_DEADLINE, Copier
from publisher.transfer.operations import plan_transfer
from tests.fakes.registry import Asked, FakeRegistry
from tests.unit.transfer.shipments import REPOSITORIES, Inventory, Maker, inventories

HERE, THERE = "source.test", "there.test"


class Bytes(Progress):
    """Counts what was sent."""

    def __init__(self) -> None:
        self.sent = 0

    def transferred(self, node: str, sent: int) -> None:
        """Count."""
        self.sent += sent


class Line:
    """A source, a destination, and a copier between them on a clock that only sleeping moves."""

    def __init__(self, inventory: Inventory, **destination: bool) -> None:
        self.there = FakeRegistry(THERE, **destination)
        self.registries = {HERE: inventory.source, THERE: self.there}
        self.operations = plan_transfer(inventory.shipments)
        self.progress = Bytes()
        self.time = 0.0
        self.stop: Iterator[bool] = itertools.repeat(False)

    def run(self) -> None:
        Copier(
            self.registries.__getitem__, self.progress, lambda: next(self.stop), self.sleep, lambda: self.time
        ).execute("there", self.operations)

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@settings(max_examples=40, deadline=None)
@given(inventories(), st.booleans(), st.booleans())
def test_everything_arrives_and_the_second_time_nothing_is_sent(
    inventory: Inventory, referrers_api: bool, mounts: bool
) -> None:
    line = Line(inventory, referrers_api=referrers_api, mounts=mounts)
    line.run()
    for shipment, repository in inventory.shipments:
        assert line.there.tagged[repository.path][shipment.tag] == shipment.root.manifest.digest
        for subject in shipment.subjects:
            kept = line.there.manifests[repository.path][subject.manifest.digest]
            assert kept.raw == subject.manifest.raw
            listed = {one.digest for one in line.there.referrers(repository.path, subject.manifest.digest)}
            assert {one.digest for one in subject.referrers} <= listed
    if mounts:
        sent = [asked.reference for asked in line.there.writes if asked.method == "put_blob"]
        assert len(sent) == len(set(sent)), "each blob is sent at most once"
    written = len(line.there.writes)
    line.run()
    assert len(line.there.writes) == written
    assert line.time == 0.0


@settings(max_examples=25, deadline=None)
@given(inventories(), st.data())
def test_a_copy_that_breaks_anywhere_goes_on_from_there(inventory: Inventory, data: st.DataObject) -> None:
    whole = Line(inventory)
    whole.run()
    total = len(whole.there.writes)
    if not total:
        return
    count = data.draw(st.integers(0, total - 1))
    line = Line(inventory)
    numbers = itertools.count()

    def breaks(asked: Asked) -> None:
        if asked.writes and next(numbers) == count:
            raise RegistryUnreachable("gone", where=THERE)

    line.there.on_request = breaks
    with pytest.raises(RegistryUnreachable):
        line.run()
    line.run()
    done = [asked for asked in line.there.writes if asked.method != "mount_blob"]
    assert len(done) <= total + 1, "only what broke is sent twice"
    assert line.there.manifests == whole.there.manifests
    assert line.there.tagged == whole.there.tagged
    assert line.there.blobs == whole.there.blobs


def one_image(notes: tuple[int, ...] = (1,)) -> Inventory:
    maker = Maker()
    return Inventory(maker.registry, [(maker.shipment([(1, 2)], notes), REPOSITORIES[0])])


def test_bytes_are_counted_as_they_are_sent() -> None:
    inventory = one_image()
    line = Line(inventory)
    line.run()
    assert line.progress.sent == sum(len(blob) for blob in line.there.blobs[REPOSITORIES[0].path].values())


def test_a_planted_permanent_tag_is_replaced() -> None:
    inventory = one_image()
    line = Line(inventory)
    other = Maker().image((9,))
    path = REPOSITORIES[0].path
    line.there.manifests[path][other.digest] = other
    line.there.tagged[path][inventory.shipments[0][0].tag] = other.digest
    line.run()
    assert (
        line.there.tagged[path][inventory.shipments[0][0].tag]
        == inventory.shipments[0][0].root.manifest.digest
    )


class Forgetful(FakeRegistry):
    """Takes referrers and lists them only after a while, or never."""

    patience = 3

    def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """Give nothing at first."""
        found = super().referrers(repository, digest)
        if not found:
            return ()
        self.patience -= 1
        return found if self.patience < 0 else ()


def test_what_shows_up_late_is_waited_for() -> None:
    line = Line(one_image())
    line.registries[THERE] = line.there = Forgetful(THERE)
    line.run()
    assert 0 < line.time < CHECK_DEADLINE


def test_referrers_that_never_show_up_are_told() -> None:
    line = Line(one_image())
    line.registries[THERE] = line.there = Forgetful(THERE)
    line.there.patience = 10_000
    with pytest.raises(RegistryError, match="contents are not complete at there: 1 of 1 referrers") as caught:
        line.run()
    assert caught.value.exit_code == 7
    assert CHECK_DEADLINE <= line.time < CHECK_DEADLINE + 5


def test_nothing_more_is_sent_once_the_run_is_given_up() -> None:
    line = Line(one_image())
    line.stop = itertools.chain([False, False], itertools.repeat(True))
    with pytest.raises(RegistryError, match="given up"):
        line.run()
    assert len(line.there.writes) == 2
