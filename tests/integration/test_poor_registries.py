"""Real registries behind proxies that refuse what some registries cannot hold, and one that goes away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.records.evidence import INDEX_EVIDENCE, PLATFORM_EVIDENCE
from publisher.registry.client import RegistryClient
from tests.integration.expectations import expect_evidence, expect_failure, kinds, staged
from tests.integration.gated import IMAGE, only_base
from tests.integration.small import SmallCatalog, small_catalog
from tests.stack import Stack
from tests.stack.refusing import Refused, RefusingRegistry, refusing_before

pytestmark = pytest.mark.timeout(300)
MODELERS = "modelers"
FULL = ("hub", "quay")


@dataclass
class Poor:
    """The small catalog; its modelers is reached through the proxy."""

    catalog: SmallCatalog
    proxy: RefusingRegistry

    def say(self, options: str) -> None:
        """Give modelers these options in `publisher.yml`, and commit."""
        path = self.catalog.repository / "publisher.yml"
        prefix = f'"{self.proxy.host}/{self.catalog.name}"'
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"  modelers: \{.*\}", f"  modelers: {{prefix: {prefix}{options}}}", text)
        self.catalog.write("publisher.yml", text)
        self.catalog.commit(f"modelers{options}")

    def new_edition(self, text: str) -> None:
        """Commit a change of the image."""
        self.catalog.write(f"meta/{IMAGE}/{IMAGE}.txt", f"an edition {text}, {self.catalog.name}\n")
        self.catalog.commit(text)

    def index(self) -> Digest:
        """Give what the registries that take everything agree on."""
        places = [self.catalog.tags(name, IMAGE) for name in FULL]
        assert places[0] == places[1]
        assert places[0]["v1"] == places[0]["latest"]
        for name in FULL:
            platform = expect_evidence(self.catalog, name, IMAGE, places[0]["v1"])
            assert platform == staged(self.catalog, self.catalog.build_ids()[f"{IMAGE}:v1"]["linux/amd64"])
        return places[0]["v1"]

    def audit(self) -> list[dict[str, str]]:
        """Audit everything; give the findings."""
        ran = self.catalog.run("audit", "--format", "json")
        assert ran.code in (0, 6), ran.text
        found: list[dict[str, str]] = json.loads(ran.out)["findings"]
        return found

    def expect_idle(self) -> None:
        """Require a run that writes nothing anywhere."""
        before = self.catalog.writes()
        ran = self.catalog.run("run")
        assert ran.code == 0, ran.text
        assert {name: len(found) for name, found in self.catalog.writes().items()} == {
            name: len(found) for name, found in before.items()
        }


@pytest.fixture
def poor(stack: Stack, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Poor]:
    with refusing_before(stack.url(MODELERS), *request.param) as proxy:
        made = Poor(small_catalog(stack, tmp_path), proxy)
        only_base(made.catalog)
        yield made


@pytest.mark.parametrize("poor", [(Refused.ARTIFACTS,)], indirect=True, ids=["artifacts"])
def test_images_go_there_and_their_evidence_elsewhere(poor: Poor) -> None:
    catalog = poor.catalog
    poor.say("")
    refused = catalog.run("run", "--base", "empty")
    expect_failure(refused, 7, "modelers", "manifest with a subject", "registries.modelers.evidence")
    assert not any(catalog.tags(name, IMAGE) for name in (*FULL, MODELERS))

    poor.say(", evidence: quay")
    poor.proxy.refused.clear()
    ran = catalog.run("run", "--base", "empty")
    assert ran.code == 0, ran.text
    assert not poor.proxy.refused, "nothing that it refuses is brought there"
    index = poor.index()
    assert catalog.tags(MODELERS, IMAGE) == {"v1": index, "latest": index}
    assert kinds(Repository(f"{catalog.prefix(MODELERS)}/{IMAGE}"), index) == []
    assert poor.audit() == []
    poor.expect_idle()


@pytest.mark.parametrize("poor", [(Refused.ARTIFACTS, Refused.INDEXES)], indirect=True, ids=["both"])
def test_a_registry_without_indexes_holds_platforms(poor: Poor) -> None:
    catalog = poor.catalog
    poor.say(", evidence: quay, indexes: false")
    ran = catalog.run("run", "--base", "empty")
    assert ran.code == 0, ran.text
    assert not poor.proxy.refused
    client = RegistryClient(catalog.stack.url(MODELERS))
    index = poor.index()
    platform = staged(catalog, catalog.build_ids()[f"{IMAGE}:v1"]["linux/amd64"])
    assert platform
    assert catalog.tags(MODELERS, IMAGE) == {"v1": platform, "latest": platform}
    kept = client.head_manifest(f"{catalog.name}/{IMAGE}", platform.permanent_tag)
    assert kept
    assert kept.digest == platform
    keeper = Repository(f"{catalog.prefix('quay')}/{IMAGE}")
    assert kinds(keeper, index) == sorted(INDEX_EVIDENCE)
    assert kinds(keeper, platform) == sorted(PLATFORM_EVIDENCE)
    assert poor.audit() == []
    poor.expect_idle()


@pytest.mark.parametrize("poor", [(Refused.OCI_TYPES,)], indirect=True, ids=["oci types"])
def test_a_registry_of_docker_types_only(poor: Poor) -> None:
    catalog = poor.catalog
    poor.say(", evidence: quay")
    refused = catalog.run("run", "--base", "empty")
    expect_failure(refused, 7, "modelers", "application/vnd.oci.image.manifest.v1+json", "format: docker")
    path = catalog.repository / "publisher.yml"
    text = path.read_text(encoding="utf-8").replace("version: 1\n", "version: 1\nformat: docker\n")
    catalog.write("publisher.yml", text)
    catalog.commit("Docker's media types")
    ran = catalog.run("run", "--base", "empty")
    assert ran.code == 0, ran.text
    index = poor.index()
    assert catalog.tags(MODELERS, IMAGE) == {"v1": index, "latest": index}
    assert poor.audit() == []


@pytest.mark.parametrize("poor", [()], indirect=True, ids=["away"])
def test_an_optional_registry_that_is_away_for_a_whole_run(poor: Poor) -> None:
    catalog = poor.catalog
    poor.say(", required: false")
    assert catalog.run("run", "--base", "empty").code == 0
    before = catalog.tags(MODELERS, IMAGE)
    poor.new_edition("while modelers is away")
    poor.proxy.close()

    ran = catalog.run("run")

    assert ran.code == 0, ran.text
    assert "optional registry modelers" in ran.err
    assert poor.index() != before["v1"]
    assert catalog.tags(MODELERS, IMAGE) == before
    poor.expect_idle()

    poor.proxy.open()
    marks = catalog.writes()
    back = catalog.run("run")
    assert back.code == 0, back.text
    index = poor.index()
    assert catalog.tags(MODELERS, IMAGE) == {"v1": index, "latest": index}
    expect_evidence(catalog, MODELERS, IMAGE, index)
    staging = [item.path for item in catalog.writes()["staging"][len(marks["staging"]) :]]
    assert not [path for path in staging if "/builds/" in path], "nothing is built or attested again"
    assert poor.audit() == []
    poor.expect_idle()
