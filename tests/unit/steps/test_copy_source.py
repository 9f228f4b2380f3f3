"""Reading images with everything that belongs to them, and nothing without bounds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from publisher.errors import NotFound, RegistryError
from publisher.oci.descriptor import OCI_INDEX
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.oci.reference import Repository
from publisher.steps import copy_source
from publisher.steps.copy_source import MANY, ReferrerLists, SourceReader, without_foreign
from publisher.transfer.inventory import Shipment
from tests.unit.steps.copies import FROM, REPOSITORY, Shop, described


@pytest.fixture
def shop() -> Shop:
    return Shop()


def reader(shop: Shop, images: int = 1) -> SourceReader:
    name = Repository(f"{FROM}/{REPOSITORY}")
    return SourceReader(shop.source, name, ReferrerLists(shop.source, name, images))


def read(shop: Shop, root: Manifest) -> Shipment:
    return reader(shop).read(root.digest)


def test_one_manifest(shop: Shop) -> None:
    image = shop.image("one")
    shipment = read(shop, image)
    assert (shipment.root.manifest, shipment.children, shipment.attached) == (image, (), ())
    assert shipment.tag == image.digest.permanent_tag


@pytest.mark.parametrize("api", [True, False])
def test_an_index_with_children_and_the_referrers_of_all(shop: Shop, api: bool) -> None:
    shop.source.referrers_api = api
    children = [shop.image("one"), shop.image("two")]
    root = shop.index(*children)
    signatures = {subject.digest: shop.referrer(subject) for subject in (root, *children)}
    if not api:
        for subject, signature in signatures.items():
            shop.source.enter_referrers(REPOSITORY, subject, [signature])
    shipment = read(shop, root)
    assert [one.manifest for one in shipment.children] == children
    assert shipment.expected == {digest: {one.digest} for digest, one in signatures.items()}


def test_children_come_before_the_index_that_names_them(shop: Shop) -> None:
    leaf = shop.image("leaf")
    inner = shop.index(leaf)
    outer = shop.index(inner, leaf)
    assert [one.manifest for one in read(shop, outer).children] == [leaf, inner]


def test_indexes_in_indexes_end(shop: Shop) -> None:
    root = shop.image("leaf")
    for _ in range(copy_source.MAX_CHILD_DEPTH):
        root = shop.index(root)
    assert len(read(shop, root).children) == copy_source.MAX_CHILD_DEPTH
    with pytest.raises(RegistryError, match="deep"):
        read(shop, shop.index(root))


def test_referrers_of_referrers_come_in_order_and_end(shop: Shop) -> None:
    image = shop.image("one")
    chain = [image]
    for _ in range(copy_source.MAX_REFERRER_DEPTH):
        chain.append(shop.referrer(chain[-1]))
    shipment = read(shop, image)
    assert shipment.root.referrers == (chain[1],)
    assert [one.manifest for one in shipment.attached] == chain[1:-1]
    assert [one.referrers for one in shipment.attached] == [(chain[2],), (chain[3],)]
    shop.referrer(chain[-1])
    with pytest.raises(RegistryError, match="deep"):
        read(shop, image)


def test_a_referrer_may_be_an_index(shop: Shop) -> None:
    image, part = shop.image("one"), shop.image("part")
    listing = shop.index(part, subject=described(image))
    shipment = read(shop, image)
    assert shipment.root.referrers == (listing,)
    assert [one.manifest for one in shipment.children] == [part]


def test_what_a_list_of_referrers_names_wrongly_stays_behind(shop: Shop) -> None:
    shop.source.referrers_api = False
    image, other = shop.image("one"), shop.image("other")
    good = shop.referrer(image)
    entries: list[dict[str, Any]] = [
        described(good),
        described(other),
        {"mediaType": "application/vnd.oci.artifact.manifest.v1+json", "digest": Digest.of(b"x"), "size": 3},
        {"mediaType": OCI_INDEX, "digest": Digest.of(b"deleted"), "size": 3},
    ]
    index = shop.put(manifests=entries)
    shop.source.tagged[REPOSITORY][image.digest.fallback_tag] = index.digest
    reading = reader(shop)
    assert reading.read(image.digest).root.referrers == (good,)
    assert [str(one.digest) for one in reading.strange] == [str(one["digest"]) for one in entries[1:]]


def test_a_source_that_is_not_there_or_not_whole(shop: Shop) -> None:
    child = shop.image("one")
    root = shop.index(child)
    del shop.source.manifests[REPOSITORY][child.digest]
    for digest in (root.digest, Digest.of(b"nothing")):
        with pytest.raises(NotFound):
            reader(shop).read(digest)


def test_the_number_of_manifests_and_their_bytes_are_bounded(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = shop.index(*(shop.image(str(number)) for number in range(9)))
    read(shop, root)
    monkeypatch.setattr(copy_source, "MAX_MANIFESTS", 9)
    with pytest.raises(RegistryError, match="more than 9 manifests"):
        read(shop, root)
    monkeypatch.setattr(copy_source, "MAX_MANIFESTS", 10)
    monkeypatch.setattr(copy_source, "MAX_BYTES", 1000)
    with pytest.raises(RegistryError, match="more than can be copied"):
        read(shop, root)


def test_what_is_asked_is_asked_once(shop: Shop) -> None:
    child = shop.image("one")
    root = shop.index(child, child)
    signature = shop.referrer(child)
    read(shop, root)
    asked = [one.reference for one in shop.source.requests if one.method == "get_manifest"]
    assert sorted(asked) == sorted([root.digest, child.digest, signature.digest])


@pytest.mark.parametrize(
    ("media_type", "urls", "kept"),
    [
        ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", ["https://example.org/x"], False),
        ("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", ["https://example.org/x"], False),
        ("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", [], True),
        ("application/vnd.oci.image.layer.v1.tar+gzip", ["https://example.org/x"], True),
    ],
)
def test_layers_that_lie_elsewhere_are_skipped(media_type: str, urls: list[str], kept: bool) -> None:
    layers = [
        {"mediaType": media_type, "digest": Digest.of(b"a"), "size": 1, "urls": urls},
        {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": Digest.of(b"b"), "size": 1},
    ]
    raw = json.dumps({"schemaVersion": 2, "layers": layers}).encode()
    seen = without_foreign(parse_manifest(raw))
    assert seen.raw == raw
    assert [one.digest for one in seen.layers] == [one["digest"] for one in layers[0 if kept else 1 :]]


def with_fallback(shop: Shop) -> tuple[Manifest, Manifest]:
    shop.source.referrers_api = False
    image = shop.index(shop.image("one"), shop.image("two"))
    signature = shop.referrer(image)
    shop.source.enter_referrers(REPOSITORY, image.digest, [signature])
    shop.source.requests.clear()
    return image, signature


def test_many_images_are_asked_for_one_list_of_tags_instead_of_each_list_of_referrers(shop: Shop) -> None:
    image, signature = with_fallback(shop)
    reading = reader(shop, MANY)
    assert reading.read(image.digest).root.referrers == (signature,)
    asked = [one.method for one in shop.source.requests]
    assert (asked.count("tags"), asked.count("referrers")) == (1, 1)


@pytest.mark.parametrize("images", [1, MANY - 1])
def test_few_images_are_read_without_a_list_of_tags(shop: Shop, images: int) -> None:
    image, signature = with_fallback(shop)
    assert reader(shop, images).read(image.digest).root.referrers == (signature,)
    assert "tags" not in [one.method for one in shop.source.requests]


def test_tags_that_cannot_be_listed_are_asked_for_one_by_one(shop: Shop) -> None:
    image, signature = with_fallback(shop)
    shop.source.fail_next("tags", RegistryError("more than 100 pages"), times=9)
    assert reader(shop, MANY).read(image.digest).root.referrers == (signature,)
    assert [one.method for one in shop.source.requests].count("tags") == 1


def test_a_registry_with_the_api_is_never_asked_for_its_tags(shop: Shop) -> None:
    image = shop.image("one")
    signature = shop.referrer(image)
    assert reader(shop, MANY).read(image.digest).root.referrers == (signature,)
    assert "tags" not in [one.method for one in shop.source.requests]
