"""Exactly these targets are planned: what is built on a changed image, by every kind of reference."""

from __future__ import annotations

import pytest

from publisher.catalog.target import TargetId
from tests.unit.plan.small import BASE, DEBIAN, Content, change, locked, state, work

LOW, TOP = TargetId("low:1"), TargetId("top:1")
ONE = "1: {path: Dockerfile}\n"
LAYERS: Content = {
    "low/meta.yml": ONE,
    "low/Dockerfile": "FROM debian:12\nCOPY low.txt /\n",
    "low/low.txt": "low\n",
    "side/meta.yml": ONE,
    "side/Dockerfile": "FROM debian:12\nRUN side\n",
    "top/meta.yml": ONE,
    "top/files/x": "x\n",
}
CHANGED: Content = {"low/low.txt": "low 2\n"}

GENERATION = 'generations: {"low:1": {number: 1, date: "2024-06-01T00:00:00Z"}}\n'


def adopted(digit: str) -> str:
    """Give the part of a lock by which `low:1` was built elsewhere."""
    digests = ", ".join(f'{p}: "sha256:{digit * 64}"' for p in ("linux/amd64", "linux/arm64"))
    return (
        'adopted: {"low:1": {source: hub.test/us/low, date: "2024-06-01T00:00:00Z", '
        f"digests: {{{digests}}}}}}}\n"
    )


USES = {
    "FROM": "FROM hub.test/us/low:1\n",
    "FROM latest": "FROM hub.test/us/low\n",
    "ARG": "ARG TAG=1\nFROM hub.test/us/low:$TAG\n",
    "ARG from ARG": "ARG REPO=hub.test/us\nARG IMAGE=${REPO}/low\nARG TAG\nFROM ${IMAGE}:${TAG:-1}\n",
    "platform": "FROM --platform=$TARGETPLATFORM hub.test/us/low:1\n",
    "build platform": "FROM --platform=$BUILDPLATFORM hub.test/us/low:1 AS b\nFROM scratch\n"
                      "COPY --from=b / /\n",
    "COPY --from": "FROM debian:12\nCOPY --from=hub.test/us/low:1 /low.txt /\n",
    "RUN --mount": "FROM debian:12\nRUN --mount=from=hub.test/us/low:1,target=/low cp /low/low.txt /\n",
    "cache mount": "FROM debian:12\nRUN --mount=type=cache,from=hub.test/us/low:1,target=/c true\n",
    "builder stage": "FROM hub.test/us/low:1 AS b\nRUN b\nFROM debian:12\nCOPY --from=b /x /\n",
    "stage of a stage": "FROM hub.test/us/low:1 AS a\nFROM a AS b\nFROM debian:12\nCOPY --from=1 /x /\n",
    "mounted stage": "FROM hub.test/us/low:1 AS b\nFROM debian:12\nRUN --mount=from=b,target=/b true\n",
    "ONBUILD here": "FROM debian:12 AS a\nONBUILD COPY --from=hub.test/us/low:1 / /\nFROM a\n",
    "stage per platform": "FROM hub.test/us/low:1 AS on-amd64\nFROM scratch AS on-arm64\n"
                          "FROM on-${TARGETARCH}\n",
}  # fmt: skip


@pytest.mark.parametrize("text", USES.values(), ids=USES)
def test_every_kind_of_reference_makes_a_descendant(text: str) -> None:
    before = {**LAYERS, "top/Dockerfile": text, "low/meta.yml": "1: {path: Dockerfile, latest: true}\n"}
    made = change(before, CHANGED)
    assert work(made) == {LOW: ["context-changed low/low.txt"], TOP: [f"parent-rebuilt {LOW}"]}
    assert [(build.target, build.wave, build.parents) for build in made.builds] == [
        (LOW, 0, ()),
        (TOP, 1, (LOW,)),
    ]


UNUSED = {
    "unreachable stage": "FROM hub.test/us/low:1 AS unused\nRUN x\nFROM debian:12\n",
    "stage behind the target": "FROM debian:12 AS wanted\nRUN x\nFROM hub.test/us/low:1\n",
    "another prefix": "FROM other.test/us/low:1 AS wanted\n",
    "a digest": f"FROM hub.test/us/low:1@sha256:{'a' * 64} AS wanted\n",
    "a comment": "# FROM hub.test/us/low:1\nFROM debian:12 AS wanted\n",
    "a heredoc": "FROM debian:12 AS wanted\nCOPY <<EOF /x\nFROM hub.test/us/low:1\nEOF\n",
}


@pytest.mark.parametrize("text", UNUSED.values(), ids=UNUSED)
def test_what_no_stage_of_the_target_uses_is_no_parent(text: str) -> None:
    target = ", target: wanted" if "AS wanted" in text else ""
    before = {**LAYERS, "top/Dockerfile": text, "top/meta.yml": f"1: {{path: Dockerfile{target}}}\n",
              "publisher.lock": locked(DEBIAN, "other.test/us/low:1")}  # fmt: skip
    assert work(change(before, CHANGED)) == {LOW: ["context-changed low/low.txt"]}


def test_the_chain_goes_on_and_leaves_others_alone() -> None:
    chain = {
        **LAYERS,
        "top/Dockerfile": "FROM debian:12\nCOPY --from=hub.test/us/low:1 /low.txt /\n",
        "roof/meta.yml": 'a: {path: Dockerfile, base: "top:1"}\n',
        "roof/Dockerfile": "ARG BASE\nFROM $BASE\nRUN roof\n",
        "flag/meta.yml": ONE,
        "flag/Dockerfile": "FROM hub.test/us/side:1\nCOPY --from=hub.test/us/roof:a / /\n",
    }
    made = change(chain, CHANGED)
    assert {build.target: build.wave for build in made.builds} == {LOW: 0, TOP: 1, "roof:a": 2, "flag:1": 3}
    assert work(made)["flag:1"] == ["parent-rebuilt roof:a"]
    assert not made.tests
    assert not made.retired


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"low/meta.yml": "1: {path: Dockerfile, args: {A: x}}\n"}, "args-changed A"),
        ({"low/Dockerfile": "FROM debian:12\nCOPY low.txt /x\n"}, "dockerfile-changed low/Dockerfile"),
        ({"publisher.lock": locked(DEBIAN) + GENERATION}, "generation publisher.lock"),
    ],
)
def test_every_cause_is_followed(changes: Content, expected: str) -> None:
    before = {**LAYERS, "top/Dockerfile": USES["COPY --from"].replace("debian:12", "scratch")}
    assert work(change(before, changes)) == {LOW: [expected], TOP: [f"parent-rebuilt {LOW}"]}


def test_only_a_parent_of_one_platform_is_followed_there() -> None:
    """Each platform has another parent, and each parent is built for that platform alone."""
    before: Content = {
        "amd/meta.yml": "1: {path: Dockerfile, platforms: [linux/amd64]}\n",
        "amd/Dockerfile": "FROM debian:12\nRUN amd\n",
        "arm/meta.yml": "1: {path: Dockerfile, platforms: [linux/arm64]}\n",
        "arm/Dockerfile": "FROM debian:12\nRUN arm\n",
        "top/meta.yml": ONE,
        "top/Dockerfile": "FROM hub.test/us/amd:1 AS base-amd64\nFROM hub.test/us/arm:1 AS base-arm64\n"
                          "FROM base-${TARGETARCH}\nRUN top\n",
        "only/meta.yml": "1: {path: Dockerfile, platforms: [linux/amd64]}\n",
        "only/Dockerfile": "FROM hub.test/us/top:1\nRUN only\n",
    }  # fmt: skip
    assert state(before).problems == ()
    made = change(before, {"arm/Dockerfile": "FROM debian:12\nRUN arm64\n"})
    assert work(made) == {
        "arm:1": ["dockerfile-changed arm/Dockerfile"], "top:1": ["parent-rebuilt arm:1"],
    }, "only:1 is built on the other platform of top:1"  # fmt: skip
    base = state(before, commit=BASE)
    head = state({**before, "arm/Dockerfile": "FROM debian:12\nRUN arm64\n"}, last=base)
    differ = {p for p in head.inputs[TOP] if head.inputs[TOP][p].build_id != base.inputs[TOP][p].build_id}
    assert differ == {"linux/arm64"}


def test_a_file_that_one_platform_consumes() -> None:
    before: Content = {**LAYERS, "top/Dockerfile": "FROM debian:12\nARG TARGETARCH\nCOPY x-${TARGETARCH} /\n",
                       "top/x-amd64": "1", "top/x-arm64": "1"}  # fmt: skip
    base, head = state(before, commit=BASE), state({**before, "top/x-arm64": "2"})
    assert work(change(before, {"top/x-arm64": "2"})) == {TOP: ["context-changed top/x-arm64"]}
    differ = {p for p in head.inputs[TOP] if head.inputs[TOP][p].build_id != base.inputs[TOP][p].build_id}
    assert differ == {"linux/arm64"}


def test_a_parent_of_another_platform_than_the_target() -> None:
    """A tool that runs where the builder runs: `--platform` pins the parent's platform."""
    before: Content = {
        "low/meta.yml": "1: {path: Dockerfile, platforms: [linux/amd64]}\n",
        "low/Dockerfile": "FROM debian:12\nRUN low\n",
        "top/meta.yml": ONE,
        "top/Dockerfile": "FROM --platform=linux/amd64 hub.test/us/low:1 AS tool\nRUN x\n"
                          "FROM debian:12\nCOPY --from=tool /x /\n",
    }  # fmt: skip
    assert state(before).problems == ()
    made = change(before, {"low/Dockerfile": "FROM debian:12\nRUN low 2\n"})
    assert work(made) == {LOW: ["dockerfile-changed low/Dockerfile"], TOP: [f"parent-rebuilt {LOW}"]}


ONBUILD: Content = {
    **LAYERS,
    "top/Dockerfile": "FROM hub.test/us/low:1\nRUN top\n",
    "low/Dockerfile": "FROM debian:12\nONBUILD COPY files /\n",
}


def test_onbuild_of_a_parent_consumes_files() -> None:
    assert work(change(ONBUILD, {"top/files/x": "2"})) == {TOP: ["context-changed top/files/x"]}
    plain = {**ONBUILD, "low/Dockerfile": "FROM debian:12\n"}
    assert work(change(plain, {"top/files/x": "2"})) == {}


def test_onbuild_of_a_parent_runs_once() -> None:
    third = {
        **ONBUILD,
        "roof/meta.yml": ONE,
        "roof/Dockerfile": "FROM hub.test/us/top:1\n",
        "roof/files/x": "1",
    }
    assert work(change(third, {"roof/files/x": "2"})) == {}


@pytest.mark.parametrize(
    "trigger",
    ["COPY --from=hub.test/us/side:1 / /", "RUN --mount=from=hub.test/us/side:1,target=/s cp /s/x /"],
)
def test_onbuild_of_a_parent_uses_images(trigger: str) -> None:
    before = {**ONBUILD, "low/Dockerfile": f"FROM debian:12\nONBUILD {trigger}\n"}
    assert state(before).parents == {LOW: (), "side:1": (), TOP: (LOW, "side:1")}
    made = change(before, {"side/Dockerfile": "FROM debian:12\nRUN side 2\n"})
    assert work(made) == {"side:1": ["dockerfile-changed side/Dockerfile"], TOP: ["parent-rebuilt side:1"]}
    assert [build.wave for build in made.builds] == [0, 1]


def test_onbuild_of_a_parent_uses_a_stage_of_the_child() -> None:
    before = {
        **ONBUILD,
        "low/Dockerfile": "FROM debian:12\nONBUILD COPY --from=tool / /\n",
        "top/Dockerfile": "FROM hub.test/us/side:1 AS tool\nFROM hub.test/us/low:1\nRUN top\n",
    }
    assert state(before).parents[TOP] == (LOW, "side:1")


def test_onbuild_of_an_image_that_is_only_copied_from_does_not_run() -> None:
    before = {**ONBUILD, "low/Dockerfile": "FROM debian:12\nONBUILD COPY --from=hub.test/us/side:1 / /\n",
              "top/Dockerfile": "FROM debian:12\nCOPY --from=hub.test/us/low:1 / /\n"}  # fmt: skip
    assert state(before).parents[TOP] == (LOW,)


def test_a_parent_that_comes_to_be_declared() -> None:
    text = "FROM hub.test/us/low:2\nRUN top\n"
    before = {**LAYERS, "top/Dockerfile": text}
    made = change(before, {"low/meta.yml": ONE + "2: {path: Dockerfile, args: {A: x}}\n"})
    assert work(made).keys() == {"low:2", TOP}
    assert work(made)["low:2"] == ["added low/meta.yml"]


def test_a_parent_renamed_together_with_its_users_builds_nothing() -> None:
    before = {**LAYERS, "top/meta.yml": '1: {path: Dockerfile, base: "low:1"}\n',
              "top/Dockerfile": "ARG BASE\nFROM $BASE\nRUN top\n"}  # fmt: skip
    made = change(before, {"low/meta.yml": "2: {path: Dockerfile}\n",
                           "top/meta.yml": '1: {path: Dockerfile, base: "low:2"}\n'})  # fmt: skip
    assert work(made) == {"low:2": ["copy of low:1"], "low:1": ["retired"]}


def test_an_adopted_parent_is_followed_by_its_digest() -> None:
    before = {**LAYERS, "top/Dockerfile": "FROM hub.test/us/low:1\n"}
    one, two = (locked(DEBIAN) + adopted(digit) for digit in "bc")
    assert work(change({**before, "publisher.lock": one}, {"publisher.lock": two})) == {
        TOP: ["base-refreshed hub.test/us/low:1"]
    }
    ignored = change({**before, "publisher.lock": one}, CHANGED)
    assert work(ignored) == {}
    assert [(p.rule, p.severity) for p in ignored.problems] == [("P019", "warning")]


def test_an_adopted_target_that_is_built_here_from_now_on() -> None:
    before = {**LAYERS, "top/Dockerfile": "FROM hub.test/us/low:1\n"}
    lock = locked(DEBIAN)
    made = change({**before, "publisher.lock": lock + adopted("b")}, {"publisher.lock": lock})
    assert work(made) == {LOW: ["added publisher.lock"], TOP: [f"parent-changed {LOW}"]}
    assert [build.wave for build in made.builds] == [0, 1]
    assert {f"{move.image}:{move.tag}" for move in made.moves} == {LOW, TOP}


def test_no_copy_is_made_of_what_was_not_built_here() -> None:
    before = {**LAYERS, "top/meta.yml": None, "publisher.lock": locked(DEBIAN) + adopted("b")}
    made = change(before, {"low/meta.yml": ONE + "2: {path: Dockerfile}\n"})
    assert work(made) == {"low:2": ["added low/meta.yml"]}


def test_a_generation_raised_for_an_adopted_target_says_that_nothing_is_built() -> None:
    lock = locked(DEBIAN) + adopted("b")
    before = {**LAYERS, "top/Dockerfile": "FROM hub.test/us/low:1\n", "publisher.lock": lock}
    raised = lock + GENERATION
    made = change(before, {"publisher.lock": raised})
    assert work(made) == {}
    assert [(p.rule, p.target) for p in made.problems] == [("P019", LOW)]


def test_a_platform_added_to_a_parent_leaves_what_uses_the_others_alone() -> None:
    before = {
        **LAYERS,
        "low/meta.yml": "1: {path: Dockerfile, platforms: [linux/amd64]}\n",
        "top/meta.yml": "1: {path: Dockerfile, platforms: [linux/amd64]}\n",
        "top/Dockerfile": "FROM hub.test/us/low:1\n",
    }
    assert work(change(before, {"low/meta.yml": ONE})) == {LOW: ["platform-added linux/arm64"]}


def test_a_platform_taken_from_a_parent_stops_what_needs_it() -> None:
    before = {**LAYERS, "top/Dockerfile": "FROM hub.test/us/low:1\n"}
    made = change(before, {"low/meta.yml": "1: {path: Dockerfile, platforms: [linux/amd64]}\n"})
    assert work(made) == {LOW: ["platform-removed linux/arm64"]}
    assert made.stopped == (TOP,)
    assert [(p.rule, p.severity, p.target) for p in made.problems] == [("P013", "error", TOP)]
