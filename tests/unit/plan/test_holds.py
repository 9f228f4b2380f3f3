"""What a plan leaves where it is because of a rollback, and how it says so."""

from __future__ import annotations

from publisher.catalog.target import TargetId
from publisher.codec import decode
from publisher.oci.digest import Digest
from publisher.plan.changes import build_ids
from publisher.plan.explain import explain_target
from publisher.plan.fate import Fate
from publisher.plan.plan import Plan
from publisher.plan.planner import make_plan
from publisher.plan.render import as_explanation, as_json, as_markdown, as_table
from publisher.records.release import Hold
from tests.fakes.files import MemoryFiles
from tests.unit.plan.small import APP, BASE, COMMON, SETTINGS, Content, state, tags

TARGET = TargetId("app:1")
OLDER = Digest("sha256:" + "d" * 64)


def hold(content: Content = APP, target: TargetId = TARGET) -> Hold:
    """Give a hold that keeps back what the catalog builds."""
    return Hold(target, OLDER, build_ids(state(content), TARGET), "it hangs", 4)


def planned(changes: Content, *, left: bool = False, held: Hold | None = None) -> Plan:
    base = state(APP, commit=BASE)
    head = state({**APP, **changes}, last=base)
    return make_plan(base, head, left={TARGET: "x"} if left else {}, holds=(held or hold(),))


def test_what_is_built_again_from_the_same_inputs_moves_nothing() -> None:
    made = planned({}, left=True)
    assert [build.target for build in made.builds] == [TARGET]
    assert not made.moves
    (held,) = made.held
    assert ([move.tag for move in held.moves], held.ends) == (["1"], False)


def test_other_inputs_move_its_tags_and_end_the_hold() -> None:
    made = planned({"app/run.sh": "echo 2\n"})
    assert tags(made) == {"app:1"}
    assert [(held.target, held.moves, held.ends) for held in made.held] == [(TARGET, (), True)]


def test_a_new_name_and_a_new_registry_wait() -> None:
    alias = planned({"app/meta.yml": "1: {path: Dockerfile, aliases: [one], latest: true}\n"})
    assert not alias.moves
    assert [move.tag for move in alias.held[0].moves] == ["one", "latest"]
    assert alias.is_empty
    more = SETTINGS.replace("routes:", "  quay: {prefix: quay.test/us}\nroutes:").replace(
        "[hub]", "[hub, quay]"
    )
    registry = planned({"publisher.yml": more})
    assert not registry.moves
    assert [(move.registry, move.tag) for move in registry.held[0].moves] == [("quay", "1")]


def test_others_go_on() -> None:
    two = "1: {path: Dockerfile}\n2: {path: Dockerfile, context: ., args: {A: b}}\n"
    made = planned({"app/meta.yml": two})
    assert tags(made) == {"app:2"}
    assert made.held[0].moves == ()


def test_its_tag_as_the_alias_of_another_name_waits_too() -> None:
    """To rename a target is no way around a hold."""
    base = state({}, commit=BASE)
    head = state({**APP, "app/meta.yml": '"2": {path: Dockerfile, aliases: ["1"]}\n'}, last=base)
    made = make_plan(base, head, holds=(hold(),))
    assert tags(made) == {"app:2"}
    assert [move.tag for move in made.held[0].moves] == ["1"]


def test_every_hold_is_said_in_every_form() -> None:
    made = planned({}, left=True)
    assert decode(Plan, as_json(made)) == made
    for text in (as_table(made), as_markdown(made)):
        assert "app:1" in text
        assert f"stays at {OLDER.short}: 1 at hub would move (since record 4: it hangs)" in text
    assert "1 tag held back" in as_table(made)
    quiet = as_table(planned({}))
    assert f"stays at {OLDER.short} (since record 4: it hangs)" in quiet
    assert f"its hold at {OLDER.short} ends: other inputs" in as_table(planned({"app/run.sh": "echo 2\n"}))
    assert "held" not in as_table(make_plan(state(APP), state(APP)))


def test_an_explanation_names_the_hold() -> None:
    changes = {"app/meta.yml": "1: {path: Dockerfile, aliases: [one]}\n"}
    base = state(APP, commit=BASE)
    head = state({**APP, **changes}, last=base)
    made = make_plan(base, head, holds=(hold(),))
    files = MemoryFiles({k: v for k, v in {**COMMON, **APP, **changes}.items() if v is not None})
    found = explain_target(made, base, head, files, "app:one")
    assert found.fate is Fate.HELD
    said = as_explanation(found, made)
    assert "app:one is not built, and held: the image is as it was" in said
    assert "rolled back: stays at" in said


def test_a_hold_of_what_is_no_longer_declared_is_no_matter() -> None:
    base = state(APP, commit=BASE)
    made = make_plan(base, state({}, last=base), holds=(hold(),))
    assert not made.moves
    assert [held.target for held in made.held] == [TARGET]
