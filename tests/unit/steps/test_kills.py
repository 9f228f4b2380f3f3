"""A run that dies at a named point or before a write, and its rerun: the twin of the kills on the stack."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

import publisher
from publisher.records.evidence import EvidenceKind
from tests.fakes.registry import Asked
from tests.unit.steps.world import MID, TOP, Killed, World

SOURCE = Path(publisher.__file__).parent
POINTS = sorted(
    {
        point
        for path in (*(SOURCE / "steps").glob("*.py"), *(SOURCE / "registry" / "engine").glob("*.py"))
        for point in re.findall(r'\.reached\(\s*"([^"]+)"', path.read_text(encoding="utf-8"))
        if not point.startswith("copy:")  # of another verb
    }
)
STRIDE = 17
"""Every how many writes a run is killed; the soak tier takes each."""


@pytest.fixture(scope="module")
def undisturbed(published: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """What the next edition passes and writes when nothing goes wrong."""
    world = published.clone(tmp_path_factory.mktemp("undisturbed"))
    new_edition(world, "undisturbed")
    world.run()
    world.expect_published()
    return world


def new_edition(world: World, name: str) -> None:
    world.change_all({"mid/mid.txt": f"mid, {name}\n", "top/top.txt": f"top, {name}\n"})


def kill_at(world: World, point: str, count: int) -> bool:
    """Run, and die when `point` is passed the `count`-th time; tell whether it was."""
    passed = iter(range(1, 10_000))

    def at_point(reached: str) -> None:
        if world.dead:
            raise Killed
        if reached == point and next(passed) == count:
            world.die()

    world.told.at_point = at_point
    return dies(world)


def kill_at_write(world: World, count: int, base: str | None = None) -> bool:
    """Run, and die before the `count`-th write, counted from 0; tell whether there was one."""
    numbers = iter(range(10_000))

    def on_write(_host: str, _asked: Asked) -> None:
        if next(numbers) == count:
            world.die()

    world.on_write = on_write
    return dies(world, base)


def dies(world: World, base: str | None = None) -> bool:
    try:
        world.run(base)
    except Killed:
        return True
    finally:
        world.revive()
    return False


def expect_convergence(world: World, base: str | None = None) -> None:
    world.expect_whole()
    again = world.run(base)
    assert again.exit_code == 0, [str(error) for error in again.errors]
    world.expect_published()
    written = len(world.writes())
    assert world.run().nothing_to_do
    assert len(world.writes()) == written


def test_the_points_are_all_passed(undisturbed: World) -> None:
    """A point that no run passes would be tested in vain."""
    assert len(POINTS) >= 12
    assert set(POINTS) <= set(undisturbed.told.points)


@pytest.mark.parametrize("point", POINTS)
def test_a_rerun_converges(world: World, undisturbed: World, point: str) -> None:
    """Killed where the point is passed for the first time, and for the last."""
    for count in sorted({1, undisturbed.told.points.count(point)}):
        new_edition(world, f"{point} {count}")
        assert kill_at(world, point, count)
        expect_convergence(world)


def test_a_rerun_converges_after_a_kill_before_a_write(
    published: World, undisturbed: World, tmp_path: Path
) -> None:
    play_writes(published, tmp_path, range(0, len(undisturbed.writes()), STRIDE))


@pytest.mark.soak
def test_a_rerun_converges_after_a_kill_before_each_write(
    published: World, undisturbed: World, tmp_path: Path
) -> None:
    play_writes(published, tmp_path, range(len(undisturbed.writes())))


def play_writes(published: World, directory: Path, counts: Collection[int]) -> None:
    assert len(counts) > 6
    for count in counts:
        world = published.clone(directory / str(count))
        new_edition(world, f"write {count}")
        assert kill_at_write(world, count)
        expect_convergence(world)


@pytest.mark.parametrize(
    "point", ["build:stated", "publish:contents", "publish:record-signed", "publish:committed"]
)
def test_a_first_run_that_died_is_run_again(tmp_path: Path, point: str) -> None:
    world = World(tmp_path)

    def at_point(reached: str) -> None:
        if reached == point:
            world.die()

    world.told.at_point = at_point
    assert dies(world, "empty")
    expect_convergence(world, "empty")
    assert [record.sequence for record in world.records()] == [1]


def test_what_was_built_and_stated_is_not_built_again(world: World) -> None:
    new_edition(world, "kept")
    built = len(world.builder.builds)
    assert kill_at(world, "publish:contents", 1)
    assert world.run().exit_code == 0
    assert world.builder.builds[built:] == [MID, TOP]


def test_a_rerun_brings_the_outcome_to_destinations_that_lack_it(world: World) -> None:
    """Killed between the signed outcome in staging and its copies."""
    new_edition(world, "no outcome at the destinations")
    assert kill_at(world, "release:outcome", 1)
    newest = world.chain()[-1].digest
    for host in ("hub.test", "quay.test"):
        outcomes = [kind for kind in claims(world, host, newest) if kind is EvidenceKind.OUTCOME]
        assert not outcomes
    world.run()
    world.expect_chain()


def claims(world: World, host: str, digest: str) -> Iterator[EvidenceKind]:
    """Give the kinds that referrers of a record at a host claim."""
    registry, path = world.registries[host], "us/publisher-records"
    for manifest in registry.manifests[path].values():
        if manifest.subject and manifest.subject.digest == digest:
            yield EvidenceKind(manifest.annotations["dev.sigstore.bundle.predicateType"])


def test_the_head_of_the_chain_is_read_past_a_lagging_tag_and_mended_by_the_next_run(world: World) -> None:
    new_edition(world, "lagging head")
    assert kill_at(world, "publish:committed", 1)
    newest = max(world.staging.tagged["us/publisher-records"], key=sequence)
    digest = world.staging.tagged["us/publisher-records"][newest]
    written = len(world.writes())
    assert world.runner().chain.head().digest == digest  # type: ignore[union-attr]
    assert len(world.writes()) == written, "reading the chain must not write"
    dry = world.run(dry_run=True)
    assert dry.exit_code == 0
    assert len(world.writes()) == written, "nor must a dry run"
    world.run()
    assert world.staging.tagged["us/publisher-records"]["head"] == digest
    assert world.staging.tagged["us/publisher-records"]["head"] == world.chain()[-1].digest


def sequence(tag: str) -> int:
    return int(tag.removeprefix("r-")) if tag.startswith("r-") else 0
