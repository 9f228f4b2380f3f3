"""`publisher try` on uncommitted files, with the real tools and images of kilobytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest

from tests.integration.small import LAYERS, Ran, SmallCatalog, small_catalog
from tests.stack import Stack

ALL = ("staging", "hub", "quay", "modelers", "upstream")


@pytest.fixture
def catalog(stack: Stack, tmp_path: Path) -> SmallCatalog:
    """A committed catalog without its private key, in a terminal without credentials."""
    made = small_catalog(stack, tmp_path)
    (made.repository / "keys" / "cosign.key").unlink()
    made.environment = {"COSIGN_PASSWORD": "", "DOCKER_CONFIG": str(tmp_path / "nobody")}
    return made


@pytest.fixture(scope="module")
def published(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> SmallCatalog:
    """A catalog whose three layers are in staging; each test that edits it puts the files back."""
    made = small_catalog(stack, tmp_path_factory.mktemp("published"))
    ran = made.run("run", "--base", "empty")
    assert ran.code == 0, ran.text
    return made


@pytest.fixture(autouse=True)
def nothing_is_written_anywhere(request: pytest.FixtureRequest, stack: Stack) -> Iterator[None]:
    """Prove it with the access logs of every registry, and with the engine's list of images."""
    if "published" in request.fixturenames:
        request.getfixturevalue("published")
    with closing(docker.APIClient(stack.endpoint("docker"))) as client:
        images = nameless(client)
        before = {name: len(stack.requests(name)) for name in ALL}
        yield
        answered = [item for name in ALL for item in stack.requests(name)[before[name] :]]
        assert [item for item in answered if item.method not in {"GET", "HEAD"}] == []
        assert nameless(client) <= images, "an image stayed in the engine"


def nameless(client: docker.APIClient) -> set[str]:
    """Give the images that nobody named, as one is that was loaded for a test."""
    return {
        image["Id"] for image in client.images(filters={"dangling": True}) if not image.get("RepoDigests")
    }


def steps(ran: Ran, step: str, word: str) -> list[str]:
    """Give the images whose step ended so, in order."""
    return re.findall(rf"{step} +(\w+):v1 linux/amd64  {word}\b", ran.err)


def test_uncommitted_changes_are_built_with_their_parents_in_order(catalog: SmallCatalog) -> None:
    catalog.write("meta/base/base.txt", "base, an edition that nobody committed\n")
    catalog.write("meta/leaf/leaf.txt", "leaf, another edition\n")

    ran = catalog.run("try", "leaf:v1")

    assert ran.code == 0, ran.text
    assert steps(ran, "build", "done") == list(LAYERS)
    assert steps(ran, "test", "done") == ["leaf"]
    assert re.search(r"leaf:v1 +linux/amd64 +passed +native, 1 checks", ran.out), ran.out
    (log,) = re.findall(r"log of leaf:v1: (\S+)", ran.out)
    assert "ok: " in Path(log).read_text()
    assert not list(Path(log).parents[1].glob("images")), "the layouts were left behind"


def test_an_unchanged_parent_comes_from_staging_verified_with_the_public_key(published: SmallCatalog) -> None:
    original = (published.repository / "meta/leaf/leaf.txt").read_text()
    published.write("meta/leaf/leaf.txt", "leaf, a trial edition\n")
    try:
        ran = published.run("try", "leaf", COSIGN_PASSWORD="")
    finally:
        published.write("meta/leaf/leaf.txt", original)
    assert ran.code == 0, ran.text
    assert "middle:v1 linux/amd64 is unchanged: taken from staging (verified)" in ran.err
    assert steps(ran, "build", "done") == ["leaf"]


def test_a_changed_parent_is_built_on_its_own_unchanged_parent(published: SmallCatalog) -> None:
    original = (published.repository / "meta/middle/middle.txt").read_text()
    published.write("meta/middle/middle.txt", "middle, a trial edition\n")
    try:
        ran = published.run("try", "leaf:v1")
    finally:
        published.write("meta/middle/middle.txt", original)
    assert ran.code == 0, ran.text
    assert "base:v1 linux/amd64 is unchanged: taken from staging (verified)" in ran.err
    assert steps(ran, "build", "done") == ["middle", "leaf"]


def test_without_staging_the_parents_are_built_here(catalog: SmallCatalog) -> None:
    settings = (catalog.repository / "publisher.yml").read_text()
    catalog.write("publisher.yml", settings.replace(catalog.stack.url("staging"), "127.0.0.1:9"))
    ran = catalog.run("try", "leaf:v1")
    assert ran.code == 0, ran.text
    assert "staging cannot be asked, so all parents are built here" in ran.err
    assert steps(ran, "build", "done") == list(LAYERS)


def test_a_failing_build_is_exit_4_with_the_tools_words(catalog: SmallCatalog) -> None:
    catalog.write("meta/middle/Dockerfile", "ARG BASE\nFROM ${BASE}\nCOPY not-there /x\n")
    ran = catalog.run("try", "leaf:v1")
    assert ran.code == 4, ran.text
    assert '"/not-there": not found' in ran.err
    assert re.search(r"leaf:v1 +linux/amd64 +not built +needs middle:v1 linux/amd64, which failed", ran.out)
    assert "Traceback" not in ran.text


def test_a_failing_test_is_exit_5_with_the_checks_words(catalog: SmallCatalog) -> None:
    catalog.write("meta/leaf/leaf.txt", "the word is missing\n")
    ran = catalog.run("try", "leaf:v1")
    assert ran.code == 5, ran.text
    assert re.search(r"leaf:v1 +linux/amd64 +failed +native, 1 of 1 checks failed", ran.out), ran.out
    assert "'edition' is not in" in ran.err
    (log,) = re.findall(r"the whole log: (\S+)", ran.err)
    assert "FAILED" in Path(log).read_text()


def test_problems_of_an_ancestor_are_shown_with_their_place_and_exit_2(catalog: SmallCatalog) -> None:
    catalog.write("meta/base/meta.yml", "v1:\n  path: Dockerfile\n  smoke: nowhere.yml\n")
    catalog.write("meta/other/meta.yml", "v1:\n  path: nowhere\n")
    ran = catalog.run("try", "leaf:v1")
    assert ran.code == 2, ran.text
    assert re.search(r"^meta/base/meta\.yml:1:1: error: .*nowhere\.yml", ran.out, re.MULTILINE), ran.out
    assert "meta/other" not in ran.text
    assert "leaf:v1 cannot be built" in ran.err


def test_an_unknown_target_is_answered_with_the_nearest(catalog: SmallCatalog) -> None:
    ran = catalog.run("try", "laef:v1")
    assert ran.code == 2
    assert "did you mean leaf" in ran.err


def test_a_platform_that_is_not_declared_is_refused(catalog: SmallCatalog) -> None:
    ran = catalog.run("try", "leaf:v1", "--platform", "linux/s390x")
    assert ran.code == 2
    assert "its platforms are linux/amd64" in ran.err


def test_an_unlocked_base_is_exit_4_and_says_what_to_run(catalog: SmallCatalog) -> None:
    catalog.write("meta/base/Dockerfile", "FROM docker.io/library/nowhere:1\nCOPY base.txt /base.txt\n")
    ran = catalog.run("try", "leaf:v1")
    assert ran.code == 4, ran.text
    assert "docker.io/library/nowhere:1 is not locked for linux/amd64" in ran.err
    assert "publisher refresh bases" in ran.err


def test_a_platform_that_no_engine_runs_is_built_and_called_untested(catalog: SmallCatalog) -> None:
    settings = (catalog.repository / "publisher.yml").read_text()
    catalog.write("publisher.yml", settings.replace("linux/amd64", "linux/wasm"))
    ran = catalog.run("try", "leaf:v1")
    assert ran.code == 0, ran.text
    assert re.search(r"leaf:v1 +linux/wasm +untested +no docker engine here runs linux/wasm", ran.out), (
        ran.out
    )


def test_a_repository_without_a_commit_can_be_tried(catalog: SmallCatalog) -> None:
    (catalog.repository / ".git" / "refs" / "heads" / "main").unlink()
    ran = catalog.run("try", "base:latest", "--keep", "--run-dir", str(catalog.repository.parent / "kept"))
    assert ran.code == 0, ran.text
    (layout,) = (catalog.repository.parent / "kept" / "images").iterdir()
    assert (layout / "index.json").is_file()


def test_the_working_tree_and_the_index_stay_as_they_were(catalog: SmallCatalog) -> None:
    index = (catalog.repository / ".git" / "index").read_bytes()
    catalog.write("meta/base/base.txt", "base, an edition\n")
    assert catalog.run("try", "base").code == 0
    assert (catalog.repository / ".git" / "index").read_bytes() == index
