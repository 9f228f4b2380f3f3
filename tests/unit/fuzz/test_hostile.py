"""Nothing that stands in a catalog ends in a traceback, or takes long."""

from __future__ import annotations

import collections
import os
import time

import pytest

from tests.fuzz.bombs import bombs
from tests.fuzz.cases import case, cases
from tests.fuzz.world import NATIVE, OPENEULER, Case, outcome

SAMPLE_SEED, SAMPLE = 4, 1200
SEED = int(os.environ.get("PUBLISHER_FUZZ_SEED", str(int(time.time()) if os.environ.get("CI") else 20260701)))
COUNT = int(os.environ.get("PUBLISHER_FUZZ_COUNT", "100000"))
SAMPLED_BOMBS = [pytest.param(*bomb, id=bomb[0]) for bomb in bombs() if "publisher.yml" not in bomb[0]]
MOST_SECONDS = 1.0
"""Processor time of one input; wall time would measure the neighbours."""


@pytest.mark.parametrize("catalog", [NATIVE, OPENEULER], ids=["native", "openeuler"])
def test_the_catalogs_are_sound(catalog: dict[str, str]) -> None:
    path, text = next(iter(catalog.items()))
    assert outcome(Case(catalog, path, text.encode())) in ("clean", "problems")


def test_a_sample() -> None:
    ends: collections.Counter[str] = collections.Counter()
    for number, one in cases(SAMPLE_SEED, SAMPLE):
        ends[_outcome(SAMPLE_SEED, number, one)] += 1
    assert min(ends[end] for end in ("clean", "problems", "refused")) > SAMPLE // 50, ends


@pytest.mark.soak
def test_many() -> None:
    worst, at = 0.0, 0
    ends: collections.Counter[str] = collections.Counter()
    for number, one in cases(SEED, COUNT):
        before = time.process_time()
        ends[_outcome(SEED, number, one)] += 1
        taken = time.process_time() - before
        if taken > worst:
            worst, at = taken, number
    said = (
        f"PUBLISHER_FUZZ_SEED={SEED}: {COUNT} inputs, {dict(ends)}; number {at} took longest, {worst:.3f} s"
    )
    print(said)
    assert worst < MOST_SECONDS, f"{said}: {case(SEED, at).path}: {case(SEED, at).raw[:500]!r}"


def _outcome(seed: int, number: int, one: Case) -> str:
    try:
        return outcome(one)
    except Exception as error:
        error.add_note(f"seed {seed}, number {number}, {one.path}: {one.raw[:2000]!r}")
        raise


@pytest.mark.parametrize(("name", "one"), SAMPLED_BOMBS)
def test_a_bomb(name: str, one: Case) -> None:
    assert outcome(one)


@pytest.mark.soak
def test_bombs_take_no_longer_than_other_files() -> None:
    slow: dict[str, float] = {}
    for name, one in bombs():
        slow[name] = _taken(one)
        if slow[name] > MOST_SECONDS:
            slow[name] = min(slow[name], _taken(one))  # a busy machine is slow once, a bomb each time
    print({name: round(taken, 2) for name, taken in slow.items() if taken > MOST_SECONDS / 3})
    assert max(slow.values()) < 2 * MOST_SECONDS, slow  # each is read twice, by plan and by lint


def _taken(one: Case) -> float:
    before = time.process_time()
    outcome(one)
    return time.process_time() - before
