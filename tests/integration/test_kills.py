"""kill -9 at named points, then a rerun: the same tags → BuildIds as an undisturbed run, all evidence."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.records.release import ReleaseRecord
from publisher.registry.client import RegistryClient
from tests.integration.expectations import expect_evidence, expect_published
from tests.integration.small import LAYERS, SmallCatalog, small_catalog
from tests.stack import Stack

POINTS = (
    "plan:made", "build:pushed", "build:stated", "build:tagged@2", "test:passed", "index:written",
    "attest:sbom@2", "attest:signed", "publish:contents", "publish:record-signed", "publish:committed",
    "publish:tag@2", "release:forge", "release:outcome",
)  # fmt: skip
"""At least one in every step; `@N` is the Nth time that the point is passed.

Publishing itself is killed at any request in `test_publish_kills.py`.
"""
WHOLE_CHAIN = ("build:tagged@2", "attest:sbom@2")
"""Where all three layers change, so that several nodes are under way; elsewhere the last one does."""
KILLED = ("-m", "tests.integration.kill_at")


@pytest.fixture(scope="module")
def world(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> SmallCatalog:
    """A catalog on which all kills are played, one edition of its files after the other."""
    catalog = small_catalog(stack, tmp_path_factory.mktemp("kills"))
    first = catalog.run("run", "--base", "empty")
    assert first.code == 0, first.text
    return catalog


@pytest.mark.parametrize("point", POINTS)
def test_a_rerun_converges(world: SmallCatalog, point: str) -> None:
    before = world.all_tags()
    for image in LAYERS if point in WHOLE_CHAIN else LAYERS[-1:]:
        world.write(f"meta/{image}/{image}.txt", f"{image}, edition of {point}\n")
    world.commit(f"New edition {point}")

    killed = world.run(point, "run", program=KILLED)
    assert killed.code == -signal.SIGKILL, killed.text
    expect_complete_or_unmoved(world, before)

    again = world.run("run")
    assert again.code == 0, again.text
    expect_published(world, *LAYERS)
    assert "nothing to do" in world.run("run").out


def expect_complete_or_unmoved(world: SmallCatalog, before: dict[tuple[str, str], dict[str, Digest]]) -> None:
    """No tag may name a digest whose platforms and evidence are not complete at that registry."""
    for (registry, image), tags in world.all_tags().items():
        for tag, digest in tags.items():
            if digest != before[registry, image].get(tag):
                expect_evidence(world, registry, image, digest)


def test_the_chain_has_no_gaps(world: SmallCatalog, tmp_path: Path) -> None:
    """Every record names the one before it, however often runs were killed."""
    from publisher import codec
    from publisher.oci.descriptor import RELEASE_RECORD
    from publisher.registry.artifacts import OrasArtifacts

    repository = Repository(f"{world.stack.url('staging')}/{world.name}/staging/publisher-records")
    store = OrasArtifacts(lambda host: None)
    previous, sequence = None, 0
    while True:
        sequence += 1
        found = RegistryClient(repository.host).head_manifest(repository.path, f"r-{sequence}")
        if found is None:
            break
        descriptor, content = store.pull(repository, f"r-{sequence}", RELEASE_RECORD)
        record = codec.decode(ReleaseRecord, content)
        assert (record.sequence, record.previous) == (sequence, previous)
        previous = descriptor.digest
    assert sequence - 1 >= 1
