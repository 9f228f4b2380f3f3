"""Status and republication where a registry holds no referrers, or no indexes."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.steps.standing import Standing
from tests.unit.steps.looking import empty_out, look, republish, standings
from tests.unit.steps.test_poor_registries import MODELERS, has_subject, is_index, poor
from tests.unit.steps.world import QUAY, World


def refuses_both(manifest: object) -> bool:
    return has_subject(manifest) or is_index(manifest)  # type: ignore[arg-type]


@pytest.fixture(params=[", evidence: quay", ", evidence: quay, indexes: false"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    made = poor(tmp_path, request.param, refuses_both if "indexes" in request.param else has_subject)
    report = made.run("empty")
    assert report.exit_code == 0, [str(error) for error in report.errors]
    return made


def test_all_is_in_place_and_evidence_is_looked_for_where_it_is(world: World) -> None:
    assert {tag.standing for tag in look(world).tags} == {Standing.IN_PLACE}
    asked = [one for one in world.registries[MODELERS].requests if one.method == "referrers"]
    assert not asked


def test_evidence_that_is_gone_elsewhere_is_said_and_brought_back(world: World) -> None:
    quay = world.registries[QUAY]
    for named in quay.tagged.values():
        for tag in [tag for tag in named if tag.startswith("sha256-")]:
            del named[tag]
    found = standings(world)
    assert {name for name, _ in found} >= {"modelers"}
    assert set(found.values()) == {Standing.INCOMPLETE}
    assert republish(world, every=True, registry="modelers").exit_code == 0
    assert not standings(world)


def test_a_registry_that_lost_everything_gets_what_it_can_hold(world: World) -> None:
    empty_out(world, MODELERS)
    assert set(standings(world).values()) == {Standing.MISSING}
    report = republish(world, every=True, registry="modelers")
    assert report.exit_code == 0, [str(error) for error in report.errors]
    assert not standings(world)
    assert republish(world, every=True).done.record is None


def test_a_registry_that_keeps_evidence_can_be_named_too(world: World) -> None:
    empty_out(world, QUAY)
    assert republish(world, "top", registry="quay").exit_code == 0
    assert ("modelers", "top:v1") not in standings(world)
