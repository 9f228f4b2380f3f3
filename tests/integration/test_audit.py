"""The audit on a catalog that is whole, and after somebody damaged it at single registries."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.records.evidence import EvidenceKind
from publisher.records.release import HEAD_TAG, ReleasedImage
from publisher.registry.client import RegistryClient
from tests.integration.small import LAYERS, REGISTRIES, Ran, SmallCatalog, small_catalog
from tests.integration.world import read_record
from tests.stack import Stack

CLEAN, FOUND = 0, 6


@dataclass(slots=True)
class Audited:
    """A catalog with what `publisher audit` said of it, whole and damaged."""

    catalog: SmallCatalog
    clean: Ran
    damaged: dict[str, Ran] = field(default_factory=dict)

    @property
    def findings(self) -> set[tuple[str, str, str]]:
        """Give id, registry and `image:tag` of every finding in the JSON form."""
        found = json.loads(self.damaged["json"].out)["findings"]
        return {(item["id"], item["registry"], f"{item['image']}:{item['tag']}") for item in found}

    def finding(self, rule: str, registry: str) -> dict[str, Any]:
        """Give one finding of the JSON form."""
        found = json.loads(self.damaged["json"].out)["findings"]
        return next(item for item in found if (item["id"], item["registry"]) == (rule, registry))


@pytest.fixture(scope="module")
def audited(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """Publish a small catalog, audit it, damage it, audit it again."""
    catalog = small_catalog(stack, tmp_path_factory.mktemp("audit"))
    ran = catalog.run("run", "--base", "empty")
    assert ran.code == 0, ran.text
    audited = Audited(catalog, catalog.run("audit", "--format", "json"))
    damage(catalog)
    audited.damaged["json"] = catalog.run("audit", "--format", "json")
    audited.damaged["table"] = catalog.run("audit", "base")
    return audited


def damage(catalog: SmallCatalog) -> None:
    """Do one thing at a time, each at an image and a registry of its own."""
    images = released(catalog)
    leaf, middle, base = images["leaf"].image, images["middle"].image, images["base"].image
    sbom = next(item for item in leaf.platforms[0].referrers if item.kind is EvidenceKind.SBOM)
    delete(place(catalog, "hub", "leaf"), sbom.digest)
    signature = next(item for item in middle.referrers if item.kind is EvidenceKind.SIGNATURE)
    delete(place(catalog, "quay", "middle"), signature.digest)
    retag(place(catalog, "modelers", "base"), "v1", base.platforms[0].digest)
    delete(place(catalog, "quay", "base"), "latest")
    delete(place(catalog, "quay", "leaf"), leaf.digest.permanent_tag)
    delete(place(catalog, "hub", "middle"), middle.platforms[0].digest)


def released(catalog: SmallCatalog) -> dict[str, ReleasedImage]:
    """Give the images of the only release record."""
    staging = Repository(f"{catalog.prefix('staging')}/staging/publisher-records")
    return {item.image.target.image: item for item in read_record(staging, HEAD_TAG).record.images}


def place(catalog: SmallCatalog, registry: str, image: str) -> Repository:
    """Give a repository at a destination."""
    return Repository(f"{catalog.prefix(registry)}/{image}")


def delete(repository: Repository, reference: str) -> None:
    """Delete a manifest or a tag, as somebody with write access could."""
    connection = http.client.HTTPConnection(repository.host, timeout=20)
    try:
        connection.request("DELETE", f"/v2/{repository.path}/manifests/{reference}")
        assert connection.getresponse().status == http.client.ACCEPTED
    finally:
        connection.close()


def retag(repository: Repository, tag: str, digest: Digest) -> None:
    """Let a tag name another digest, as somebody with write access could."""
    client = RegistryClient(repository.host)
    client.put_manifest(repository.path, tag, client.get_manifest(repository.path, digest))


def test_a_whole_catalog_is_clean(audited: Audited) -> None:
    assert audited.clean.code == CLEAN, audited.clean.text
    document = json.loads(audited.clean.out)
    places = len(LAYERS) * len(REGISTRIES)
    assert document == {
        "schema_version": 1,
        "checked": {"tags": places * 3, "digests": places * 2},  # v1, latest and d-…; index and platform
        "findings": [],
    }


def test_damage_is_found_and_nothing_else(audited: Audited) -> None:
    assert audited.damaged["json"].code == FOUND, audited.damaged["json"].text
    permanent = released(audited.catalog)["leaf"].image.digest.permanent_tag
    assert audited.findings == {
        ("A008", "hub", "leaf:v1"), ("A008", "hub", "leaf:latest"),
        ("A006", "quay", "middle:v1"), ("A006", "quay", "middle:latest"),
        ("A005", "hub", "middle:v1"), ("A005", "hub", "middle:latest"),
        ("A003", "modelers", "base:v1"),
        ("A002", "quay", "base:latest"),
        ("A004", "quay", f"leaf:{permanent}"),
    }  # fmt: skip


def test_a_finding_says_where_and_how_to_mend_it(audited: Audited) -> None:
    images = released(audited.catalog)
    finding = audited.finding("A003", "modelers")
    assert finding["digest"] == images["base"].image.platforms[0].digest
    assert images["base"].image.digest in finding["message"]
    assert finding["severity"] == "error"
    assert finding["repair"].startswith("publisher ")
    assert audited.finding("A008", "hub")["digest"] == images["leaf"].image.platforms[0].digest
    assert audited.finding("A006", "quay")["digest"] == images["middle"].image.digest


def test_the_table_shows_what_was_asked_for(audited: Audited) -> None:
    table = audited.damaged["table"]
    assert table.code == FOUND, table.text
    rows = [line for line in table.out.splitlines() if line.startswith("A0")]
    assert sorted(row.split()[0] for row in rows) == ["A002", "A003"]
    assert "modelers" in table.out
    assert "base:latest" in table.out
    assert "leaf" not in table.out


def test_an_audit_writes_nothing(audited: Audited) -> None:
    before = audited.catalog.writes()
    assert audited.catalog.run("audit", "leaf:v1").code == FOUND
    assert audited.catalog.writes() == before


def test_an_alias_is_audited_alone(audited: Audited) -> None:
    ran = audited.catalog.run("audit", "base:latest", "--format", "json")
    assert ran.code == FOUND, ran.text
    document = json.loads(ran.out)
    assert document["checked"]["tags"] == len(REGISTRIES)
    assert [(item["id"], item["tag"]) for item in document["findings"]] == [("A002", "latest")]


def test_a_name_that_no_record_knows_is_not_called_clean(audited: Audited) -> None:
    ran = audited.catalog.run("audit", "laef")
    assert ran.code == 2, ran.text
    assert "no release record names laef" in ran.err
