"""The tables before and after a transfer, and their JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from publisher.cli.console import Console, make_console
from publisher.cli.lane_view import costs_plain, lanes_plain, show_costs, show_lanes
from publisher.cli.text import columns
from publisher.transfer.cost import TransferCost
from publisher.transfer.figures import LaneFigures

DONE = {
    "hub": LaneFigures(
        "hub",
        bytes_sent=1_100_000_000, bytes_done=1_100_000_000, bytes_total=1_100_000_000,
        blobs_sent=532, blobs_mounted=104, blobs_there=3, blobs_total=639, manifests=90, referrers=504,
        checked=168, moved=40, requests=4_684, retried=2, waited=0.12345, seconds=20.94, ended=True,
    ),
    "quay": LaneFigures("quay", blobs_there=3, blobs_total=3, requests=9, seconds=0.5, ended=True),
}  # fmt: skip
COSTS = {
    "hub": TransferCost("hub", 40, 1_204, 1_100_000_000, 4_684, 40),
    "quay": TransferCost("quay", 1, 3, 5_000, 84, 0),
    "slow": TransferCost("slow", 1_000, 9, 5_000, 20_001, 0),
}
LIMITS = {"hub": 300, "quay": 300, "slow": 300}


class Terminal(io.StringIO):
    """Standard output on a terminal."""

    def isatty(self) -> bool:
        return True


def console(width: int | None = None, **variables: str) -> Console:
    environment = {"COLUMNS": str(width)} if width else {}
    return make_console({**environment, **variables}, Terminal() if width else io.StringIO(), io.StringIO())


def written(shown: Console) -> str:
    assert isinstance(shown.out.stream, io.StringIO)
    return shown.out.stream.getvalue()


@pytest.mark.parametrize("width", [None, 80, 120])
def test_what_a_transfer_came_to_is_one_table(width: int | None) -> None:
    shown = console(width)
    show_lanes(shown, DONE)
    assert written(shown).splitlines() == [
        "registry  sent  bytes   mounted  there  retried  checked  moved  requests  s",
        "hub       532   1.1 GB  104      3      2        168      40     4,684     21",
        "quay      0     0 B     0        3      0        0        0      9         0.5",
    ]


def test_a_narrow_terminal_gets_sentences() -> None:
    shown = console(50)
    show_lanes(shown, DONE)
    lines = written(shown).splitlines()
    assert lines[:2] == ["hub", "  532 blobs sent (1.1 GB), 104 mounted, 3 already"]
    assert max(map(columns, lines)) <= 50
    assert "4,684 requests (2 retried) in 20.9 s" in " ".join(" ".join(lines).split())


def test_registries_of_one_host_stand_once() -> None:
    shown, both = console(), LaneFigures("hub, mirror", requests=7)
    show_lanes(shown, {"hub": both, "mirror": both})
    assert written(shown).splitlines()[1:] == [
        "hub, mirror  0     0 B    0        0      0        0        0      7         0.0"
    ]


def test_nothing_was_transferred_and_nothing_is_said() -> None:
    shown = console()
    show_lanes(shown, {})
    show_costs(shown, {}, {})
    assert written(shown) == ""


def test_ci_gets_the_table_on_its_page(tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    show_lanes(console(GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(page)), DONE)
    assert "| `hub` | 532 | 1.1 GB | 104 | 3 | 2 | 168 | 40 | 4,684 | 21 |" in page.read_text()


def test_the_figures_as_json() -> None:
    [hub, quay] = json.loads(json.dumps(lanes_plain(DONE)))
    assert (hub["registry"], hub["blobs_sent"], hub["seconds"], hub["waited"]) == ("hub", 532, 20.94, 0.123)
    assert hub.keys() == quay.keys()
    assert {
        "bytes_sent",
        "blobs_mounted",
        "blobs_there",
        "retried",
        "checked",
        "moved",
        "requests",
    } <= hub.keys()
    assert not {"ended", "waiting"} & hub.keys()


def test_what_a_transfer_will_cost_with_what_it_takes_of_the_quota() -> None:
    shown = console(80)
    show_costs(shown, COSTS, {"hub": 300, "quay": 300})
    assert written(shown).splitlines() == [
        "registry  images  blobs  bytes   tags  requests  quota",
        "hub       40      1,204  1.1 GB  40    4,684     15 min or more at 300/min",
        "quay      1       3      5.0 kB  0     84        28% of a minute at 300/min",
        "slow      1,000   9      5.0 kB  0     20,001    no limit set",
    ]


def test_a_narrow_terminal_gets_the_cost_in_sentences() -> None:
    shown = console(40)
    show_costs(shown, COSTS, LIMITS)
    assert max(map(columns, written(shown).splitlines())) <= 40
    assert "up to 84 requests (28% of a minute at 300/min), 5.0 kB, 1 image" in " ".join(
        written(shown).split()
    )


def test_what_takes_more_than_an_hour_is_warned_of() -> None:
    shown = console()
    show_costs(shown, COSTS, LIMITS)
    assert isinstance(shown.err.stream, io.StringIO)
    assert shown.err.stream.getvalue() == (
        "warning: slow: up to 20,001 requests take 66 min or more at 300/min; "
        "the run can be stopped at any time, and goes on from there when it is run again\n"
    )


def test_the_costs_as_json() -> None:
    [hub, quay, slow] = costs_plain(COSTS, {"hub": 300, "slow": 300})
    assert hub == {
        "registry": "hub", "images": 40, "blobs": 1204, "bytes": 1_100_000_000, "requests": 4684, "moves": 40,
        "requests_per_minute": 300, "least_seconds": 900,
    }  # fmt: skip
    assert (quay["requests_per_minute"], quay["least_seconds"]) == (None, 0)
    assert slow["least_seconds"] == 66 * 60
