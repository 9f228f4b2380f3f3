"""Registries that are or go away: no tag moves too early, and the next run does the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher import codec
from publisher.oci.descriptor import RELEASE_RECORD
from publisher.oci.reference import Repository
from publisher.records.release import HEAD_TAG, ReleaseRecord, Step
from publisher.registry.artifacts import OrasArtifacts
from tests.integration.expectations import expect_evidence, expect_failure
from tests.integration.gate import no_version_tags
from tests.integration.gated import IMAGE, Gated
from tests.integration.pause_at import run_paused
from tests.integration.small import REGISTRIES


def newest_record(gated: Gated) -> ReleaseRecord:
    """Read the newest release record of staging."""
    repository = Repository(
        f"{gated.catalog.stack.url('staging')}/{gated.catalog.name}/staging/publisher-records"
    )
    return codec.decode(
        ReleaseRecord, OrasArtifacts(lambda _: None).pull(repository, HEAD_TAG, RELEASE_RECORD)[1]
    )


def is_content_write(method: str, path: str) -> bool:
    """Tell a request that writes contents from one about release records."""
    return method in ("POST", "PUT", "PATCH") and "/publisher-records/" not in path


@pytest.mark.parametrize("registry", ["staging", "quay"])
def test_a_registry_that_is_down_before_the_run(gated: Gated, registry: str) -> None:
    gated.new_edition(f"{registry} is down")
    before, tags = gated.catalog.writes(), gated.catalog.all_tags()
    gated.gates[registry].close()

    ran = gated.catalog.run("run")

    expect_failure(ran, 7, "the registry does not answer", gated.gates[registry].host, "run it again")
    assert not any(gated.writes_since(before).values())
    assert gated.catalog.all_tags() == tags
    gated.converges()


@pytest.mark.parametrize("count", [0, 7])
def test_a_destination_that_goes_down_among_the_contents(gated: Gated, count: int) -> None:
    gated.new_edition(f"quay goes down after {count} writes")
    tags = gated.catalog.all_tags()
    gated.gates["quay"].fall_shut_after(count, is_content_write)

    ran = gated.catalog.run("run")

    expect_failure(
        ran, 7, "required registry quay", "no tag moved anywhere", gated.gates["quay"].host, "run again"
    )
    assert gated.catalog.all_tags() == tags
    record = newest_record(gated)
    assert [(item.target, item.step) for item in record.unfinished] == [(f"{IMAGE}:v1", Step.PUBLISH)]
    assert not record.moves

    after = gated.catalog.writes()
    gated.converges()
    expect_no_contents_again(
        gated, {name: found for name, found in gated.writes_since(after).items() if name != "quay"}
    )


def expect_no_contents_again(gated: Gated, written: dict[str, list[str]]) -> None:
    """Require that only tags and release records were written: no blob, no manifest, no referrer again."""
    for name, requests in written.items():
        contents = [line for line in requests if "/publisher-records/" not in line]
        if name == "staging":
            assert not contents, contents
            continue
        path = f"/v2/{gated.catalog.name}/{IMAGE}/manifests"
        assert contents == [f"PUT {path}/v1", f"PUT {path}/latest"], (name, contents)


def test_a_destination_that_refuses_tags_after_the_commit_is_rolled_forward(gated: Gated) -> None:
    gated.new_edition("quay takes no tags")
    tags = gated.catalog.all_tags()
    gated.gates["quay"].rule = no_version_tags

    ran = gated.catalog.run("run")

    expect_failure(ran, 7, "the registry does not answer", gated.gates["quay"].host)
    moved = gated.catalog.all_tags()
    assert moved["quay", IMAGE] == tags["quay", IMAGE]
    for name in REGISTRIES:
        assert moved[name, IMAGE]["latest"] == tags[name, IMAGE]["latest"], (
            "latest moves after all version tags"
        )
        expect_evidence(gated.catalog, name, IMAGE, moved[name, IMAGE]["v1"])
    after = gated.catalog.writes()

    gated.open_all()
    again = gated.catalog.run("run")

    assert again.code == 0, again.text
    assert "finishing release" in again.err
    path = f"/v2/{gated.catalog.name}/{IMAGE}/manifests"
    written = gated.writes_since(after)
    assert [line for line in written["quay"] if "publisher-records" not in line] == [
        f"PUT {path}/v1",
        f"PUT {path}/latest",
    ]
    gated.converges()


def test_a_destination_that_goes_down_at_the_commit_point(gated: Gated, tmp_path: Path) -> None:
    gated.new_edition("hub goes down at the commit")
    tags = gated.catalog.all_tags()
    ran = run_paused(gated.catalog, "publish:committed", tmp_path, gated.gates["hub"].close, "run")
    expect_failure(ran, 7, "the registry does not answer", gated.gates["hub"].host)
    assert gated.catalog.all_tags()["hub", IMAGE] == tags["hub", IMAGE]
    expect_failure(gated.catalog.run("run"), 7, gated.gates["hub"].host)
    gated.converges()


@pytest.mark.parametrize(("count", "codes"), [(0, (4, 7)), (9, (4, 6, 7))])
def test_staging_that_goes_down_in_the_middle(gated: Gated, count: int, codes: tuple[int, ...]) -> None:
    gated.new_edition(f"staging goes down after {count} writes")
    tags = gated.catalog.all_tags()
    gated.gates["staging"].fall_shut_after(count, lambda method, _: method in ("POST", "PUT", "PATCH"))
    ran = gated.catalog.run("run")
    assert ran.code in codes, ran.text
    expect_failure(ran, ran.code, gated.gates["staging"].host)
    assert gated.catalog.all_tags() == tags
    gated.converges()
