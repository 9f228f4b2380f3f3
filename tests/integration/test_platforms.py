"""Two platforms: one index, evidence on each, and a platform that nothing here runs is said so."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.records.evidence import INDEX_EVIDENCE, PLATFORM_EVIDENCE
from publisher.registry.client import RegistryClient
from tests.integration.expectations import kinds
from tests.integration.small import LAYERS, REGISTRIES, SmallCatalog, small_catalog
from tests.stack import Stack

BOTH = (Platform("linux/amd64"), Platform("linux/arm64"))
LEAST = "policy: {tests: {linux/amd64: native}}"


@pytest.fixture
def catalog(stack: Stack, tmp_path: Path) -> SmallCatalog:
    """The chain of three for amd64 and arm64."""
    made = small_catalog(stack, tmp_path)
    settings = (made.repository / "publisher.yml").read_text(encoding="utf-8")
    builder = f'driver: remote, endpoint: "{stack.endpoint("buildkit")}"'
    settings = settings.replace("[linux/amd64]", "[linux/amd64, linux/arm64]")
    settings = settings.replace("builders: {", f"builders: {{linux/arm64: {{{builder}}}, ")
    made.write("publisher.yml", settings)
    made.commit("Build for arm64 too")
    return made


def allow_untested(catalog: SmallCatalog) -> None:
    """Let arm64 pass without a test."""
    settings = (catalog.repository / "publisher.yml").read_text(encoding="utf-8")
    lowered = LEAST.replace("native}", "native, linux/arm64: untested}")
    catalog.write("publisher.yml", settings.replace(LEAST, lowered))
    catalog.commit("Let arm64 pass untested")


def test_both_platforms_are_published_with_their_evidence(catalog: SmallCatalog) -> None:
    allow_untested(catalog)
    ran = catalog.run("run", "--base", "empty")
    assert ran.code == 0, ran.text
    for registry in REGISTRIES:
        for image in LAYERS:
            repository = Repository(f"{catalog.prefix(registry)}/{image}")
            index = RegistryClient(repository.host).get_manifest(repository.path, "v1")
            assert tuple(item.platform for item in index.manifests) == BOTH
            for item in index.manifests:
                assert kinds(repository, item.digest) == sorted(PLATFORM_EVIDENCE)
            assert kinds(repository, index.digest) == sorted(INDEX_EVIDENCE)
    notes = (catalog.repository / "releases/r-1/notes.md").read_text(encoding="utf-8")
    assert "linux/arm64" in notes
    assert "emulat" in notes or "untested" in notes
    assert catalog.run("audit").code == 0
    again = catalog.run("run")
    assert (again.code, "nothing to do" in again.out) == (0, True), again.text


def test_untested_is_not_enough_unless_the_policy_says_so(catalog: SmallCatalog) -> None:
    """Without a smoke test no platform is tested, whatever runs here."""
    for image in LAYERS:
        meta = (catalog.repository / f"meta/{image}/meta.yml").read_text(encoding="utf-8")
        catalog.write(f"meta/{image}/meta.yml", meta.replace("  smoke: smoke.yml\n", ""))
    catalog.commit("Forget the smoke tests")
    ran = catalog.run("run", "--base", "empty")
    assert ran.code == 5, ran.text
    assert "untested is not enough for linux/" in ran.text
    assert "policy.tests" in ran.text
    assert not any(catalog.all_tags().values())
