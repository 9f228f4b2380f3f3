"""A finished run, run again: no registry is written to and no tool is started for nothing."""

from __future__ import annotations

import re

from tests.integration.expectations import expect_published
from tests.integration.gated import IMAGE, Gated


def test_a_rerun_writes_nothing_and_starts_no_tool_that_makes_things(gated: Gated) -> None:
    gated.converges()
    before, tags = gated.catalog.writes(), gated.catalog.all_tags()

    again = gated.catalog.run("run", "--verbose")

    assert again.code == 0, again.text
    assert "nothing to do" in again.out
    assert not any(gated.writes_since(before).values()), gated.writes_since(before)
    assert gated.catalog.all_tags() == tags
    assert not re.search(r"\$ (?:cosign (?:sign|attest)\b|buildx|docker|syft)", again.text), again.text


def test_a_new_commit_that_changes_no_image_writes_nothing(gated: Gated) -> None:
    gated.converges()
    gated.catalog.write("README.md", f"read me, {gated.editions}\n")
    gated.catalog.commit("Explain")
    before = gated.catalog.writes()

    ran = gated.catalog.run("run", "--verbose")

    assert ran.code == 0, ran.text
    assert "nothing to build, test or move" in ran.out
    assert not any(gated.writes_since(before).values()), gated.writes_since(before)
    assert not re.search(r"\$ (?:cosign (?:sign|attest)\b|buildx|docker|syft)", ran.text), ran.text


def test_a_dry_run_writes_nothing_and_a_run_then_does_it(gated: Gated) -> None:
    gated.new_edition("dry run")
    before, tags = gated.catalog.writes(), gated.catalog.all_tags()

    dry = gated.catalog.run("run", "--dry-run")

    assert dry.code == 0, dry.text
    assert f"{IMAGE}:v1" in dry.out
    assert not any(gated.writes_since(before).values()), gated.writes_since(before)
    assert gated.catalog.all_tags() == tags
    gated.converges()


def test_a_lost_run_directory_changes_nothing(gated: Gated) -> None:
    """Only registries are needed to converge: the state folder is a diagnostic and a lock."""
    gated.converges()
    before = gated.catalog.writes()
    again = gated.catalog.run("run", XDG_STATE_HOME=str(gated.catalog.repository.parent / "another-state"))
    assert again.code == 0, again.text
    assert not any(gated.writes_since(before).values())
    expect_published(gated.catalog, IMAGE)
