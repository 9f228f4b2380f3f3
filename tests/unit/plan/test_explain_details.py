"""What an explanation says beyond the codes: names that moved, modes, generations, moved files."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from publisher.plan.explain import Explanation, Fate, explain_target
from publisher.plan.planner import make_plan
from publisher.plan.render import as_explanation, explanation_as_json
from tests.fakes.files import EXECUTABLE, MemoryFiles
from tests.unit.plan.small import (
    APP,
    BASE,
    COMMON,
    COPYING,
    DEBIAN,
    EVERYTHING,
    HEAD,
    ONE,
    SETTINGS,
    Content,
    change,
    locked,
    state,
    work,
)

TWO = "1: {path: Dockerfile%s}\n2: {path: Dockerfile, args: {A: x}%s}\n"


def explained(
    before: Content, changes: Content, name: str, modes: dict[str, str] | None = None
) -> tuple[Explanation, str]:
    base = state(before, modes, BASE)
    after = {**before, **changes}
    head = state(after, last=base)
    plan = make_plan(base, head)
    content = {path: text for path, text in {**COMMON, **after}.items() if text is not None}
    found = explain_target(plan, base, head, MemoryFiles(content), name)
    return found, as_explanation(found, plan)


def named(first: str, second: str) -> Content:
    return {**APP, "app/meta.yml": TWO % (first, second)}


LATEST = ", latest: true"


def test_who_loses_latest_is_told_to_whom() -> None:
    found, text = explained(named(LATEST, ""), named("", LATEST), "app:1")
    assert found.fate is Fate.UNCHANGED
    assert "no input or test of it changed, but its names did" in text
    assert "app:latest was its name, and belongs to app:2 now (app/meta.yml:2:1)" in text
    assert "changed, but no part of it" not in text


def test_who_gets_latest_is_told_from_whom() -> None:
    found, text = explained(named(LATEST, ""), named("", LATEST), "app:latest")
    assert (found.target, found.fate) == ("app:2", Fate.MOVED)
    assert "app:latest belonged to app:1 before, and is its name now (app/meta.yml:2:1)" in text
    assert "changed, but no part of it" not in text
    plain = json.loads(explanation_as_json(found))["names"]
    assert plain == [
        {
            "name": "app:latest",
            "former": "app:1",
            "owner": "app:2",
            "position": {"file": "app/meta.yml", "line": 2, "column": 1},
        }
    ]


def test_a_new_and_a_retired_alias() -> None:
    _, text = explained(named("", ""), named("", ", aliases: [new]"), "app:new")
    assert "app:new is new (app/meta.yml:2:1)" in text
    found, text = explained(named(LATEST, ""), named("", ""), "app:1")
    assert found.fate is Fate.UNCHANGED
    assert "app:latest is retired: no entry declares it now" in text
    assert "(app/meta.yml:1:1)" in text


def test_names_that_a_new_target_begins_with_are_not_told() -> None:
    added = {"app/meta.yml": TWO % ("", ", aliases: [new]")}
    found, _ = explained(APP, added, "app:2")
    assert (found.fate, found.names) == (Fate.BUILT, ())


def test_a_tag_that_is_public_or_internal_from_now_on() -> None:
    inner = {"app/meta.yml": "1: {path: Dockerfile, internal: true}\n"}
    assert "no longer internal at app/meta.yml:1:1" in explained({**APP, **inner}, APP, "app:1")[1]
    assert "it is internal at app/meta.yml:1:1, so its tags are retired" in explained(APP, inner, "app:1")[1]


def moved(changes: Content, content: Content = APP) -> Content:
    """Move the whole catalog below `meta/`."""
    below = {f"meta/{path}": text for path, text in content.items()}
    rooted = SETTINGS.replace("{ref", "{root: meta, ref")
    return {**dict.fromkeys(content), **below, "publisher.yml": rooted, **changes}


def test_a_dockerfile_that_moved_and_changed() -> None:
    changes = moved({"meta/app/Dockerfile": "FROM debian:12\nCOPY run.sh /bin/\n"})
    assert work(change(APP, changes)) == {"app:1": ["dockerfile-changed meta/app/Dockerfile"]}
    assert "dockerfile-changed meta/app/Dockerfile: was app/Dockerfile" in explained(APP, changes, "app:1")[1]


def test_a_file_that_changed_in_a_folder_that_moved() -> None:
    made = change(APP, moved({"meta/app/run.sh": "echo 2\n"}))
    assert work(made) == {"app:1": ["context-changed meta/app/run.sh"]}


def test_a_file_that_stays_behind_is_named() -> None:
    left = moved({"meta/app/other.sh": None, "app/other.sh": EVERYTHING["app/other.sh"]}, EVERYTHING)
    assert work(change(EVERYTHING, left)) == {"app:1": ["context-changed app/other.sh"]}


def test_an_entry_that_names_the_new_place_of_an_edited_dockerfile() -> None:
    changes = {"app/meta.yml": "1: {path: two/Dockerfile}\n", "app/Dockerfile": None, "app/run.sh": None,
               "app/two/Dockerfile": COPYING + "RUN two\n", "app/two/run.sh": "echo 1\n"}  # fmt: skip
    assert work(change(APP, changes)) == {
        "app:1": ["path-changed app/two/Dockerfile", "dockerfile-changed app/two/Dockerfile"]
    }


def test_a_dockerfile_that_only_moved() -> None:
    found, text = explained(APP, moved({}), "app:1")
    assert found.fate is Fate.UNCHANGED
    assert "meta/app/Dockerfile: only moved, from app/Dockerfile" in text
    assert "\n    app/Dockerfile: only moved, to meta/app/Dockerfile" in text
    assert "comments" not in text


def test_a_dockerfile_that_is_a_copy_and_one_of_another_mode() -> None:
    copy = {"app/meta.yml": "1: {path: two/Dockerfile}\n", "app/two/Dockerfile": COPYING,
            "app/two/run.sh": "echo 1\n"}  # fmt: skip
    assert "the same as app/Dockerfile, which was named before" in explained(APP, copy, "app:1")[1]
    assert "only its mode changed" in explained(APP, {}, "app:1", {"app/Dockerfile": EXECUTABLE})[1]


def test_a_mode_is_told() -> None:
    found, text = explained(APP, {}, "app:1", {"app/run.sh": EXECUTABLE})
    assert "context-changed app/run.sh: mode 100755 → 100644" in text
    assert found.chain[0].causes[0].detail == "mode 100755 → 100644"
    assert "mode" not in explained(APP, {"app/run.sh": "2"}, "app:1", {"app/run.sh": EXECUTABLE})[1]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("", '{number: 1, date: "2024-06-01T00:00:00Z", reason: "openssl 3.0.15"}', "0 → 1: openssl 3.0.15"),
        ('{number: 1, date: "2024-06-01T00:00:00Z"}', '{number: 2, date: "2024-06-02T00:00:00Z"}', "1 → 2"),
        ('{number: 1, date: "2024-06-01T00:00:00Z"}', '{number: 1, date: "2024-06-02T00:00:00Z"}',
         "1, of another date"),
        ('{number: 1, date: "2024-06-01T00:00:00Z", reason: x}', "", "1 → 0"),
    ],
)  # fmt: skip
def test_a_generation_says_why(before: str, after: str, said: str) -> None:
    old, new = (
        {"publisher.lock": locked(DEBIAN) + (f'generations: {{"app:1": {one}}}\n' if one else "")}
        for one in (before, after)
    )
    assert f"    generation publisher.lock: {said}\n" in explained({**APP, **old}, new, "app:1")[1]


def test_a_detail_does_not_speak_to_the_terminal() -> None:
    found, _ = explained(APP, {"app/run.sh": "2"}, "app:1")
    [link] = found.chain
    hostile = replace(link, causes=(replace(link.causes[0], detail="0 → 1: \x1b[31m\n::error::"),))
    base, head = state(APP, None, BASE), state(APP)
    text = as_explanation(replace(found, chain=(hostile,)), make_plan(base, head))
    assert all(line.isprintable() and not line.startswith("::") for line in text.splitlines())


def test_the_json_says_what_was_compared() -> None:
    plain = json.loads(explanation_as_json(explained(APP, {"app/README.md": "x"}, "app:1")[0]))
    assert (plain["base"], plain["head"]) == (BASE, HEAD)
    assert plain["compared"]["dockerfile"] == "app/Dockerfile"
    assert (plain["compared"]["files"], plain["compared"]["bases"]) == (1, [DEBIAN])
    gone = json.loads(explanation_as_json(explained(APP, {"app/meta.yml": None}, "app:1")[0]))
    assert (gone["fate"], gone["base"], gone["head"], gone["compared"]) == ("retired", BASE, HEAD, None)


def test_a_platform_less_makes_only_the_index_anew() -> None:
    fewer: Content = {"app/meta.yml": "1: {path: Dockerfile, arch: x86_64}\n"}
    assert "only the index is made anew" in explained(APP, fewer, "app:1")[1]
    assert "index" not in explained(APP, {**fewer, "app/run.sh": "2"}, "app:1")[1]
    assert "index" not in explained({**APP, **fewer}, {"app/meta.yml": ONE}, "app:1")[1]
