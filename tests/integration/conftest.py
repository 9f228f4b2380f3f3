"""What the integration tests share: the five merges played once, and a catalog behind gates."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.gated import Gated, gated_catalog
from tests.integration.world import World, open_world, play_five_merges
from tests.stack import Stack


@pytest.fixture(scope="session")
def demo(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The demo's five merges, played once a session."""
    return play_five_merges(open_world(stack, tmp_path_factory.mktemp("demo")))


@pytest.fixture(scope="session")
def the_gated(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gated]:
    """A released catalog of one image behind gates, for outages, refusals and conflicts."""
    with gated_catalog(stack, tmp_path_factory.mktemp("gated")) as made:
        yield made


@pytest.fixture
def gated(the_gated: Gated) -> Iterator[Gated]:
    """The same with all gates open, before and after the test."""
    the_gated.open_all()
    yield the_gated
    the_gated.open_all()
