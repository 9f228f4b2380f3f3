"""Registries that hold less than everything: no referrers, no indexes, no OCI media types."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from publisher.audit.report import Report
from publisher.errors import RegistryError
from publisher.oci.descriptor import Descriptor
from publisher.oci.manifest import Manifest
from publisher.oci.reference import Repository, is_reserved_tag
from publisher.records.release import ReleaseRecord
from publisher.steps.audit import AuditStep
from tests.fakes.registry import Asked, FakeRegistry
from tests.unit.steps.world import FILES, HUB, LOCK, MID, ON_PLATFORM, OS, QUAY, SETTINGS, TOP, World
from tests.unit.steps.world import moved as moves_of

MODELERS = "modelers.test"
RECORDS = "us/publisher-records"
Refuses = Callable[[Manifest], bool]


class PoorRegistry(FakeRegistry):
    """Refuses kinds of manifests, in the client's words."""

    refuses: Refuses = staticmethod(lambda _: False)

    def put_manifest(self, repository: str, reference: str, manifest: Manifest) -> Descriptor:
        """Refuse, or store."""
        if self.refuses(manifest):
            raise RegistryError(
                "the registry refused",
                where=self.host,
                detail=f"PUT /v2/{repository}/manifests/{reference}: 400 MANIFEST_INVALID no",
            )
        return super().put_manifest(repository, reference, manifest)


def has_subject(manifest: Manifest) -> bool:
    return manifest.subject is not None or manifest.artifact_type is not None


def is_index(manifest: Manifest) -> bool:
    return manifest.is_index


def poor(directory: Path, options: str, refuses: Refuses, *, files: dict[str, str] | None = None) -> World:
    """Make a catalog whose modelers has these options, and refuses what is named."""
    settings = SETTINGS.replace("routes:", f"  modelers: {{prefix: {MODELERS}/us{options}}}\nroutes:")
    routes = '[top], to: [modelers]}\n  - {images: ["*"], to: [hub, quay, modelers]'
    settings = settings.replace('["*"], to: [hub, quay]', routes)
    world = World(directory, {**FILES, "publisher.yml": settings, **(files or {})})
    world.add_registry("modelers", MODELERS)
    made = PoorRegistry(MODELERS, referrers_api=False)
    made.refuses = refuses
    made.on_request = world.registries[MODELERS].on_request
    world.registries[MODELERS] = made
    return world


def audit(world: World, *only: str) -> Report:
    runner = world.runner()
    return AuditStep(runner.bench, runner.chain, only).run()


def record_of(world: World) -> ReleaseRecord:
    return world.records()[-1]


class TestEvidenceElsewhere:
    """`evidence: quay`."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        world = poor(tmp_path, ", evidence: quay", has_subject)
        report = world.run("empty")
        assert report.exit_code == 0, [str(error) for error in report.errors]
        return world

    def test_images_are_at_one_and_what_proves_them_at_the_other(self, world: World) -> None:
        place, keeper = world.registries[MODELERS], world.registries[QUAY]
        index = world.tags(MODELERS)["top"]["v1"]
        assert world.tags(MODELERS)["top"] == {"v1": index, "one": index}
        for path, held in place.manifests.items():
            assert not any(has_subject(manifest) for manifest in held.values())
            for manifest in held.values():
                if manifest.is_index:
                    assert place.tagged[path][manifest.digest.permanent_tag] == manifest.digest
                    world.expect_evidence(Repository(f"{QUAY}/{path}"), manifest.digest)
        assert "us/top" not in {path for path, named in keeper.tagged.items() if "v1" in named}
        assert keeper.tagged["us/top"].keys() >= {index.permanent_tag}
        assert all(is_reserved_tag(tag) for tag in keeper.tagged["us/top"])

    def test_records_are_where_evidence_is(self, world: World) -> None:
        assert RECORDS not in world.registries[MODELERS].tagged
        for host in (HUB, QUAY):
            assert "r-1" in world.registries[host].tagged[RECORDS]
        (top,) = [item for item in record_of(world).images if item.image.target == TOP]
        assert {(place.registry, place.evidence) for place in top.destinations} == {
            ("modelers", "quay"), ("quay", None),
        }  # fmt: skip
        assert ("quay", "top:v1") not in moves_of(record_of(world))
        assert world.run().nothing_to_do

    def test_the_audit_is_clean_and_looks_at_the_keeper(self, world: World) -> None:
        verdict = audit(world)
        assert verdict.findings == ()
        assert verdict.checked.digests > 0
        asked = {
            asked.repository for host, asked in world.log if host == MODELERS and asked.method == "referrers"
        }
        assert not asked

    def test_evidence_that_is_lost_is_found_by_the_audit(self, world: World) -> None:
        index = world.tags(MODELERS)["top"]["v1"]
        del world.registries[QUAY].tagged["us/top"][index.fallback_tag]
        found = [item for item in audit(world, TOP).findings if item.registry == "modelers"]
        assert {item.id for item in found} >= {"A006", "A009"}
        assert {item.tag for item in found} == {"v1", "one"}
        assert all("at quay" in item.message for item in found)
        assert {item.repair for item in found} == {"publisher republish top:v1 --registry quay"}

    def test_contents_that_the_keeper_lacks_stop_every_tag(self, world: World) -> None:
        before = world.all_tags()
        world.change("top/top.txt", "top 2\n")

        def fail(host: str, asked: Asked) -> None:
            if host == QUAY and asked.repository == "us/top":
                raise RegistryError("not today", where=QUAY)

        world.on_write = fail
        report = world.run()
        assert report.exit_code == 7
        assert "required registry quay" in report.errors[0].what
        assert world.all_tags() == before
        world.revive()
        assert world.run().exit_code == 0
        assert audit(world).is_clean

    def test_an_optional_one_lags_alone(self, tmp_path: Path) -> None:
        world = poor(tmp_path, ", evidence: quay, required: false", has_subject)
        world.registries[MODELERS].down = True
        assert world.run("empty").exit_code == 0
        index = next(item.image for item in record_of(world).images if item.image.target == TOP)
        world.expect_evidence(Repository(f"{QUAY}/us/top"), index.digest)
        assert audit(world).is_clean
        world.registries[MODELERS].down = False
        built = list(world.builder.builds)
        assert world.run().exit_code == 0
        assert world.builder.builds == built
        assert world.tags(MODELERS)["top"]["v1"] == index.digest
        assert audit(world).is_clean
        assert record_of(world).unfinished == ()
        assert world.run().nothing_to_do

    def test_without_the_setting_the_error_names_it(self, tmp_path: Path) -> None:
        report = poor(tmp_path, "", has_subject).run("empty")
        assert report.exit_code == 7
        assert "registries.modelers.evidence" in report.errors[0].hint


class TestNoIndexes:
    """`indexes: false`."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        world = poor(
            tmp_path, ", evidence: quay, indexes: false", lambda one: has_subject(one) or is_index(one)
        )
        report = world.run("empty")
        assert report.exit_code == 0, [str(error) for error in report.errors]
        return world

    def test_a_tag_names_the_one_platform(self, world: World) -> None:
        registry = world.registries[MODELERS]
        image = next(item.image for item in record_of(world).images if item.image.target == MID)
        (platform,) = image.platforms
        assert world.tags(MODELERS)["mid"] == {"v1": platform.digest, "latest": platform.digest}
        assert registry.tagged["us/mid"][platform.digest.permanent_tag] == platform.digest
        assert world.tags(HUB)["mid"] == {"v1": image.digest, "latest": image.digest}
        assert not any(one.is_index for held in registry.manifests.values() for one in held.values())
        at = {item.tag: item.latest for item in record_of(world).moves if item.registry == "modelers"}
        assert at == {"v1": False, "one": False, "latest": True}

    def test_the_audit_is_clean_and_nothing_is_left(self, world: World) -> None:
        assert audit(world).findings == ()
        assert world.run().nothing_to_do
        world.change("mid/mid.txt", "mid 2\n")
        assert world.run().exit_code == 0
        assert audit(world).findings == ()

    def test_layers_are_kept_by_platform(self, world: World) -> None:
        image = next(item.image for item in record_of(world).images if item.image.target == OS)
        assert world.registries[MODELERS].tagged["us/layers"] == {
            image.platforms[0].digest.permanent_tag: image.platforms[0].digest
        }

    def test_the_audit_finds_another_manifest_under_the_tag(self, world: World) -> None:
        tagged = world.registries[MODELERS].tagged
        tagged["us/mid"]["v1"], before = tagged["us/top"]["v1"], tagged["us/mid"]["v1"]
        world.registries[MODELERS].manifests["us/mid"].update(world.registries[MODELERS].manifests["us/top"])
        assert {item.id for item in audit(world, MID).findings} == {"A003"}
        tagged["us/mid"]["v1"] = before
        del world.registries[QUAY].tagged["us/mid"][before.fallback_tag]
        found = [item for item in audit(world, MID).findings if item.registry == "modelers"]
        assert {item.id for item in found} == {"A006", "A008", "A009", "A011"}

    def test_evidence_of_platforms_may_be_beside_them(self, tmp_path: Path) -> None:
        world = poor(tmp_path, ", indexes: false", is_fat_index)
        assert world.run("empty").exit_code == 0
        digest = world.tags(MODELERS)["top"]["v1"]
        assert world.kinds(Repository(f"{MODELERS}/us/top"), digest) == ON_PLATFORM
        assert audit(world).findings == ()
        world.expect_chain()

    def test_without_the_setting_the_error_names_it(self, tmp_path: Path) -> None:
        report = poor(tmp_path, ", evidence: quay", lambda one: has_subject(one) or is_index(one)).run(
            "empty"
        )
        assert report.exit_code == 7
        assert "registries.modelers.indexes" in report.errors[0].hint

    def test_each_of_several_platforms_has_a_tag(self, tmp_path: Path) -> None:
        world = two_platforms(tmp_path)
        assert world.run("empty").exit_code == 0
        image = next(item.image for item in record_of(world).images if item.image.target == MID)
        amd64, arm64 = (item.digest for item in image.platforms)
        assert world.tags(MODELERS)["mid"] == {
            "v1-amd64": amd64, "v1-arm64": arm64, "latest-amd64": amd64, "latest-arm64": arm64,
        }  # fmt: skip
        last = {item.tag for item in record_of(world).moves if item.registry == "modelers" and item.latest}
        assert last == {"latest-amd64", "latest-arm64"}
        assert audit(world).findings == ()
        assert audit(world, "top:one").checked.tags == 2
        assert world.run().nothing_to_do

    def test_a_retired_tag_is_promised_for_no_platform(self, tmp_path: Path) -> None:
        world = two_platforms(tmp_path)
        world.run("empty")
        less = FILES["top/meta.yml"].replace(", aliases: [one]", "")
        world.change_all({"top/meta.yml": less, "top/top.txt": "top 2\n"})
        assert world.run().exit_code == 0
        del world.registries[MODELERS].tagged["us/top"]["one-arm64"]
        assert audit(world).findings == ()


def two_platforms(directory: Path) -> World:
    """Make the catalog of a registry without indexes, its images for two platforms each."""
    more = LOCK.replace('"linux/amd64": ', f'"linux/arm64": "sha256:{"b" * 64}"\n      "linux/amd64": ')
    world = poor(
        directory, ", evidence: quay, indexes: false", lambda one: has_subject(one) or is_index(one),
        files={"publisher.lock": more},
    )  # fmt: skip
    settings = world.content["publisher.yml"].replace("[linux/amd64]", "[linux/amd64, linux/arm64]")
    settings = settings.replace("linux/amd64: untested", "linux/amd64: untested, linux/arm64: untested")
    world.change("publisher.yml", settings)
    return world


def is_fat_index(manifest: Manifest) -> bool:
    """Tell an index of platforms from a list of referrers."""
    return manifest.is_index and any(one.platform for one in manifest.manifests)


def test_a_setting_that_comes_later_moves_the_tags(tmp_path: Path) -> None:
    world = poor(tmp_path, "", lambda _: False)
    assert world.run("empty").exit_code == 0
    index = world.tags(MODELERS)["mid"]["v1"]
    text = world.content["publisher.yml"]
    world.change("publisher.yml", text.replace(f"{MODELERS}/us", f"{MODELERS}/us, indexes: false"))
    built = list(world.builder.builds)
    assert world.run().exit_code == 0
    assert world.builder.builds == built
    assert world.tags(MODELERS)["mid"]["v1"] != index
    assert world.tags(HUB)["mid"]["v1"] == index
    assert audit(world).findings == ()


def test_a_registry_of_another_family_of_media_types_is_told_by_the_error(tmp_path: Path) -> None:
    world = poor(tmp_path, "", lambda one: ".oci." in one.media_type)
    report = world.run("empty")
    assert report.exit_code == 7
    assert "format: docker" in report.errors[0].hint
    assert world.tags(HUB) == {}


def test_a_refusal_for_what_is_missing_advises_nothing(tmp_path: Path) -> None:
    world = poor(tmp_path, "", lambda _: False)

    def refuse(host: str, asked: Asked) -> None:
        if host == MODELERS and asked.method == "put_manifest":
            detail = f"PUT /v2/x/manifests/{asked.reference}: 400 MANIFEST_BLOB_UNKNOWN"
            raise RegistryError("the registry refused", detail=detail)

    world.on_write = refuse
    report = world.run("empty")
    assert "publisher.yml" not in report.errors[0].hint
    assert report.exit_code == 7
