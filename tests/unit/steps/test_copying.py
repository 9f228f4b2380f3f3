"""Copying: what is asked, what is written, in which order, and what a rerun does."""

from __future__ import annotations

import pytest

from publisher.errors import NotFound, RegistryError, RegistryUnreachable, VerifyError
from publisher.oci.manifest import Manifest
from publisher.transfer.cost import transfer_cost
from tests.fakes.registry import Asked, FakeRegistry
from tests.fakes.signer import FakeSigner
from tests.unit.steps.copies import FROM, HUB, QUAY, REPOSITORY, Shop, listed, reference


@pytest.fixture
def shop() -> Shop:
    return Shop()


def signed(shop: Shop, name: str = "one") -> Manifest:
    """Make an image of two platforms, each with a signature."""
    root = shop.index(*(shop.image(f"{name}-{platform}") for platform in ("amd64", "arm64")))
    for subject in (root, *(shop.source.manifests[REPOSITORY][one.digest] for one in root.manifests)):
        shop.referrer(subject)
    return root


def asked(shop: Shop, host: str) -> list[str]:
    return [one.method for one in shop.registries[host].requests]


def test_everything_of_an_image_arrives_and_then_its_tags(shop: Shop) -> None:
    root = signed(shop)
    report = shop.copy((root, f"{HUB}:v1"), (root, f"{QUAY}:v1"), (root, f"{QUAY}:stable"))
    assert not report.errors
    for host in (HUB, QUAY):
        assert dict(shop.at(host)) == dict(shop.at(FROM))
        assert shop.registries[host].blobs[REPOSITORY] == shop.source.blobs[REPOSITORY]
    assert shop.tags(HUB) == {"v1": root.digest}
    assert shop.tags(QUAY) == {"v1": root.digest, "stable": root.digest}
    assert len(report.prepared.deliveries) == 2
    assert shop.heard.points.index("copy:contents") < shop.heard.points.index("publish:tag")


def test_nothing_to_do_costs_one_question_a_tag_and_none_to_the_source(shop: Shop) -> None:
    entries = [(signed(shop, name), f"{host}:{name}") for name in "abcde" for host in (HUB, QUAY)]
    shop.copy(*entries)
    for registry in shop.registries.values():
        registry.requests.clear()
    report = shop.copy(*entries)
    assert len(report.prepared.in_place) == 10
    assert asked(shop, HUB) == asked(shop, QUAY) == ["head_manifest"] * 5
    assert asked(shop, FROM) == []


def test_a_target_without_a_tag_is_kept_by_its_digest_and_found_again(shop: Shop) -> None:
    root = signed(shop)
    shop.copy((root, HUB))
    assert shop.registries[HUB].tagged[REPOSITORY] == {root.digest.permanent_tag: root.digest}
    written = len(shop.registries[HUB].writes)
    assert not shop.copy((root, HUB)).errors
    assert len(shop.registries[HUB].writes) == written


def test_a_target_without_a_tag_that_lacks_its_referrers_gets_them_when_it_is_run_again(shop: Shop) -> None:
    root, hub = signed(shop), shop.registries[HUB]

    def fail(one: Asked) -> None:
        if one.method == "put_manifest" and hub.tagged[REPOSITORY]:
            raise RegistryError("no")

    hub.on_request = fail
    assert shop.copy((root, HUB)).errors
    hub.on_request = lambda _: None
    report = shop.copy((root, HUB))
    assert not report.errors
    assert dict(shop.at(HUB)) == dict(shop.at(FROM))


def test_a_new_repository_is_asked_for_one_tag_and_one_list(shop: Shop) -> None:
    prepared = shop.copying().prepare(listed(*((signed(shop, name), f"{HUB}:{name}") for name in "abcdef")))
    assert asked(shop, HUB) == ["head_manifest", "tags"]
    assert {move.previous for move in prepared.moves} == {None}


def test_a_list_of_tags_does_not_answer_for_what_it_names(shop: Shop) -> None:
    entries = [(signed(shop, name), f"{HUB}:{name}") for name in "abcdef"]
    shop.copy(*entries[3:5])
    shop.registries[HUB].requests.clear()
    prepared = shop.copying().prepare(listed(*entries))
    assert asked(shop, HUB) == ["head_manifest", "tags", "head_manifest", "head_manifest"]
    assert [claim.tag for claim in prepared.in_place] == ["d", "e"]
    assert [move.tag for move in prepared.moves] == ["a", "b", "c", "f"]


def test_a_list_of_tags_that_cannot_be_read_is_done_without(shop: Shop) -> None:
    shop.registries[HUB].fail_next("tags", RegistryError("too many"))
    prepared = shop.copying().prepare(listed(*((signed(shop, name), f"{HUB}:{name}") for name in "abcdef")))
    assert asked(shop, HUB) == ["head_manifest", "tags", *["head_manifest"] * 5]
    assert not prepared.unreachable


def test_a_source_by_tag_is_looked_up_once_and_said(shop: Shop) -> None:
    root = signed(shop)
    shop.source.tagged[REPOSITORY]["new"] = root.digest
    shop.copy(("new", f"{HUB}:v1"), ("new", f"{QUAY}:v1"))
    assert shop.tags(HUB) == shop.tags(QUAY) == {"v1": root.digest}
    assert asked(shop, FROM).count("head_manifest") == 1
    assert [str(root.digest) in note for note in shop.heard.notes] == [True]


def test_a_source_that_is_not_there_stops_everything_before_a_write(shop: Shop) -> None:
    there, lost = signed(shop, "a"), signed(shop, "b")
    del shop.source.manifests[REPOSITORY][lost.digest]
    with pytest.raises(NotFound) as caught:
        shop.copy((there, f"{HUB}:a"), (lost, f"{HUB}:b"))
    assert lost.digest in caught.value.where
    with pytest.raises(NotFound):
        shop.copy(("nothing", f"{HUB}:a"))
    assert shop.registries[HUB].writes == []


def test_a_dead_registry_lets_the_others_get_contents_and_no_tag_move(shop: Shop) -> None:
    root = signed(shop)
    shop.registries[QUAY].down = True
    report = shop.copy((root, f"{HUB}:v1"), *((root, f"{QUAY}:v{number}") for number in range(9)))
    assert list(report.errors) == [QUAY]
    assert isinstance(report.errors[QUAY], RegistryUnreachable)
    assert len(shop.at(HUB)) == len(shop.at(FROM))
    assert shop.tags(HUB) == {}
    shop.registries[QUAY].down = False
    assert not shop.copy((root, f"{HUB}:v1"), (root, f"{QUAY}:v1")).errors
    assert shop.tags(HUB) == shop.tags(QUAY) == {"v1": root.digest}


def test_a_registry_that_fails_half_way_moves_no_tag_anywhere(shop: Shop) -> None:
    root = signed(shop)

    def refuse(one: Asked) -> None:
        if one.method == "put_manifest" and one.reference == root.digest.permanent_tag:
            raise RegistryError("full")

    shop.registries[QUAY].on_request = refuse
    report = shop.copy((root, f"{HUB}:v1"), (root, f"{QUAY}:v1"))
    assert [error.what for error in report.errors.values()] == ["full"]
    assert shop.tags(HUB) == shop.tags(QUAY) == {}


def test_a_tag_that_names_something_else_is_moved(shop: Shop) -> None:
    old, new = signed(shop, "old"), signed(shop, "new")
    shop.copy((old, f"{HUB}:v1"))
    report = shop.copy((new, f"{HUB}:v1"))
    assert shop.tags(HUB) == {"v1": new.digest}
    assert [move.previous for move in report.tags[HUB].moved] == [old.digest]


@pytest.mark.parametrize("force", [False, True])
def test_somebody_else_in_between_stops_that_tag_unless_forced(shop: Shop, force: bool) -> None:
    old, theirs, new = (signed(shop, name) for name in ("old", "theirs", "new"))
    shop.copy((old, f"{HUB}:v1"), (theirs, f"{HUB}:theirs"))
    copying = shop.copying()
    prepared = copying.prepare(listed((new, f"{HUB}:v1"), (new, f"{HUB}:v2")))
    shop.registries[HUB].tagged[REPOSITORY]["v1"] = theirs.digest
    report = copying.carry_out(prepared, force=force)
    assert shop.tags(HUB)["v1"] == (new if force else theirs).digest
    assert shop.tags(HUB)["v2"] == new.digest
    assert [one.found for one in report.tags[HUB].strangers] == ([] if force else [theirs.digest])


def test_recheck_finds_what_is_missing_behind_a_tag(shop: Shop) -> None:
    root = signed(shop)
    shop.copy((root, f"{HUB}:v1"))
    [signature] = [one for one in shop.at(HUB).values() if one.subject and one.subject.digest == root.digest]
    del shop.registries[HUB].manifests[REPOSITORY][signature.digest]
    assert shop.copy((root, f"{HUB}:v1")).prepared.deliveries == ()
    report = shop.copy((root, f"{HUB}:v1"), recheck=True)
    assert signature.digest in shop.at(HUB)
    assert report.tags[HUB].moved == ()


def test_recheck_finds_a_blob_that_is_gone(shop: Shop) -> None:
    root = signed(shop)
    shop.copy((root, f"{HUB}:v1"))
    blobs = shop.registries[HUB].blobs[REPOSITORY]
    for digest in list(blobs):
        content = blobs.pop(digest)
        shop.copy((root, f"{HUB}:v1"), recheck=True)
        assert blobs[digest] == content


def test_only_what_the_key_signed_is_copied(shop: Shop) -> None:
    good, bad = signed(shop, "good"), signed(shop, "bad")
    shop.signer = signer = FakeSigner(shop.registries)
    signer.sign(reference(good))
    with pytest.raises(VerifyError) as caught:
        shop.copy((good, f"{HUB}:good"), (bad, f"{HUB}:bad"))
    assert bad.digest in caught.value.where
    assert shop.registries[HUB].writes == []
    assert not shop.copy((good, f"{HUB}:good")).errors


def test_preparing_writes_nothing_and_tells_the_cost(shop: Shop) -> None:
    entries = [(signed(shop), f"{host}:v1") for host in (HUB, QUAY)]
    prepared = shop.copying().prepare(listed(*entries))
    assert all(registry.writes == [] for registry in shop.registries.values())
    costs = transfer_cost(prepared.deliveries, prepared.moves)
    shop.copy(*entries)
    for host in (HUB, QUAY):
        assert len(shop.registries[host].requests) <= costs[host].requests
        assert costs[host].moves == 1


def test_killed_at_any_write_and_run_again_it_converges(shop: Shop) -> None:
    root = signed(shop)
    total = len(_finished(root, shop)[HUB].writes)
    for number in range(total):
        again = Shop()
        again.registries[FROM] = shop.source
        _break_at(again, number)
        with pytest.raises(KeyboardInterrupt):
            again.copy((root, f"{HUB}:v1"))
        assert again.tags(HUB) in ({}, {"v1": root.digest})
        again.registries[HUB].on_request = lambda _: None
        assert not again.copy((root, f"{HUB}:v1")).errors
        assert dict(again.at(HUB)).keys() == dict(shop.at(FROM)).keys()
        assert again.tags(HUB) == {"v1": root.digest}


def _finished(root: Manifest, shop: Shop) -> dict[str, FakeRegistry]:
    other = Shop()
    other.registries[FROM] = shop.source
    other.copy((root, f"{HUB}:v1"))
    return other.registries


def _break_at(shop: Shop, number: int) -> None:
    written = 0

    def interrupt(one: Asked) -> None:
        nonlocal written
        if one.writes:
            written += 1
            if written > number:
                raise KeyboardInterrupt

    shop.registries[HUB].on_request = interrupt
