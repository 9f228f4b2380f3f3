"""Each law holds for the right order, and finds each violation of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from publisher.oci.descriptor import OCI_INDEX, OCI_MANIFEST
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.oci.reference import Repository
from publisher.transfer.inventory import Shipment, Subject
from tests.faults import laws
from tests.faults.journal import Exchange, Journal
from tests.faults.kinds import address_of, kind_of
from tests.faults.laws import Place

BLOB = Digest.of(b"layer")
CONFIG = Digest.of(b"{}")


def manifest(**plain: object) -> Manifest:
    return parse_manifest(json.dumps({"schemaVersion": 2, **plain}).encode())


def described(digest: Digest, size: int = 5) -> dict[str, object]:
    return {"mediaType": "application/octet-stream", "digest": digest, "size": size}


IMAGE = manifest(mediaType=OCI_MANIFEST, config=described(CONFIG, 2), layers=[described(BLOB)])
INDEX = manifest(mediaType=OCI_INDEX, manifests=[IMAGE.descriptor.to_plain()])
REFERRER = manifest(
    mediaType=OCI_MANIFEST, artifactType="application/x", config=described(CONFIG, 2), layers=[],
    subject=INDEX.descriptor.to_plain(),
)  # fmt: skip
LIST = manifest(mediaType=OCI_INDEX, manifests=[REFERRER.descriptor.to_plain()])
SHIPMENT = Shipment(
    Repository("127.0.0.1:1/a"), Subject(INDEX, (REFERRER,)), INDEX.digest.permanent_tag, (Subject(IMAGE),)
)
PLACE = Place("hub", "a", SHIPMENT, ("v1", "latest"))


@dataclass
class Told:
    """Writes a journal by hand."""

    journal: Journal = field(default_factory=Journal)

    def passes(
        self, method: str, target: str, status: int, content: bytes = b"", registry: str = "hub"
    ) -> Exchange:
        item = Exchange(registry, method, target, kind_of(method, target, content), address_of(target))
        item.content = content
        self.journal.arrive(item)
        item.stored = item.told = status
        self.journal.end(item)
        self.journal.close(item)
        return item

    def blob(self, digest: Digest, repository: str = "a") -> Exchange:
        return self.passes("PUT", f"/v2/{repository}/blobs/uploads/u?digest={digest}", 201)

    def put(self, found: Manifest, reference: str = "", repository: str = "a") -> Exchange:
        return self.passes("PUT", f"/v2/{repository}/manifests/{reference or found.digest}", 201, found.raw)

    def contents(self, *, listed: bool = True) -> None:
        self.blob(BLOB)
        self.blob(CONFIG)
        self.put(IMAGE)
        self.put(INDEX, INDEX.digest.permanent_tag)
        self.put(REFERRER)
        if listed:
            self.put(LIST, INDEX.digest.fallback_tag)

    def commit(self, sequence: int = 1) -> Exchange:
        path = f"/v2/s/publisher-records/manifests/r-{sequence}"
        return self.passes("PUT", path, 201, IMAGE.raw, "staging")

    @property
    def all(self) -> Sequence[Exchange]:
        return self.journal.exchanges


def broken(told: Told) -> list[str]:
    return [
        *laws.children_first([item for item in told.all if item.registry != "staging"]),
        *laws.blobs_once(told.all), *laws.complete_first(told.all, [PLACE]),
        *laws.latest_last(told.all, [PLACE]), *laws.committed_first(told.all, "staging", "r-1"),
    ]  # fmt: skip


def test_the_right_order_breaks_no_law() -> None:
    told = Told()
    told.contents()
    told.commit()
    told.put(INDEX, "v1")
    told.put(INDEX, "latest")
    assert broken(told) == []


def test_a_manifest_before_its_layer() -> None:
    told = Told()
    told.blob(CONFIG)
    told.put(IMAGE)
    told.blob(BLOB)
    assert [str(BLOB) in text for text in laws.children_first(told.all)] == [True]


def test_a_manifest_begun_while_its_layer_is_under_way() -> None:
    told = Told()
    told.blob(CONFIG)
    target = f"/v2/a/blobs/uploads/u?digest={BLOB}"
    layer = Exchange("hub", "PUT", target, kind_of("PUT", target), address_of(target))
    told.journal.arrive(layer)
    told.put(IMAGE)
    layer.stored = layer.told = 201
    told.journal.end(layer)
    assert laws.children_first(told.all)


def test_a_mounted_blob_is_there_and_a_declined_one_is_not() -> None:
    for status, count in ((201, 0), (202, 1)):
        told = Told()
        told.blob(CONFIG)
        told.passes("POST", f"/v2/a/blobs/uploads/?mount={BLOB}&from=b", status)
        told.put(IMAGE)
        assert len(laws.children_first(told.all)) == count


def test_an_index_before_its_child_and_a_list_before_its_referrer() -> None:
    told = Told()
    told.put(INDEX)
    told.put(LIST, INDEX.digest.fallback_tag)
    assert len(laws.children_first(told.all)) == 2


def test_a_blob_in_another_repository_does_not_count() -> None:
    told = Told()
    told.blob(CONFIG)
    told.blob(BLOB, "b")
    told.put(IMAGE)
    assert laws.children_first(told.all)


def test_a_blob_that_is_sent_twice() -> None:
    told = Told()
    told.blob(BLOB)
    told.blob(BLOB, "b")
    assert len(laws.blobs_once(told.all)) == 1
    assert laws.blobs_once(told.all, ["hub"]) == []


def test_what_is_sent_although_it_is_there() -> None:
    told = Told()
    told.blob(BLOB)
    moment = told.journal.now
    assert laws.sent_again(told.all, {"hub": {BLOB}}, moment) == []
    told.blob(BLOB)
    told.blob(CONFIG)
    assert len(laws.sent_again(told.all, {"hub": {BLOB, CONFIG}}, moment)) == 1, "two bytes do not count"
    assert laws.sent_again(told.all, {"quay": {BLOB}}, moment) == []


def test_the_blob_in_flight_at_a_death_may_be_sent_again() -> None:
    told = Told()
    told.blob(BLOB).orphan = True
    told.blob(BLOB)
    assert laws.blobs_once(told.all) == []
    told.blob(BLOB)
    assert len(laws.blobs_once(told.all)) == 1


def test_a_tag_before_the_record() -> None:
    told = Told()
    told.contents()
    told.put(INDEX, "v1")
    told.commit()
    assert laws.committed_first(told.all, "staging", "r-1")
    assert laws.committed_first(told.all, "staging", "r-2")


def test_a_tag_before_evidence_is_complete() -> None:
    told = Told()
    told.contents(listed=False)
    told.put(INDEX, "v1")
    assert laws.complete_first(told.all, [PLACE])
    other = Place("quay", "a", SHIPMENT, ("v1",), lists=True)
    assert laws.complete_first(told.all, [other])
    assert not laws.complete_first(told.all, [Place("hub", "a", SHIPMENT, ("v1",), lists=True)])


def test_latest_before_a_version_tag() -> None:
    told = Told()
    told.contents()
    told.put(INDEX, "latest")
    told.put(INDEX, "v1")
    assert len(laws.latest_last(told.all, [PLACE])) == 1
    assert len(laws.latest_last(told.all, [PLACE, Place("quay", "a", SHIPMENT, ("v1",))])) == 2
