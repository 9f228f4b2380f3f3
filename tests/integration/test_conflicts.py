"""Somebody else at work: moved tags, a second publisher, planted builds and records, rewritten history."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from publisher import codec
from publisher.oci.descriptor import RELEASE_RECORD
from publisher.oci.digest import Digest
from publisher.oci.manifest import parse_manifest
from publisher.oci.reference import Repository
from publisher.records.release import HEAD_TAG, ReleaseRecord, sequence_tag
from publisher.registry.artifacts import OrasArtifacts
from publisher.registry.client import RegistryClient
from tests.demo.repository import git
from tests.integration.expectations import expect_failure, expect_published, staged
from tests.integration.gated import IMAGE, Gated
from tests.integration.pause_at import run_paused
from tests.integration.small import Ran


def move_tag(gated: Gated, registry: str, tag: str) -> Digest:
    """Move a tag to a manifest of nobody's making; give its digest."""
    repository = Repository(f"{gated.catalog.prefix(registry)}/{IMAGE}")
    client = RegistryClient(repository.host)
    foreign = parse_manifest(client.get_manifest(repository.path, tag).raw + b"\n")
    client.put_manifest(repository.path, tag, foreign)
    return foreign.digest


def test_a_tag_that_somebody_else_moves_stays_until_force(gated: Gated, tmp_path: Path) -> None:
    gated.new_edition("somebody moves a tag")
    foreign: list[Digest] = []

    ran = run_paused(
        gated.catalog,
        "publish:committed",
        tmp_path,
        lambda: foreign.append(move_tag(gated, "quay", "v1")),
        "run",
    )

    words = ("somebody else moved tags", "quay", f"{IMAGE}:v1 names {foreign[0].short}", "--force")
    expect_failure(ran, 7, *words)
    assert gated.catalog.tags("quay", IMAGE)["v1"] == foreign[0]
    expect_failure(gated.catalog.run("run"), 7, *words)
    assert gated.catalog.tags("quay", IMAGE)["v1"] == foreign[0]
    gated.converges("--force")
    assert gated.catalog.run("run").code == 0


def test_a_tag_that_was_moved_before_the_plan_is_moved_on(gated: Gated) -> None:
    """The plan looks at every tag, and the record says from which digest it moved."""
    gated.new_edition("somebody moved a tag long ago")
    foreign = move_tag(gated, "hub", "latest")
    ran = gated.catalog.run("run")
    assert ran.code == 0, ran.text
    assert foreign.short in ran.out
    expect_published(gated.catalog, IMAGE)


def test_a_second_publisher_is_turned_away(gated: Gated, tmp_path: Path) -> None:
    gated.new_edition("two at once")
    second: list[Ran] = []
    first = run_paused(
        gated.catalog, "plan:made", tmp_path, lambda: second.append(gated.catalog.run("run")), "run"
    )
    expect_failure(
        second[0], 7, "another publisher", f"{gated.catalog.name}/staging", "wait until it has ended"
    )
    assert first.code == 0, first.text
    expect_published(gated.catalog, IMAGE)


def test_a_planted_build_is_replaced_with_a_warning(gated: Gated) -> None:
    """A `b-` tag counts only with a statement about that very build; another build's does not do."""
    builds = f"{gated.catalog.name}/staging/builds"
    client = RegistryClient(gated.catalog.stack.url("staging"))
    known = staged(gated.catalog, build_id(gated))
    assert known
    gated.new_edition("somebody plants a build")
    for planted in (
        client.get_manifest(builds, known),
        parse_manifest(client.get_manifest(builds, known).raw + b"\n"),
    ):
        tag = "b-" + build_id(gated).removeprefix("sha256:")
        client.put_manifest(builds, tag, planted)
        ran = gated.catalog.run("run")
        assert ran.code == 0, ran.text
        assert re.search(rf"warning: .*:{tag} .*valid build statement.* replaced", ran.err), ran.err
        assert staged(gated.catalog, build_id(gated)) != planted.digest
        expect_published(gated.catalog, IMAGE)
        gated.new_edition("another one is planted")
    gated.converges()


def build_id(gated: Gated) -> str:
    """Give the BuildId of the image as it is now."""
    return gated.catalog.build_ids()[f"{IMAGE}:v1"]["linux/amd64"]


def chain(gated: Gated, registry: str) -> Repository:
    """Give the repository of release records at a registry."""
    if registry == "staging":
        return Repository(
            f"{gated.catalog.stack.url('staging')}/{gated.catalog.name}/staging/publisher-records"
        )
    return Repository(f"{gated.catalog.prefix(registry)}/publisher-records")


def newest(gated: Gated) -> tuple[Digest, ReleaseRecord]:
    """Read the newest release record of staging."""
    descriptor, raw = OrasArtifacts(lambda _: None).pull(chain(gated, "staging"), HEAD_TAG, RELEASE_RECORD)
    return descriptor.digest, codec.decode(ReleaseRecord, raw)


@contextmanager
def planted_record(gated: Gated, registry: str, record: ReleaseRecord, tag: str) -> Iterator[Digest]:
    """Plant an unsigned record under a tag, and give the tag back afterwards."""
    repository = chain(gated, registry)
    client = RegistryClient(repository.host)
    before = client.head_manifest(repository.path, tag)
    pushed = OrasArtifacts(lambda _: None).push(repository, tag, RELEASE_RECORD, codec.canonical(record), {})
    try:
        yield pushed.digest
    finally:
        folder = gated.catalog.stack.directory / registry / "store"
        if before:
            client.put_manifest(repository.path, tag, client.get_manifest(repository.path, before.digest))
        else:
            (found,) = folder.rglob(f"{repository.path}/_manifests/tags/{tag}")
            shutil.rmtree(found)


def test_an_unsigned_record_in_staging_is_refused(gated: Gated) -> None:
    gated.converges()
    digest, last = newest(gated)
    tags, before = gated.catalog.all_tags(), gated.catalog.writes()
    following = replace(last, sequence=last.sequence + 1, previous=digest, why="a plant")
    gated.new_edition("beside a planted record")
    for tag in (sequence_tag(following.sequence), HEAD_TAG):
        with planted_record(gated, "staging", following, tag):
            before = gated.catalog.writes()
            ran = gated.catalog.run("run")
            expect_failure(ran, 7, f"release record {following.sequence} is not signed", "signing")
            assert not any(gated.writes_since(before).values())
            assert gated.catalog.all_tags() == tags
    gated.converges()


def test_a_destination_with_a_higher_record_is_refused(gated: Gated) -> None:
    gated.converges()
    _, last = newest(gated)
    tags = gated.catalog.all_tags()
    gated.new_edition("beside a forked chain")
    with planted_record(gated, "hub", replace(last, sequence=last.sequence + 5), HEAD_TAG):
        before = gated.catalog.writes()
        ran = gated.catalog.run("run")
        message = expect_failure(ran, 7, f"holds release record {last.sequence + 5}", "staging does not know")
        assert "hub" in message or gated.gates["hub"].host in message
        assert not any(gated.writes_since(before).values())
        assert gated.catalog.all_tags() == tags
    gated.converges()


def test_a_staging_that_lost_its_records_is_noticed_at_the_destinations(gated: Gated) -> None:
    """Without any record in staging, records at a destination are a higher sequence."""
    gated.converges()
    settings = (gated.catalog.repository / "publisher.yml").read_text()
    tags = gated.catalog.all_tags()
    gated.catalog.write("publisher.yml", settings.replace('/staging"', '/emptied"'))
    commit = gated.catalog.commit("Staging is another")
    ran = gated.catalog.run("run", "--base", "empty")
    expect_failure(ran, 7, "holds release record", "staging does not know")
    assert gated.catalog.all_tags() == tags
    git(gated.catalog.repository, "reset", "--quiet", "--hard", f"{commit}~1")
    gated.converges()


def test_a_head_beside_the_last_release_is_refused(gated: Gated) -> None:
    gated.converges()
    repository, before = gated.catalog.repository, gated.catalog.writes()
    released = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "--quiet", "-b", "beside", f"{released}~1")
    gated.new_edition("beside the release")
    try:
        for words in (["run"], ["run", "--base", "empty"], ["run", "--head", f"{released}~1"]):
            expect_failure(gated.catalog.run(*words), 3, "does not descend from", released[:12], "merge")
    finally:
        git(repository, "checkout", "--quiet", "main")
        git(repository, "branch", "--quiet", "-D", "beside")
    assert not any(gated.writes_since(before).values())


@pytest.mark.parametrize(
    ("option", "revision"),
    [
        ("--base", "no-such-branch"),
        ("--head", "0" * 40),
        ("--head", "HEAD:publisher.yml"),
        ("--base", "--upload-pack=x"),
    ],
)
def test_a_revision_that_is_not_here(gated: Gated, option: str, revision: str) -> None:
    expect_failure(gated.catalog.run("plan", f"{option}={revision}"), 3, revision[:20], "fetch")


def test_a_shallow_clone_says_how_to_deepen_it(gated: Gated, tmp_path: Path) -> None:
    gated.converges()
    for number in (1, 2):
        gated.new_edition(f"shallow {number}")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", gated.catalog.repository.as_uri(), str(clone))
    shutil.copy(gated.catalog.repository / "keys/cosign.key", clone / "keys/cosign.key")
    before = gated.catalog.writes()
    expect_failure(
        replace(gated.catalog, repository=clone).run("run"), 3, "shallow clone", "git fetch --unshallow"
    )
    assert not any(gated.writes_since(before).values())
    git(clone, "fetch", "--quiet", "--unshallow")
    ran = replace(gated.catalog, repository=clone).run("run")
    assert ran.code == 0, ran.text
    expect_published(gated.catalog, IMAGE)
