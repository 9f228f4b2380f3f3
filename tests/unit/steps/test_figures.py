"""What a transaction will cost and came to, by registry."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.catalog.settings import RegistrySettings, Settings
from publisher.errors import RegistryError
from publisher.ports.progress import Progress
from publisher.ports.transfer import LaneReport
from publisher.records.release import DestinationState, RegistryOutcome
from publisher.steps.figures import figures_of, tell_costs, with_traffic
from publisher.transfer.cost import TransferCost
from publisher.transfer.figures import LaneFigures
from tests.unit.steps.world import World

SETTINGS = Settings(
    "https://example.com",
    registries={"hub": RegistrySettings("hub", "hub.test/us", requests_per_minute=300)},
)


class Heard(Progress):
    """Keeps notes and warnings."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        """Keep it."""
        self.said.append(text)

    def warning(self, text: str, *, file: str = "", line: int = 0) -> None:
        """Keep it."""
        self.said.append(f"warning: {text}")


def moved(registry: str, tags: int) -> RegistryOutcome:
    return RegistryOutcome(registry, DestinationState.COMPLETE, tags)


def test_each_registry_hears_one_line_and_a_warning_where_it_takes_hours() -> None:
    heard = Heard()
    small, large = TransferCost("quay", 1, 3, 5_000, 84, 2), TransferCost("hub", 9, 9, 9, 30_000, 0)
    tell_costs(heard, SETTINGS, {"quay": small, "hub": large})
    assert heard.said[:2] == [
        "quay: up to 84 requests, 5.0 kB, 1 image, 2 tags",
        "hub: up to 30,000 requests (99 min or more at 300/min), 9 B, 9 images",
    ]
    assert [line.split(" take")[0] for line in heard.said[2:]] == ["warning: hub: up to 30,000 requests"]


def test_tags_that_moved_are_added_to_the_contents() -> None:
    reports = {"hub": LaneReport(LaneFigures("hub", blobs_sent=3)), "idle": LaneReport(LaneFigures("idle"))}
    found = figures_of(reports, [moved("hub", 2), moved("quay", 1), moved("modelers", 0)])
    assert found == {
        "hub": LaneFigures("hub", blobs_sent=3, moved=2),
        "idle": LaneFigures("idle"),
        "quay": LaneFigures("quay", moved=1, ended=True),
    }


def test_names_of_one_host_share_their_tags_too() -> None:
    both = LaneFigures("hub, mirror")
    reports = {"hub": LaneReport(both), "mirror": LaneReport(both, RegistryError("no"))}
    found = figures_of(reports, [moved("hub", 2), moved("mirror", 1)])
    assert found == {"hub": replace(both, moved=3), "mirror": replace(both, moved=3)}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


def test_a_run_says_before_what_it_asks_and_after_what_it_did(world: World) -> None:
    report = world.first()
    notes = [note for note in world.told.notes if note.startswith(("hub: ", "quay: "))]
    assert [note.split(" requests")[0].partition(":")[0] for note in notes] == ["hub", "quay"]
    assert (report.figures["hub"].moved, report.figures["quay"].moved) == (
        sum(move.registry == "hub" for move in report.record.moves) if report.record else 0,
        sum(move.registry == "quay" for move in report.record.moves) if report.record else 0,
    )
    complete = with_traffic(world.bench(), {**report.figures, "gone": LaneFigures("gone", requests=1)})
    asked = world.bench().registry("hub.test").traffic.requests
    assert (complete["hub"].requests, complete["gone"].requests) == (asked, 1)
    assert asked > report.figures["hub"].requests
