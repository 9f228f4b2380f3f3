"""Moving tags: compared before, version tags before `latest`, strangers left alone."""

from __future__ import annotations

from dataclasses import replace

from publisher.errors import RegistryUnreachable
from publisher.oci.descriptor import Descriptor
from publisher.oci.manifest import Manifest
from publisher.oci.reference import Repository
from publisher.ports.progress import Progress
from publisher.registry.engine.engine import Engine
from publisher.registry.engine.tags import strangers_error
from publisher.transfer.inventory import TagMove
from tests.fakes.registry import Asked, FakeRegistry
from tests.unit.transfer.shipments import Maker

HUB, QUAY = Repository("hub.test/us/one"), Repository("quay.test/us/one")


class Shelf:
    """Two registries that hold two images."""

    def __init__(self) -> None:
        maker = Maker()
        self.old, self.new = maker.image((1,)), maker.image((2,))
        self.registries = {place.host: FakeRegistry(place.host, strict=False) for place in (HUB, QUAY)}
        for place in (HUB, QUAY):
            for manifest in (self.old, self.new):
                self.registries[place.host].put_manifest(place.path, manifest.digest, manifest)
        self.engine = Engine(self.registries.__getitem__, Progress(), width=lambda _: 1)

    def tag(self, place: Repository, tag: str, manifest: Manifest) -> None:
        self.registries[place.host].tagged[place.path][tag] = manifest.digest

    def named(self, place: Repository, tag: str) -> str | None:
        return self.registries[place.host].tagged[place.path].get(tag)

    def move(
        self, place: Repository, tag: str, *, previous: Manifest | None = None, last: bool = False
    ) -> TagMove:
        name = place.host.partition(".")[0]
        return TagMove(name, place, tag, previous.digest if previous else None, self.new.digest, last=last)


def test_new_and_known_tags_move_and_a_second_time_they_are_in_place() -> None:
    shelf = Shelf()
    shelf.tag(HUB, "2", shelf.old)
    moves = [shelf.move(HUB, "1"), shelf.move(HUB, "2", previous=shelf.old), shelf.move(QUAY, "1")]
    reports = shelf.engine.move_tags(moves)
    assert reports["hub"].moved == tuple(moves[:2])
    assert reports["quay"].moved == (moves[2],)
    assert {shelf.named(HUB, "1"), shelf.named(HUB, "2"), shelf.named(QUAY, "1")} == {shelf.new.digest}
    again = shelf.engine.move_tags(moves)
    assert [len(report.in_place) for report in again.values()] == [2, 1]


def test_a_tag_that_somebody_else_moved_is_left_alone_unless_forced() -> None:
    shelf = Shelf()
    shelf.tag(HUB, "1", shelf.old)
    move = shelf.move(HUB, "1")
    report = shelf.engine.move_tags([move])["hub"]
    assert (report.moved, [one.found for one in report.strangers]) == ((), [shelf.old.digest])
    assert shelf.named(HUB, "1") == shelf.old.digest
    error = strangers_error(report.strangers)
    assert error is not None
    assert f"{HUB}:1 names {shelf.old.digest.short} instead of nothing" in str(error)
    assert shelf.engine.move_tags([move], force=True)["hub"].moved == (move,)
    assert shelf.named(HUB, "1") == shelf.new.digest


def test_a_tag_that_vanished_is_a_change_too() -> None:
    shelf = Shelf()
    report = shelf.engine.move_tags([shelf.move(HUB, "1", previous=shelf.old)])["hub"]
    assert [one.found for one in report.strangers] == [None]


def test_last_moves_begin_after_all_others_everywhere() -> None:
    shelf = Shelf()
    moves = [shelf.move(HUB, "latest", last=True), shelf.move(QUAY, "1"), shelf.move(HUB, "1")]
    seen: list[tuple[str, bool]] = []
    for registry in shelf.registries.values():
        registry.on_request = lambda asked: seen.append((asked.reference, asked.method == "put_manifest"))
    shelf.engine.move_tags(moves)
    written = [reference for reference, writes in seen if writes]
    assert sorted(written[:2]) == ["1", "1"]
    assert written[2:] == ["latest"]


def test_after_an_error_the_others_go_on_but_no_last_move_begins() -> None:
    shelf = Shelf()
    shelf.registries[HUB.host].down = True
    moves = [
        shelf.move(HUB, "1"),
        shelf.move(HUB, "2"),
        shelf.move(QUAY, "1"),
        shelf.move(QUAY, "latest", last=True),
    ]
    reports = shelf.engine.move_tags(moves)
    assert isinstance(reports["hub"].error, RegistryUnreachable)
    assert set(reports["hub"].left) == set(moves[:2])
    assert reports["quay"].moved == (moves[2],)
    assert reports["quay"].left == (moves[3],)
    assert shelf.named(QUAY, "latest") is None


def test_known_bytes_are_not_read_again() -> None:
    shelf = Shelf()
    registry = shelf.registries[HUB.host]
    registry.requests.clear()
    shelf.engine.move_tags([replace(shelf.move(HUB, "1"), manifest=shelf.new)])
    methods = [asked.method for asked in registry.requests]
    assert methods == ["head_manifest", "put_manifest", "head_manifest"]


class Liar(FakeRegistry):
    """Takes tags and forgets them."""

    def put_manifest(self, repository: str, reference: str, manifest: Manifest) -> Descriptor:
        """Say yes, and store nothing under a tag."""
        return super().put_manifest(repository, manifest.digest, manifest)


def test_a_tag_that_was_taken_and_is_not_there_is_an_error_and_latest_stays() -> None:
    shelf = Shelf()
    slept: list[float] = []
    liar = Liar(HUB.host, strict=False)
    liar.put_manifest(HUB.path, shelf.new.digest, shelf.new)
    shelf.registries[HUB.host] = liar
    engine = Engine(shelf.registries.__getitem__, Progress(), width=lambda _: 1, sleep=slept.append)
    moves = [shelf.move(HUB, "1"), shelf.move(QUAY, "latest", last=True)]
    reports = engine.move_tags(moves)
    assert "does not give it back" in str(reports["hub"].error)
    assert reports["hub"].left == (moves[0],)
    assert reports["quay"].left == (moves[1],)
    assert slept


def test_a_list_of_tags_is_not_believed_for_long() -> None:
    shelf = Shelf()
    times = iter([0.0, 1.0, 1.0, 5.0, 5.0])
    engine = Engine(
        shelf.registries.__getitem__,
        Progress(),
        width=lambda _: 1,
        clock=lambda: next(times),
        sleep=lambda _: None,
    )
    moves = [shelf.move(HUB, f"{number}") for number in range(4)]
    registry = shelf.registries[HUB.host]
    registry.requests.clear()

    def plants(asked: Asked) -> None:
        if asked.method == "put_manifest" and asked.reference == "1":
            shelf.tag(HUB, "3", shelf.old)

    registry.on_request = plants
    report = engine.move_tags(moves)["hub"]
    assert report.moved == tuple(moves[:3])
    assert [one.move for one in report.strangers] == [moves[3]]
