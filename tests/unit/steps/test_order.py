"""In which order registries hear of a run: contents, evidence, the record, tags, `latest`, copies."""

from __future__ import annotations

from publisher.records.evidence import EvidenceKind
from tests.unit.steps.world import (
    HUB,
    QUAY,
    STAGING,
    World,
    references,
)

RECORDS = "us/publisher-records"


class TestOrderOfRequests:
    """Contents and evidence, the record in staging, version tags, `latest`, record copies."""

    def positions(self, world: World, host: str) -> dict[tuple[str, str], int]:
        """Give the place of the last write of each repository and tag or digest."""
        return {(path, reference): place for place, path, reference in references(world.writes(), host)}

    def test_tags_follow_all_evidence_everywhere_and_the_commit(self, published: World) -> None:
        writes = published.writes()
        (committed,) = [
            place for place, path, ref in references(writes, STAGING) if (path, ref) == (RECORDS, "r-1")
        ]
        for host in (HUB, QUAY):
            for place, path, reference in references(writes, host):
                if path == RECORDS or reference in ("v1", "one", "latest"):
                    assert place > committed
                else:
                    assert place < committed, (path, reference)

    def test_latest_comes_after_every_version_tag(self, published: World) -> None:
        writes = published.writes()
        found = [
            (place, ref)
            for host in (HUB, QUAY)
            for place, path, ref in references(writes, host)
            if path != RECORDS
        ]
        versions = [place for place, reference in found if reference in ("v1", "one")]
        assert max(versions) < min(place for place, reference in found if reference == "latest")

    def test_an_index_is_born_with_its_permanent_tag_after_its_platforms(self, published: World) -> None:
        for host in (HUB, QUAY):
            registry = published.registries[host]
            at = self.positions(published, host)
            for path, named in registry.tagged.items():
                for tag, digest in named.items():
                    if tag.startswith("d-"):
                        children = registry.manifests[path][digest].manifests
                        assert all(at[path, child.digest] < at[path, tag] for child in children)
                        assert (path, digest) not in at

    def test_a_staged_build_gets_its_tag_after_its_statement(self, published: World) -> None:
        at = self.positions(published, STAGING)
        registry = published.staging
        for path, named in registry.tagged.items():
            for tag, digest in named.items():
                if tag.startswith("b-"):
                    statements = [
                        one.digest for one in registry.manifests[path].values()
                        if one.subject and one.subject.digest == digest
                        and one.annotations["dev.sigstore.bundle.predicateType"] == EvidenceKind.PROVENANCE
                    ]  # fmt: skip
                    assert all(at[path, digest] < at[path, one] < at[path, tag] for one in statements)

    def test_the_record_is_signed_before_it_is_committed(self, published: World) -> None:
        at = self.positions(published, STAGING)
        registry = published.staging
        signature = next(
            one.digest for one in registry.manifests[RECORDS].values()
            if one.subject and one.annotations["dev.sigstore.bundle.predicateType"] == EvidenceKind.SIGNATURE
        )  # fmt: skip
        assert at[RECORDS, "pending"] < at[RECORDS, signature] < at[RECORDS, "r-1"] < at[RECORDS, "head"]

    def test_no_blob_is_sent_twice_to_a_registry(self, published: World) -> None:
        for host in (HUB, QUAY):
            sent = [
                asked.reference
                for where, asked in published.writes()
                if where == host and asked.method == "put_blob"
            ]
            images = [digest for digest in sent if not is_small(published, digest)]
            assert len(images) == len(set(images))


def is_small(world: World, digest: str) -> bool:
    """Tell whether a blob belongs to evidence or records, which each delivery asks for by itself."""
    return not any(
        digest in {str(blob.digest) for blob in manifest.blobs}
        for path, found in world.staging.manifests.items()
        if path.endswith("/builds")
        for manifest in found.values()
        if not manifest.subject
    )
