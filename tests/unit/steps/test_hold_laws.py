"""Whatever is merged, rolled back and thawed in whatever order: the tags are where a simple model says."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.oci.build_id import BuildId
from publisher.records.timeline import Timeline
from tests.unit.steps.amending import names, rollback, thaw
from tests.unit.steps.world import HUB, MID, World

STEPS = 7
"""Most things that are done in one story."""


@dataclass
class Model:
    """What the names of one image should name: builds, by their identity."""

    newest: BuildId
    tagged: BuildId
    held: BuildId | None = None
    known: list[BuildId] = field(default_factory=list)

    def merge(self, built: BuildId) -> None:
        """Build something, perhaps the same as before."""
        self.newest = built
        if self.held != built:
            self.tagged, self.held = built, None
        if built not in self.known:
            self.known.append(built)

    @property
    def older(self) -> list[BuildId]:
        """Give what one can go back to."""
        return [one for one in self.known if one not in (self.newest, self.tagged)]

    def roll_back(self, to: BuildId) -> None:
        """Go there, and hold back what is newest."""
        self.tagged, self.held = to, self.newest

    def thaw(self) -> None:
        """Go on."""
        self.tagged, self.held = self.newest, None


@dataclass
class Story:
    """A world and its model, side by side."""

    world: World
    model: Model
    random_: random.Random

    def go_on(self) -> None:
        """Do something at random."""
        options = [self.merge, self.merge, self.touch_other, self.run_everything]
        options += [self.roll_back] * 3 if self.model.older else []
        options += [self.thaw] if self.model.held else []
        self.random_.choice(options)()

    def merge(self) -> None:
        """Change the image or its parent, perhaps back to what was before."""
        image = self.random_.choice(["mid", "mid", "os"])
        self._run({f"{image}/{image}.txt": f"edition {self.random_.randrange(3)}\n"})

    def touch_other(self) -> None:
        """Change another image, or give this one a name more."""
        if self.random_.random() < 0.3:
            alias = f"a{self.random_.randrange(1000)}"
            entry = self.world.content["mid/meta.yml"].replace(
                "latest: true", f"latest: true, aliases: [{alias}]"
            )
            entry = entry if entry.count("aliases") == 1 else self.world.content["mid/meta.yml"]
            self._run({"mid/meta.yml": entry})
        else:
            self._run({"side/side.txt": f"side {self.random_.randrange(1000)}\n"})

    def run_everything(self) -> None:
        """Run as if nothing had been released."""
        assert self.world.run("empty").exit_code == 0
        self.model.merge(self.world.build_id(MID))

    def _run(self, changes: dict[str, str | None]) -> None:
        self.world.change_all(changes)
        report = self.world.run()
        assert report.exit_code == 0, [str(error) for error in report.errors]
        self.model.merge(self.world.build_id(MID))
        if self.model.held is None:  # names that it got meanwhile are published too
            assert self.world.published_builds().items() >= self._wanted()

    def roll_back(self) -> None:
        """Go back to something, by its digest or by a record at which it was current."""
        to = self.random_.choice(self.model.older)
        timeline = Timeline.of(self.world.records())
        found = next(one for one in timeline.versions(MID) if to in one.build_ids.values())
        then = [n for n in range(1, len(timeline.records) + 1) if timeline.at(n).current(MID) == found]
        words = [found.digest.hex[:20], *map(str, then)]
        assert rollback(self.world, MID, self.random_.choice(words)).exit_code == 0
        self.model.roll_back(to)

    def thaw(self) -> None:
        """End the hold."""
        assert thaw(self.world, "mid:latest").exit_code == 0
        self.model.thaw()

    def expect(self) -> None:
        """Compare."""
        timeline = Timeline.of(self.world.records())
        current, newest = timeline.current(MID), timeline.newest(MID)
        assert current is not None
        assert newest is not None
        assert names(self.world, MID) == {current.digest}
        assert set(current.build_ids.values()) == {self.model.tagged}
        assert set(newest.build_ids.values()) == {self.model.newest}
        hold = timeline.holds.get(MID)
        assert (set(hold.build_ids.values()) if hold else {None}) == {self.model.held}
        self.world.expect_whole()

    def _wanted(self) -> set[tuple[tuple[str, str, str], BuildId]]:
        return {(key, one) for key, one in self.world.desired_builds().items() if key[:2] == (HUB, "mid")}


def play(published: World, seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = published.clone(Path(folder))
        first = world.build_id(MID)
        story = Story(world, Model(first, first, known=[first]), random.Random(seed))
        for _ in range(STEPS):
            story.go_on()
            story.expect()


@settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_a_later_merge_does_not_undo_a_rollback(published: World, seed: int) -> None:
    play(published, seed)


@pytest.mark.soak
@settings(deadline=None, max_examples=400, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_a_later_merge_does_not_undo_a_rollback_at_length(published: World, seed: int) -> None:
    play(published, seed)
