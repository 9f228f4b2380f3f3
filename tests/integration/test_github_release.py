"""A run whose forge is GitHub: one release for the record, made once, whatever happens in between."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.github import Fault, GitHubDouble
from tests.integration.small import SmallCatalog, small_catalog
from tests.stack import Stack

ASSET = "release-record.json"


@pytest.fixture
def github() -> Iterator[GitHubDouble]:
    """A double of GitHub on loopback, where published releases are immutable."""
    with GitHubDouble(immutable=True) as running:
        yield running


@pytest.fixture
def catalog(stack: Stack, tmp_path: Path, github: GitHubDouble) -> SmallCatalog:
    """The small catalog with GitHub as its forge."""
    made = small_catalog(stack, tmp_path)
    settings = (made.repository / "publisher.yml").read_text(encoding="utf-8")
    forge = f'{{kind: github, repository: {github.repository}, api: "{github.url}", token_env: FORGE_TOKEN}}'
    made.write("publisher.yml", settings.replace("{kind: local, directory: releases}", forge))
    github.state.commits.add(made.commit("Release on GitHub"))
    made.environment["FORGE_TOKEN"] = github.token
    return made


def test_a_release_is_published_once_with_the_record(catalog: SmallCatalog, github: GitHubDouble) -> None:
    refused = catalog.run("run", "--base", "empty", FORGE_TOKEN="never-shown")
    assert refused.code == 8, refused.text
    assert "token" in refused.text
    assert "never-shown" not in refused.text
    assert all(catalog.all_tags().values()), "tags do not wait for the forge"

    killed = catalog.run("release:forge", "run", program=("-m", "tests.integration.kill_at"))
    assert killed.code == -signal.SIGKILL, killed.text
    again = catalog.run("run")
    assert again.code == 0, again.text
    (release,) = github.state.all()
    assert (release.tag_name, release.draft) == ("r-1", False)
    assert [asset.name for asset in release.assets] == [ASSET]
    assert "## What moved" in (release.body or "")
    assert "nothing to do" in catalog.run("run").out


def test_a_forge_that_fails_half_way_is_finished_by_a_rerun(
    catalog: SmallCatalog, github: GitHubDouble
) -> None:
    github.fail(Fault("POST", "/assets", 502))
    broken = catalog.run("run", "--base", "empty")
    assert broken.code == 8, broken.text
    again = catalog.run("run")
    assert again.code == 0, again.text
    (release,) = github.state.all()
    assert not release.draft
