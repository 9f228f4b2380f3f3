"""What a person reads after a run."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from publisher.cli.console import make_console
from publisher.cli.report_view import TRANSFER_FILE, show_report
from publisher.errors import BuildError
from publisher.plan.plan import Plan
from publisher.records.release import Move
from publisher.steps.run import RunReport
from tests.fakes.engine import FakeImage
from tests.unit.steps.world import World


def shown(report: RunReport, world: World) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    show_report(make_console({}, out, err), report, world.bench())
    return out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


def test_a_release_is_a_table_of_what_moved(world: World) -> None:
    out, err = shown(world.first(), world)
    assert "hub.test/us/mid:latest" in out
    assert "internal layers, by permanent tag: os:v1" in out
    assert "release notes: forge://r-1" in out
    assert err == ""


def test_what_each_registry_got_is_shown_and_kept(world: World) -> None:
    world.change("side/side.txt", "side 2\n")
    report = world.run()
    bench, out = world.bench(), io.StringIO()
    show_report(make_console({}, out, io.StringIO()), report, bench)
    assert "registry  sent  bytes" in out.getvalue()
    kept = json.loads((bench.run_directory / TRANSFER_FILE).read_text())
    assert kept["schema_version"] == 1
    found = {one["registry"]: one for one in kept["registries"]}
    assert found["hub"]["moved"] == sum(move.registry == "hub" for move in moves_of(report))
    assert found["hub"]["requests"] == bench.registry("hub.test").traffic.requests


def moves_of(report: RunReport) -> tuple[Move, ...]:
    assert report.record is not None
    return report.record.moves


def test_what_is_left_and_why_and_the_error_at_the_end(world: World) -> None:
    world.engine.otherwise = FakeImage(obliging=True, failing=frozenset({"speaks"}))
    world.change("mid/mid.txt", "mid 2\n")
    out, err = shown(world.run(), world)
    assert "unfinished" in out
    assert "mid:v1 failed in the step test" in out
    assert "logs and the JSON of each step: " in out
    assert "smoke test failed: speaks" in err


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (RunReport(nothing_to_do=True), "nothing to do: this commit is released, and nothing is left"),
        (RunReport(Plan("a", "b")), "nothing to build, test or move"),
    ],
)
def test_nothing_to_do(tmp_path: Path, report: RunReport, words: str) -> None:
    out, err = shown(report, World(tmp_path))
    assert out.strip() == words
    assert err == ""


def test_the_exit_code_is_that_of_the_earliest_phase() -> None:
    from publisher.errors import PublisherError, RegistryError, ReleaseError

    errors: tuple[PublisherError, ...] = (ReleaseError("8"), BuildError("4"), RegistryError("7"))
    assert RunReport(errors=errors).exit_code == 4
    assert RunReport().exit_code == 0
