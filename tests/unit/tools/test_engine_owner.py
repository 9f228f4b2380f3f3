"""Telling the leftovers of a killed run from the work of a living one."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.tools.engine_owner import MAX_FOREIGN_AGE, Owner, is_left_behind


@pytest.fixture
def here() -> Owner:
    found = Owner.of(os.getpid())
    assert found
    return found


def test_it_is_written_and_read(here: Owner) -> None:
    assert Owner.parse(str(here)) == here


@pytest.mark.parametrize("label", ["", "x", "#1.2", "place#x.2", "place#1", "place#1."])
def test_another_label_is_none(label: str) -> None:
    assert Owner.parse(label) is None


def test_a_program_s_name_with_brackets_does_not_mislead(tmp_path: Path) -> None:
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text("boot\n")
    (tmp_path / "self/ns").mkdir(parents=True)
    (tmp_path / "self/ns/pid").symlink_to("pid:[1]")
    (tmp_path / "7").mkdir()
    (tmp_path / "7/stat").write_text("7 (a) b (c)) S " + " ".join(str(number) for number in range(4, 30)))
    assert Owner.of(7, tmp_path) == Owner("boot/pid:[1]", 7, "22")


def test_the_living_are_left_alone_and_the_dead_are_not(here: Owner) -> None:
    assert not is_left_behind(str(here), 10 * MAX_FOREIGN_AGE, here)
    assert is_left_behind(str(replace(here, started="1")), 0, here)


@pytest.mark.parametrize("label", ["elsewhere#1.2", "", "nonsense"])
def test_what_cannot_be_looked_at_is_judged_by_its_age(here: Owner, label: str) -> None:
    assert not is_left_behind(label, MAX_FOREIGN_AGE - 1, here)
    assert is_left_behind(label, MAX_FOREIGN_AGE + 1, here)
    assert not is_left_behind(label, 0, None)
