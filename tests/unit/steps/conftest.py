"""A published catalog in memory, made once; each test goes on with a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.steps.world import World


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A published catalog; nobody goes on with it."""
    world = World(tmp_path_factory.mktemp("published"))
    world.first()
    return world


@pytest.fixture
def world(published: World, tmp_path: Path) -> World:
    """The published catalog, to go on with."""
    return published.clone(tmp_path)
