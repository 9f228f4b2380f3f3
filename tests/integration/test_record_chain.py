"""The chain of release records: one a change, each naming the one before, the same everywhere, signed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from publisher import codec
from publisher.attestation.bundle import describe_bundle
from publisher.oci.reference import Repository
from publisher.records.evidence import EvidenceKind
from publisher.records.release import HEAD_TAG, DestinationState, ReleaseOutcome, sequence_tag
from publisher.registry.client import RegistryClient
from tests.demo.repository import make_keys
from tests.integration.small import REGISTRIES
from tests.integration.world import SERVERS, Stored, World, read_record

pytestmark = pytest.mark.timeout(900)  # the first test plays the merges

SEQUENCES = (1, 2, 3, 4)
"""The README's merge writes none."""


@pytest.fixture(scope="module")
def chain(demo: World) -> list[Stored]:
    """Read staging's records."""
    return [read_record(demo.settings.staging_records, sequence_tag(number)) for number in SEQUENCES]


def test_every_change_wrote_one_record(demo: World, chain: list[Stored]) -> None:
    assert [stored.record.sequence for stored in chain] == list(SEQUENCES)
    releasing = [played for number, played in enumerate(demo.merges) if number != 2]
    assert [played.newest for played in releasing] == chain
    assert [stored.record.head for stored in chain] == [played.commit for played in releasing]


def test_each_record_names_the_one_before(chain: list[Stored]) -> None:
    assert [stored.record.previous for stored in chain] == [None, *(stored.digest for stored in chain[:-1])]


def test_moves_name_the_digest_that_a_tag_had(demo: World, chain: list[Stored]) -> None:
    """Folding the records gives exactly the tags that the registries have."""
    tags: dict[tuple[Repository, str], str] = {}
    for stored in chain:
        for move in stored.record.moves:
            assert tags.get((move.repository, move.tag)) == move.previous
            tags[move.repository, move.tag] = move.digest
    found = {
        (demo.destination(registry, image), tag): digest
        for (registry, image), named in demo.all_version_tags(demo.merges[-1]).items()
        for tag, digest in named.items()
    }
    assert tags == found


@pytest.mark.parametrize("server", SERVERS)
def test_every_registry_holds_the_same_chain(demo: World, chain: list[Stored], server: str) -> None:
    found = demo.merges[-1].places[demo.records[server]]
    wanted = {sequence_tag(stored.record.sequence): stored.digest for stored in chain}
    assert {tag: digest for tag, digest in found.items() if tag.startswith("r-")} == wanted
    assert found[HEAD_TAG] == chain[-1].digest


@pytest.mark.parametrize("server", SERVERS)
def test_the_head_is_signed_and_has_its_outcome(
    demo: World, chain: list[Stored], server: str, tmp_path: Path
) -> None:
    make_keys(tmp_path)
    reference = f"{demo.records[server]}@{chain[-1].digest}"
    own, stranger = demo.repository / "keys/cosign.pub", tmp_path / "cosign.pub"
    signed = cosign(demo, ["verify", "--key", str(own), reference])
    assert signed.returncode == 0, signed.stderr
    assert EvidenceKind.SIGNATURE in {one["critical"]["type"] for one in json.loads(signed.stdout)}
    assert cosign(demo, ["verify", "--key", str(stranger), reference]).returncode != 0
    outcome = ["verify-attestation", "--key", str(own), "--type", EvidenceKind.OUTCOME, reference]
    assert cosign(demo, outcome).returncode == 0


@pytest.mark.parametrize("server", SERVERS)
def test_each_record_carries_one_signature_and_one_outcome(
    demo: World, chain: list[Stored], server: str
) -> None:
    for stored in chain:
        outcomes = attached(demo.records[server], stored)
        assert [outcome.record for outcome in outcomes] == [stored.digest]
        states = {item.registry: item.state for item in outcomes[0].registries}
        assert states == dict.fromkeys(REGISTRIES, DestinationState.COMPLETE)
        moved = {item.registry: item.moved for item in outcomes[0].registries}
        moves = [move.registry for move in stored.record.moves]
        assert moved == {name: moves.count(name) for name in REGISTRIES}


def attached(place: Repository, stored: Stored) -> list[ReleaseOutcome]:
    """Read the outcomes of a record; besides them it must have one signature only."""
    client = RegistryClient(place.host)
    manifests = [
        client.get_manifest(place.path, item.digest) for item in client.referrers(place.path, stored.digest)
    ]
    found: dict[str, list[bytes]] = {}
    for manifest in manifests:
        with client.open_blob(place.path, manifest.layers[0]) as chunks:
            statement = describe_bundle(manifest, b"".join(chunks))
        found.setdefault(statement.predicate_type, []).append(statement.predicate)
    assert len(found.pop(EvidenceKind.SIGNATURE)) == 1
    assert set(found) == {EvidenceKind.OUTCOME}
    return [codec.decode(ReleaseOutcome, raw) for raw in found[EvidenceKind.OUTCOME]]


def cosign(demo: World, words: list[str]) -> subprocess.CompletedProcess[str]:
    """Run cosign alone, without a transparency log."""
    argv = ["cosign", words[0], "--insecure-ignore-tlog=true", *words[1:]]
    return subprocess.run(argv, env=demo.surroundings, capture_output=True, text=True, check=False)
