"""kill -9 at a request, a rerun on another machine, and the laws of order, proved from journals and contents.

`PUBLISHER_KILL_SEED` plays a soak run again.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from random import Random

import pytest

from publisher.records.release import HEAD_TAG, RECORDS_NAME, sequence_tag
from tests.faults import laws
from tests.faults.contents import blobs_there, named, unfinished, wrong_tags
from tests.faults.journal import Exchange
from tests.faults.laws import Place
from tests.faults.play import broken_laws
from tests.faults.prepared import STAGING, Prepared, prepared_release
from tests.faults.world import MOUNTLESS
from tests.stack import Stack

SEED = int(os.environ.get("PUBLISHER_KILL_SEED", "20261122"))
RUNS = 200
PARTS = (0.02, 0.2, 0.45, 0.7, 0.85, 0.97)
"""Where the sample is killed, as parts of all requests of a run."""


@pytest.fixture(scope="module")
def prepared(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """Three attested images."""
    with prepared_release(stack, tmp_path_factory.mktemp("prepared")) as made:
        yield made


@pytest.fixture(scope="module")
def length(prepared: Prepared) -> int:
    """Publish undisturbed; give the number of requests that it takes."""
    began = prepared.fresh()
    ran = prepared.run()
    assert ran.code == 0, ran.text
    expect_laws(prepared, prepared.places, began)
    return sum(item.arrived > began for item in prepared.journal.exchanges)


def test_an_undisturbed_run_keeps_the_laws(prepared: Prepared, length: int) -> None:
    assert length > 100


@pytest.mark.parametrize("part", PARTS)
def test_a_rerun_converges(prepared: Prepared, length: int, part: float) -> None:
    number = max(1, round(part * length))
    play_kill(prepared, number, after=number % 2 == 0)


@pytest.mark.soak
@pytest.mark.parametrize("run", range(RUNS))
def test_a_rerun_converges_wherever_it_was_killed(prepared: Prepared, length: int, run: int) -> None:
    random = Random(f"{SEED} {run}")
    print(f"PUBLISHER_KILL_SEED={SEED}")
    play_kill(prepared, random.randint(1, length), after=random.random() < 0.5)


def play_kill(prepared: Prepared, number: int, *, after: bool) -> None:
    """Kill a run at a request, look, run again, and require the laws of the whole of it."""
    began, places = prepared.fresh(), prepared.places
    killed = prepared.run_killed(number, after=after)
    assert killed.code in (-signal.SIGKILL, 0), killed.text
    wrong = wrong_tags(prepared.destinations, places)
    assert not wrong, (number, after, wrong)

    there = {d.name: blobs_there(d, places) for d in prepared.destinations if d.name not in MOUNTLESS}
    moment = prepared.journal.now
    again = prepared.run()

    assert again.code == 0, (number, after, again.text)
    prepared.journal.settle()
    left = unfinished(prepared.destinations, places)
    assert not left, (number, after, left)
    assert not records_missing(prepared), (number, after)
    images = [item for item in prepared.journal.exchanges if not is_record(item)]
    sent = laws.sent_again(images, there, moment)
    assert not sent, (number, after, sent)
    expect_laws(prepared, places, began, moment)


def records_missing(prepared: Prepared) -> list[str]:
    """Name the destinations whose newest record is not the one of staging."""
    name = prepared.catalog.name
    newest = named(prepared.doors[STAGING], f"{name}/{STAGING}/{RECORDS_NAME}", HEAD_TAG)
    return [
        door.name
        for door in prepared.destinations
        for tag in (HEAD_TAG, sequence_tag(1))
        if named(door, f"{name}/{RECORDS_NAME}", tag) != newest
    ]


def is_record(item: Exchange) -> bool:
    """Tell whether a request is about the chain of records, a transfer of its own of a few kilobytes."""
    return item.address.repository.endswith(f"/{RECORDS_NAME}")


def expect_laws(prepared: Prepared, places: list[Place], began: int, rerun: int = 0) -> None:
    """Require the laws for everything since the world began."""
    passed = [item for item in prepared.journal.exchanges if item.arrived > began]
    copied = [item for item in passed if item.registry != STAGING]
    images = [item for item in copied if not is_record(item)]
    broken = [
        *laws.children_first(copied), *laws.committed_first(passed, STAGING, "r-1"),
        *broken_laws(images, places, MOUNTLESS, rerun),
    ]  # fmt: skip
    assert not broken, broken
