"""Evidence in staging: looked for before it is attached, told apart from what strangers attach."""

from __future__ import annotations

import threading

import pytest

from publisher import codec
from publisher.errors import AttestError, Malformed, RegistryUnreachable, VerifyError
from publisher.oci.digest import Digest
from publisher.oci.reference import Reference, Repository
from publisher.records.evidence import EvidenceKind
from publisher.steps.evidence import EvidenceDesk
from tests.contract.registries import push_image, push_referrer
from tests.fakes.registry import FakeRegistry
from tests.fakes.signer import FakeSigner

PLACE = Repository("registry.test/a/b")
SBOM, PROVENANCE = EvidenceKind.SBOM, EvidenceKind.PROVENANCE


class Site:
    """An image, a desk, and a stranger with a key of his own."""

    def __init__(self, *, referrers_api: bool) -> None:
        self.registry = FakeRegistry(referrers_api=referrers_api)
        image = push_image(self.registry, PLACE.path, "v1")
        self.digest: Digest = image.digest
        self.manifest = image
        registries = {PLACE.host: self.registry}
        self.signer = FakeSigner(registries)
        self.stranger = FakeSigner(registries, identity="stranger")
        self.desk = EvidenceDesk(self.registry, self.signer, PLACE)
        self.reference = Reference(PLACE, digest=self.digest)


@pytest.fixture(params=[True, False], ids=["api", "fallback"])
def site(request: pytest.FixtureRequest) -> Site:
    return Site(referrers_api=request.param)


def says(number: int) -> bytes:
    return codec.canonical({"number": number})


def ensure(site: Site, number: int) -> tuple[Digest, ...]:
    found = site.desk.ensure_predicate(
        site.digest, SBOM, lambda raw: raw == says(number), lambda: says(number)
    )
    assert {item.kind for item in found} == {SBOM}
    return tuple(item.digest for item in found)


def test_what_is_there_and_valid_is_not_attached_again(site: Site) -> None:
    first = ensure(site, 1)
    written = len(site.registry.writes)
    assert ensure(site, 1) == first
    assert len(site.registry.writes) == written


def test_only_what_says_what_is_wanted_counts(site: Site) -> None:
    found = {number: ensure(site, number) for number in range(4)}
    assert all(len(digests) == 1 for digests in found.values())
    assert len(set(found.values())) == 4
    for number, digests in found.items():
        assert ensure(site, number) == digests


def test_what_a_stranger_attached_does_not_count(site: Site) -> None:
    site.stranger.attest(site.reference, SBOM, says(1))
    site.stranger.sign(site.reference)
    mine = ensure(site, 1)
    assert len(site.signer.signed) == 1
    signature = site.desk.ensure_signature(site.digest)
    assert len(site.signer.signed) == 2
    assert site.desk.counting(site.digest, SBOM, lambda raw: raw == says(2)) == ()
    assert mine[0] in {item.digest for item in site.desk.listed(site.digest)}
    assert site.signer.verify(site.reference)
    assert site.desk.ensure_signature(site.digest)
    assert len(site.signer.signed) == 2
    assert signature


def test_foreign_referrers_are_left_out(site: Site) -> None:
    push_referrer(site.registry, PLACE.path, site.manifest.descriptor, "something else")
    assert site.desk.listed(site.digest) == ()
    ensure(site, 1)
    assert [item.kind for item in site.desk.listed(site.digest)] == [SBOM]


def test_a_registry_that_fails_never_looks_like_nothing_attached(site: Site) -> None:
    ensure(site, 1)
    site.registry.fail_next("referrers", RegistryUnreachable("away"))
    with pytest.raises(RegistryUnreachable):
        ensure(site, 1)
    site.registry.fail_next("open_blob", RegistryUnreachable("away"))
    with pytest.raises(VerifyError):
        ensure(site, 1)
    assert len(site.signer.signed) == 1


def test_what_was_attached_but_is_not_listed_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeSigner, "attest", lambda *_: None)
    with pytest.raises(AttestError, match="the sbom that was attached is not listed"):
        ensure(site, 1)


def test_one_writer_a_digest() -> None:
    site = Site(referrers_api=False)
    results: list[tuple[Digest, ...]] = []
    threads = [threading.Thread(target=lambda: results.append(ensure(site, 1))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    assert len(set(results)) == 1
    assert len(site.signer.signed) == 1


def test_a_predicate_is_read_from_its_referrer(site: Site) -> None:
    (digest,) = ensure(site, 7)
    assert site.desk.predicate(digest) == says(7)
    assert site.desk.predicates(site.digest, SBOM) == (says(7),)
    assert site.desk.predicates(site.digest, PROVENANCE) == ()
    with pytest.raises(Malformed):
        site.desk.predicate(site.digest)
