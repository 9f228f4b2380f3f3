"""The transaction on registries in memory: what is there is not sent again, what does not arrive is told."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import AccessDenied, RegistryError, RegistryUnreachable
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.ports.progress import Progress
from publisher.ports.transfer import LaneReport
from publisher.registry.engine.engine import Engine
from publisher.registry.engine.lane import CHECK_DEADLINE
from publisher.transfer.figures import LaneFigures
from publisher.transfer.inventory import Delivery
from tests.fakes.registry import Asked, FakeRegistry
from tests.unit.transfer.shipments import REPOSITORIES, Inventory, Maker, inventories

HERE, THERE, AWAY = "source.test", "there.test", "away.test"
ONE = REPOSITORIES[0]
BOTH = (*REPOSITORIES, Repository(f"{AWAY}/us/one"))


class Told(Progress):
    """Keeps the last figures of every lane."""

    def __init__(self) -> None:
        self.lanes: dict[str, LaneFigures] = {}

    def lane(self, figures: LaneFigures) -> None:
        """Keep."""
        self.lanes[figures.registry] = figures


class Line:
    """A source, two destinations, and an engine between them on a clock that only sleeping moves."""

    def __init__(self, inventory: Inventory, *, width: int = 2, **destination: bool) -> None:
        self.there, self.away = FakeRegistry(THERE, **destination), FakeRegistry(AWAY)
        self.source = inventory.source
        self.registries = {HERE: inventory.source, THERE: self.there, AWAY: self.away}
        self.deliveries = [
            replace(one, registry=one.repository.host.partition(".")[0]) for one in inventory.deliveries
        ]
        self.told = Told()
        self.time = 0.0
        self.stop: Iterator[bool] = itertools.repeat(False)
        self.engine = Engine(
            self.registries.__getitem__,
            self.told,
            lambda: next(self.stop),
            lambda _: width,
            sleep=self.sleep,
            clock=lambda: self.time,
        )

    def run(self) -> Mapping[str, LaneReport]:
        return self.engine.deliver(self.deliveries)

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def has(self, delivery: Delivery) -> bool:
        """Tell whether a delivery is complete: tag, manifests, blobs, referrers."""
        registry, path = self.registries[delivery.repository.host], delivery.repository.path
        shipment = delivery.shipment
        if registry.tagged[path].get(shipment.tag or "") != shipment.root.manifest.digest:
            return False
        return all(
            registry.manifests[path].get(subject.manifest.digest) == subject.manifest
            and all(blob.digest in registry.blobs[path] for blob in subject.manifest.blobs)
            and (
                not delivery.evidence
                or {one.digest for one in subject.referrers}
                <= {one.digest for one in registry.referrers(path, subject.manifest.digest)}
            )
            for subject in shipment.subjects
        )


def errors(reports: Mapping[str, LaneReport]) -> dict[str, type[Exception]]:
    return {name: type(report.error) for name, report in reports.items() if report.error}


@settings(max_examples=40, deadline=None)
@given(inventories(BOTH), st.booleans(), st.booleans(), st.integers(1, 4))
def test_everything_arrives_and_the_second_time_nothing_is_written(
    inventory: Inventory, referrers_api: bool, mounts: bool, width: int
) -> None:
    line = Line(inventory, width=width, referrers_api=referrers_api, mounts=mounts)
    assert not errors(line.run())
    assert all(line.has(delivery) for delivery in line.deliveries)
    if mounts:
        sent = [asked.reference for asked in line.there.requests if asked.method == "put_blob"]
        assert len(sent) == len(set(sent)), "each blob is sent at most once"
    written = [len(line.there.writes), len(line.away.writes)]
    reads = len(line.source.requests)
    assert not errors(line.run())
    assert [len(line.there.writes), len(line.away.writes)] == written
    assert len(line.source.requests) == reads
    assert line.time == 0.0


@settings(max_examples=40, deadline=None)
@given(inventories(BOTH), st.data())
def test_a_registry_that_fails_anywhere_stops_nobody_else_and_the_rest_follows(
    inventory: Inventory, data: st.DataObject
) -> None:
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
    reports = line.run()
    assert errors(reports) == {"there": RegistryUnreachable}
    assert {one.registry for one in reports["there"].failed} == {"there"}
    assert all(line.has(one) for one in line.deliveries if one not in reports["there"].failed)
    before = {asked.reference for asked in line.there.requests if asked.method == "put_blob"}
    line.there.requests.clear()
    line.there.on_request = lambda _: None
    assert not errors(line.run())
    assert line.there.manifests == whole.there.manifests
    assert line.there.tagged == whole.there.tagged
    assert line.there.blobs == whole.there.blobs
    again = {asked.reference for asked in line.there.requests if asked.method == "put_blob"}
    assert len(again & before) <= 1, "only the blob that broke is sent twice"


def one_image(notes: tuple[int, ...] = (1,), repositories: tuple[Repository, ...] = (ONE,)) -> Inventory:
    maker = Maker()
    parcel = maker.shipment([(1, 2)], notes)
    return Inventory(maker.registry, [Delivery("there", parcel, place) for place in repositories])


def test_each_blob_is_read_once_for_all_registries() -> None:
    inventory = one_image(repositories=(BOTH[0], BOTH[-1]))
    line = Line(inventory)
    inventory.source.requests.clear()
    assert not errors(line.run())
    read = [asked.reference for asked in inventory.source.requests if asked.method == "open_blob"]
    assert len(read) == len(set(read))


def test_figures_tell_what_was_done() -> None:
    line = Line(one_image(repositories=REPOSITORIES[:2]), referrers_api=False)
    figures = line.run()["there"].figures
    blobs = line.there.blobs[ONE.path]
    assert figures == line.told.lanes["there"]
    assert figures.bytes_sent == figures.bytes_done == figures.bytes_total == sum(map(len, blobs.values()))
    assert (figures.blobs_sent, figures.blobs_mounted, figures.blobs_there) == (len(blobs), len(blobs), 0)
    assert (figures.manifests, figures.referrers, figures.checked) == (4, 4, 4)
    assert figures.requests == len(line.there.requests)
    assert figures.ended


def test_a_planted_permanent_tag_is_replaced() -> None:
    inventory = one_image()
    line = Line(inventory)
    other = Maker().image((9,))
    tag = inventory.deliveries[0].shipment.tag or ""
    line.there.manifests[ONE.path][other.digest] = other
    line.there.tagged[ONE.path][tag] = other.digest
    assert not errors(line.run())
    assert line.has(line.deliveries[0])


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
    line = Line(one_image(), width=1)
    line.registries[THERE] = line.there = Forgetful(THERE)
    assert not errors(line.run())
    assert 0 < line.time < CHECK_DEADLINE


def test_referrers_that_never_show_up_are_told() -> None:
    line = Line(one_image(), width=1)
    line.registries[THERE] = line.there = Forgetful(THERE)
    line.there.patience = 10_000
    report = line.run()["there"]
    assert report.error is not None
    assert "contents are not complete at there: 1 of 1 referrers" in str(report.error)
    assert report.error.exit_code == 7
    assert report.failed == tuple(line.deliveries)
    assert line.time >= CHECK_DEADLINE


def test_a_registry_that_knows_us_not_is_not_asked_for_ever() -> None:
    line = Line(one_image(), width=1)
    line.there.fail_next("place_blob", AccessDenied("no", where=THERE), times=100)
    assert errors(line.run()) == {"there": AccessDenied}
    assert len([asked for asked in line.there.requests if asked.method == "place_blob"]) == 3


def test_a_dead_registry_ends_at_its_first_question_and_the_other_is_served() -> None:
    line = Line(one_image(repositories=(BOTH[0], BOTH[-1])))
    line.there.down = True
    assert errors(line.run()) == {"there": RegistryUnreachable}
    assert [line.has(delivery) for delivery in line.deliveries] == [False, True]


def test_nothing_more_is_sent_once_the_run_is_given_up() -> None:
    line = Line(one_image(), width=1)
    line.stop = itertools.chain([False, False, False, False], itertools.repeat(True))
    report = line.run()["there"]
    assert isinstance(report.error, RegistryError)
    assert "given up" in str(report.error)
    written = len(line.there.writes)
    assert 0 < written <= 4


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize("may_read", [True, False])
@pytest.mark.parametrize("thorough", [True, False])
def test_a_repository_that_is_denied_keeps_nobody_else_from_the_layers_that_they_share(
    width: int, may_read: bool, thorough: bool
) -> None:
    maker = Maker()
    shipments = [maker.shipment([(0, 1, 2, 3, own)], [1]) for own in (50, 51, 52)]
    found = [Delivery("there", *pair) for pair in zip(shipments, REPOSITORIES, strict=True)]
    line = Line(Inventory(maker.registry, found), width=width)

    def deny(asked: Asked) -> None:
        if asked.repository == REPOSITORIES[0].path and (asked.writes or not may_read):
            raise AccessDenied("no", where=THERE)

    line.there.on_request = deny
    report = line.engine.deliver(line.deliveries, thorough=thorough)["there"]
    assert isinstance(report.error, AccessDenied)
    assert [one.repository for one in report.failed] == [REPOSITORIES[0]]
    assert [line.has(one) for one in line.deliveries] == [False, True, True]


@pytest.mark.parametrize("thorough", [True, False])
def test_a_run_that_is_given_up_asks_no_further_questions(thorough: bool) -> None:
    line = Line(one_image(repositories=BOTH), width=1)
    line.stop = itertools.repeat(True)
    report = line.engine.deliver(line.deliveries, thorough=thorough)["there"]
    assert "given up" in str(report.error)
    assert not line.there.requests


def test_what_is_no_error_of_ours_is_raised() -> None:
    line = Line(one_image())

    def bug(_: Asked) -> None:
        raise KeyError("bug")

    line.there.on_request = bug
    with pytest.raises(KeyError):
        line.run()


def test_what_goes_to_most_registries_is_sent_first() -> None:
    maker = Maker()
    own, common = maker.shipment([[1]], []), maker.shipment([[2]], [])
    away = Repository(f"{AWAY}/us/one")
    line = Line(
        Inventory(
            maker.registry,
            [Delivery("there", own, ONE), Delivery("there", common, ONE), Delivery("away", common, away)],
        ),
        width=1,
    )
    assert not errors(line.run())
    tags = [asked.reference for asked in line.there.requests if asked.reference in {own.tag, common.tag}]
    assert list(dict.fromkeys(tags)) == [common.tag, own.tag]
