"""What every fault must end in, and what every mended run must have achieved."""

from __future__ import annotations

import re

from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.records.evidence import INDEX_EVIDENCE, PLATFORM_EVIDENCE, EvidenceKind
from publisher.registry.client import RegistryClient
from tests.integration.small import REGISTRIES, Ran, SmallCatalog

_KIND = "dev.sigstore.bundle.predicateType"


def messages(ran: Ran) -> list[str]:
    """Give each error with its detail and hint, as it was printed."""
    found: list[list[str]] = []
    for line in ran.err.splitlines():
        if line.startswith("error: "):
            found.append([line])
        elif found and line.startswith(("  | ", "  → ")):
            found[-1].append(line)
    return ["\n".join(lines) for lines in found]


def expect_failure(ran: Ran, code: int, *words: str) -> str:
    """Require the exit code, no traceback, and one four-part message that has all the words; give it."""
    assert ran.code == code, ran.text
    assert "Traceback" not in ran.text, ran.text
    assert "this is a bug" not in ran.text, ran.text
    assert "\x1b" not in ran.text, ran.text
    fitting = [text for text in messages(ran) if all(word in text for word in words)]
    assert fitting, f"no message has all of {words}:\n{ran.text}"
    what, *rest = fitting[0].splitlines()
    assert re.fullmatch(r"error: \S.*", what), what
    assert any(line.startswith("  → ") and len(line) > 10 for line in rest), (
        f"it says not what to do:\n{fitting[0]}"
    )
    return fitting[0]


def expect_published(world: SmallCatalog, *images: str) -> None:
    """Require that tags name one digest everywhere, built as the catalog says now, with all evidence."""
    wanted = {name.split(":")[0]: ids["linux/amd64"] for name, ids in world.build_ids().items()}
    for image in images:
        places = [world.tags(registry, image) for registry in REGISTRIES]
        assert all(place == places[0] for place in places), places
        assert places[0].keys() >= {"v1", "latest"}
        assert places[0]["v1"] == places[0]["latest"]
        for registry in REGISTRIES:
            platform = expect_evidence(world, registry, image, places[0]["v1"])
            assert platform == staged(world, wanted[image])


def expect_evidence(world: SmallCatalog, registry: str, image: str, index: Digest) -> Digest:
    """Require each kind of evidence once, on the index and its platform; give the platform's digest."""
    repository = Repository(f"{world.prefix(registry)}/{image}")
    (platform,) = RegistryClient(repository.host).get_manifest(repository.path, index).manifests
    assert kinds(repository, index) == sorted(INDEX_EVIDENCE), (registry, image)
    assert kinds(repository, platform.digest) == sorted(PLATFORM_EVIDENCE), (registry, image)
    return platform.digest


def kinds(repository: Repository, digest: Digest) -> list[EvidenceKind]:
    """Give the kinds of all referrers of a digest, sorted; twice what is there twice."""
    client = RegistryClient(repository.host)
    listed = client.referrers(repository.path, digest)
    manifests = [client.get_manifest(repository.path, item.digest) for item in listed]
    return sorted(EvidenceKind(item.annotations[_KIND]) for item in manifests)


def staged(world: SmallCatalog, build_id: str) -> Digest | None:
    """Give the digest that staging keeps for a BuildId."""
    client = RegistryClient(world.stack.url("staging"))
    tag = "b-" + build_id.removeprefix("sha256:")
    found = client.head_manifest(f"{world.name}/staging/builds", tag)
    return found.digest if found else None
