"""Play one scenario: copy with the fault, look at every tag, copy again without, look at everything."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tests.faults import laws
from tests.faults.actor import Copyist, Ended
from tests.faults.contents import blobs_there, unfinished, wrong_tags
from tests.faults.journal import Exchange
from tests.faults.kinds import Kind
from tests.faults.laws import Place
from tests.faults.rules import ALWAYS, Fault
from tests.faults.scenarios import Ending, Scenario
from tests.faults.world import MOUNTLESS, SOURCE, FaultWorld

LYING = frozenset({Fault.LOST_WRITE})
"""After these a registry does not hold what it said to hold."""
APART = frozenset({(Kind.MOUNT, fault) for fault in Fault} | {(Kind.BEGIN_UPLOAD, Fault.FORBIDDEN)})
"""While these last one repository says nothing of another: no mounts, or blobs that got in by a declined
mount only, into repositories where the next copy does not look for them."""
WRITING = frozenset({"PUT", "POST", "PATCH", "DELETE"})


def play(world: FaultWorld, scenario: Scenario) -> Ended:
    """Play a scenario and require what it says, and what always holds; give how the first copy ended."""
    world.behave()
    places = world.places(together=scenario.together)
    copying, door = Copyist(places, world.doors), world.door(scenario.registry)
    began = world.journal.now
    door.rule(*scenario.rules)

    ended = copying.run()

    assert set(door.book.met) == {rule.fault for rule in scenario.rules}, f"only {door.book.met} were met"
    world.journal.settle()
    expect_ending(world, scenario, ended)
    assert not (wrong := wrong_tags(world.destinations, places)), wrong
    if scenario.ending is Ending.DONE:
        assert not (left := unfinished(world.destinations, places)), left
    expect_the_others_done(world, scenario, places)
    apart = any(one.times == ALWAYS and (one.kind, one.fault) in APART for one in scenario.rules)
    mountless = {scenario.registry, *MOUNTLESS} if apart else MOUNTLESS
    rerun = world.journal.now
    expect_convergence(world, copying, places, mountless)
    passed = [item for item in world.journal.exchanges if item.arrived > began]
    broken = laws.blobs_once(passed, mountless, [rerun])
    if not any(map(scenario.has, LYING)):
        broken += [*laws.children_first(passed), *broken_laws(passed, places, mountless, rerun)]
    assert not broken, broken
    return ended


def expect_ending(world: FaultWorld, scenario: Scenario, ended: Ended) -> None:
    """Require that the right thing failed, and that it is said without a secret."""
    match scenario.ending:
        case Ending.DONE:
            assert not ended.errors, ended.text
        case Ending.FAILED:
            assert ended.errors, "it did not fail"
        case Ending.EITHER:
            pass
    if ended.errors:
        host = world.door(scenario.registry).host
        assert host in ended.text, ended.text
        assert all(error.exit_code == 7 for error in ended.errors.values()), ended.text
        guards = [door.guard for door in world.doors if door.guard]
        assert not [secret for guard in guards for secret in guard.secrets if secret in ended.text]
    assert not [stray for door in world.doors for stray in door.strays]


def expect_the_others_done(world: FaultWorld, scenario: Scenario, places: Sequence[Place]) -> None:
    """Require that the contents of the registry without a fault are complete."""
    if scenario.registry == SOURCE:
        return
    others = [place for place in places if place.registry != scenario.registry]
    left = [gap for gap in unfinished(world.destinations, others) if " lacks " in gap]
    assert not left, left


def expect_convergence(
    world: FaultWorld, copying: Copyist, places: Sequence[Place], mountless: Collection[str]
) -> None:
    """Require that one more copy, without a fault, leads to the right state and sends nothing again."""
    world.behave()
    there = {d.name: blobs_there(d, places) for d in world.destinations if d.name not in mountless}
    moment = world.journal.now
    again = copying.run()
    assert not again.errors, again.text
    world.journal.settle()
    left = unfinished(world.destinations, places)
    assert not left, left
    sent = laws.sent_again(world.journal.exchanges, there, moment)
    assert not sent, sent
    moment = world.journal.now
    assert not copying.run().errors
    written = [
        str(item) for item in world.journal.exchanges if item.arrived > moment and item.method in WRITING
    ]
    assert not written, written


def broken_laws(
    exchanges: Sequence[Exchange], places: Sequence[Place], mountless: Collection[str], rerun: int
) -> list[str]:
    """Give all violations of the laws of order."""
    return [
        *laws.blobs_once(exchanges, mountless, [rerun]),
        *laws.complete_first(exchanges, places),
        *laws.latest_last(exchanges, places),
    ]
