"""Plans from files: they must follow from their own commit; numbers and sizes are bounded."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from publisher import codec
from publisher.catalog.target import TargetId
from publisher.cli.arguments import Parser
from publisher.cli.run import add_run_directory
from publisher.cli.step_verb import check_plan, read_bounded
from publisher.errors import PlanError, UsageError
from publisher.oci.build_id import BuildId
from publisher.plan.plan import Plan
from tests.unit.plan.five_layers import first_plan, state

OTHER = BuildId.of(b"other")


def test_a_plan_fits_its_own_commit_also_after_a_round_trip() -> None:
    plan = first_plan()
    check_plan(plan, state())
    check_plan(codec.decode(Plan, codec.pretty(plan)), state())


def test_a_build_of_another_identity_is_refused() -> None:
    plan = first_plan()
    ids = dict.fromkeys(plan.builds[0].build_ids, OTHER)
    with pytest.raises(PlanError, match="does not fit the catalog") as caught:
        check_plan(replace(plan, builds=(replace(plan.builds[0], build_ids=ids),)), state())
    assert caught.value.where == plan.builds[0].target


def test_a_plan_of_other_files_is_refused() -> None:
    with pytest.raises(PlanError):
        check_plan(first_plan(), state({"os/Dockerfile": "FROM ubuntu:22.04\n"}))


@pytest.mark.parametrize("change", [{"registry": "elsewhere"}, {"target": TargetId("no:such")}])
def test_a_move_to_nowhere_or_of_nothing_is_refused(change: dict[str, Any]) -> None:
    plan = first_plan()
    with pytest.raises(PlanError, match="does not fit the catalog"):
        check_plan(replace(plan, moves=(replace(plan.moves[0], **change),)), state())


def test_reading_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "MAX_DOCUMENT", 10)
    path = tmp_path / "plan.json"
    path.write_bytes(b"x" * 100)
    assert len(read_bounded(path)) == 11
    for missing in (tmp_path / "none.json", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            read_bounded(missing)


def parsed(*words: str) -> argparse.Namespace:
    parser = Parser("publisher run")
    add_run_directory(parser)
    return parser.parse_args(words)


def test_jobs() -> None:
    assert parsed("--jobs", "7").jobs == 7
    for text in ("0", "-1", "x", "1.5", "٣", "100000", ""):
        with pytest.raises(UsageError, match="--jobs"):
            parsed(f"--jobs={text}")
