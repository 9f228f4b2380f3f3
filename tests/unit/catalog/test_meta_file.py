"""`meta.yml`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.catalog.entry import Entry, Status
from publisher.catalog.meta_file import read_meta
from publisher.catalog.problem import Problem
from publisher.catalog.rules import Rule
from publisher.catalog.settings import Settings
from publisher.catalog.target import TargetId
from publisher.oci.platform import Platform

AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")
SETTINGS = Settings(source="https://example.org/x", root="meta", platforms=(ARM64, AMD64))
PATH = "meta/cann/meta.yml"


def read(text: str, path: str = PATH) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    return read_meta(path, text.encode(), SETTINGS)


def sole(text: str) -> Entry:
    (entry,), problems = read(text)
    assert not problems
    return entry


def complaint(text: str, path: str = PATH) -> Problem:
    entries, (problem,) = read(text, path)
    assert not entries
    return problem


@pytest.mark.parametrize(
    ("name", "message", "fix"),
    [
        ("linux/amd46", "there is no architecture `amd46`", "did you mean `linux/amd64`?"),
        ("linxu/arm64", "there is no operating system `linxu`", "did you mean `linux/arm64`?"),
        ("linux/i386", "there is no architecture `i386`", "did you mean `linux/386`?"),
        ("linux/armm/v7", "there is no architecture `armm`", "did you mean `linux/arm/v7`?"),
        (
            "a/b",
            "there is no operating system `a` and no architecture `b`",
            "write os/architecture, such as linux/arm64",
        ),
    ],
)
def test_a_platform_that_nobody_knows(name: str, message: str, fix: str) -> None:
    problem = complaint(f"a: {{path: D, platforms: [linux/arm64, {name}]}}")
    assert (problem.rule, problem.line, problem.column) == (Rule.PLATFORM, 1, 39)
    assert (problem.message, problem.fix) == (message, fix)


@pytest.mark.parametrize("name", [
    "linux/wasm", "wasi/wasm", "linux/s390x", "linux/arm/v7", "linux/amd64/v3", "linux/x86_64",
    "linux/loong64", "windows/amd64", "freebsd/amd64", "linux/mips64le", "linux/ppc64le",
    "linux/riscv64", "linux/386",
])  # fmt: skip
def test_platforms_that_are_known(name: str) -> None:
    assert sole(f"a: {{path: D, platforms: [{name}]}}").platforms == (Platform(name),)


def test_the_short_form() -> None:
    entry = sole("8.0-ubuntu: ubuntu/Dockerfile\n")
    assert entry.target == TargetId("cann:8.0-ubuntu")
    assert (entry.dockerfile, entry.context) == ("meta/cann/ubuntu/Dockerfile", "meta/cann/ubuntu")
    assert entry.platforms == (AMD64, ARM64)
    assert (entry.position.line, entry.position.column) == (1, 1)


def test_every_key() -> None:
    entry = sole(
        """
        3.10:
          path: ./a/../ubuntu/Dockerfile
          context: ..
          platforms: [linux/arm64, linux/x86_64]
          target: final
          internal: true
          status: frozen 2026-01-31
          base: "python:ubuntu-python3.9"
          args: {CANN_VERSION: 8.0, EMPTY: ""}
          aliases: [cann8-oe2203sp4, other]
          latest: true
          smoke: smoke.yml
          requires: {chip: [910b, 310p], driver: ">=24.1.rc2"}
        """
    )
    assert entry == Entry(
        target=TargetId("cann:3.10"),
        position=entry.position,
        dockerfile="meta/cann/ubuntu/Dockerfile",
        context="meta",
        platforms=(AMD64, ARM64),
        args={"CANN_VERSION": "8.0", "EMPTY": ""},
        stage="final",
        base=TargetId("python:ubuntu-python3.9"),
        aliases=("cann8-oe2203sp4", "other"),
        latest=True,
        smoke="meta/cann/smoke.yml",
        requires={"chip": "910b, 310p", "driver": ">=24.1.rc2"},
        internal=True,
        status=Status.FROZEN,
    )


@pytest.mark.parametrize(("arch", "platform"), [("x86_64", AMD64), ("aarch64", ARM64)])
def test_arch(arch: str, platform: Platform) -> None:
    assert sole(f"a: {{path: D, arch: {arch}}}").platforms == (platform,)


def test_platforms_win_over_arch() -> None:
    assert sole("a: {path: D, arch: x86_64, platforms: [linux/arm64]}").platforms == (ARM64,)


def test_the_image_is_the_folder_below_the_root() -> None:
    (entry,), _ = read("a: D", "meta/ai/kserve/agent/meta.yml")
    assert entry.target.image == "ai/kserve/agent"


def test_the_context_may_be_the_repository() -> None:
    assert sole("a: {path: D, context: ../..}").context == "."


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("other/cann/meta.yml", "outside"),
        ("meta/meta.yml", "root"),
        ("meta/Cann/meta.yml", "not an image name"),
        ("meta/layers/meta.yml", "reserved"),
        ("meta/publisher-records/meta.yml", "reserved"),
    ],
)
def test_image_names(path: str, said: str) -> None:
    problem = complaint("a: D", path)
    assert problem.rule == Rule.IMAGE_NAME
    assert said in problem.message


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("d-1: D", Rule.RESERVED_TAG),
        ("b-x: D", Rule.RESERVED_TAG),
        ("r-7: D", Rule.RESERVED_TAG),
        ("sha256-x: D", Rule.RESERVED_TAG),
        ("latest: D", Rule.RESERVED_TAG),
        ("-x: D", Rule.TAG),
        ("a b: D", Rule.TAG),
        (f"{'x' * 129}: D", Rule.TAG),
        ("a: [D]", Rule.WRONG_SHAPE),
        ("a:", Rule.WRONG_SHAPE),
        ("a: {arch: x86_64}", Rule.MISSING_KEY),
        ("a: {path: D, pth: x}", Rule.UNKNOWN_KEY),
        ("a: {path: D, path: E}", Rule.DUPLICATE_KEY),
        ("a: {path: D, arch: amd64}", Rule.WORD),
        ("a: {path: D, platforms: []}", Rule.PLATFORM),
        ("a: {path: D, platforms: [linux]}", Rule.PLATFORM),
        ("a: {path: D, platforms: [linux/amd46]}", Rule.PLATFORM),
        ("a: {path: D, platforms: linux/amd64}", Rule.WRONG_SHAPE),
        ("a: ../../../etc/passwd", Rule.PATH),
        ("a: /Dockerfile", Rule.PATH),
        ("a: .", Rule.PATH),
        ("a: sub/", Rule.PATH),
        ("a: {path: D, context: ../../..}", Rule.PATH),
        ("a: {path: D, smoke: ../../../x}", Rule.PATH),
        ("a: {path: D, base: python}", Rule.BASE),
        ("a: {path: D, base: 'p:1', args: {BASE: x}}", Rule.CONFLICT),
        ("a: {path: D, args: {A-B: x}}", Rule.ARGUMENT),
        ("a: {path: D, args: {BUILDKIT_SYNTAX: evil/frontend}}", Rule.ARGUMENT),
        ("a: {path: D, args: {TARGETPLATFORM: linux/s390x}}", Rule.ARGUMENT),
        ("a: {path: D, args: [x]}", Rule.WRONG_SHAPE),
        ("a: {path: D, target: -x}", Rule.WORD),
        ("a: {path: D, latest: yes}", Rule.WORD),
        ("a: {path: D, latest: {os: ubuntu}}", Rule.WRONG_SHAPE),
        ("a: {path: D, aliases: [{tag: x, when: {}}]}", Rule.WRONG_SHAPE),
        ("a: {path: D, aliases: [d-x]}", Rule.RESERVED_TAG),
        ("a: {path: D, aliases: [x, x]}", Rule.DUPLICATE_TAG),
        ("a: {path: D, aliases: [a]}", Rule.DUPLICATE_TAG),
        ("a: {path: D, status: dead}", Rule.WORD),
        ("a: {path: D, status: frozen soon}", Rule.WORD),
        ("a: {path: D, internal: 1}", Rule.WORD),
        ("matrix: {}", Rule.WRONG_SHAPE),
        ("matrix: []\nmatrix: []\n", Rule.DUPLICATE_KEY),
    ],
)
def test_problems(text: str, rule: Rule) -> None:
    problem = complaint(text)
    assert problem.rule == rule
    assert problem.file == PATH
    assert problem.line
    assert problem.column


def test_a_broken_entry_leaves_the_others() -> None:
    entries, (problem,) = read("one: D\ntwo: ../../../x\nthree: {path: E}\n")
    assert [entry.target.tag for entry in entries] == ["one", "three"]
    assert (problem.target, problem.line, problem.column) == ("cann:two", 2, 6)


def test_an_empty_matrix_declares_nothing() -> None:
    (entry,), problems = read("matrix: []\none: D\n")
    assert entry.target.tag == "one"
    assert not problems


@pytest.mark.parametrize("second", ["E", "D"])
def test_of_a_tag_twice_neither_is_taken_and_both_lines_are_named(second: str) -> None:
    entries, (problem,) = read(f"one: D\n# x\none: {second}\ntwo: D\n")
    assert [entry.target.tag for entry in entries] == ["two"]
    assert (problem.rule, problem.line, problem.target) == (Rule.DUPLICATE_TAG, 3, "cann:one")
    assert "line 1" in problem.message


def test_a_tag_three_times_is_noted_twice() -> None:
    entries, problems = read("one: D\none: E\none: F\n")
    assert not entries
    assert [problem.line for problem in problems] == [2, 3]


def test_an_alias_of_another_entry() -> None:
    entries, (problem,) = read("one: {path: D, aliases: [x]}\ntwo: {path: D, aliases: [x]}\n")
    assert [entry.target.tag for entry in entries] == ["one"]
    assert (problem.rule, problem.target) == (Rule.DUPLICATE_TAG, "cann:two")
    assert "cann:one" in problem.message


def test_an_alias_that_is_a_later_tag() -> None:
    entries, (problem,) = read("one: {path: D, aliases: [two]}\ntwo: D\n")
    assert [entry.target.tag for entry in entries] == ["two"]
    assert problem.target == "cann:one"


def test_two_owners_of_latest() -> None:
    entries, (problem,) = read("one: {path: D, latest: true}\ntwo: {path: D, latest: true}\n")
    assert [entry.target.tag for entry in entries] == ["one"]
    assert (problem.rule, problem.target) == (Rule.LATEST, "cann:two")


def test_a_file_that_is_no_mapping() -> None:
    assert complaint("- a\n").rule == Rule.WRONG_SHAPE
    assert read("") == ((), ())


@given(st.binary(max_size=300))
def test_any_bytes_give_entries_or_problems(raw: bytes) -> None:
    read_meta(PATH, raw, SETTINGS)


KEYS = st.sampled_from(
    ["path", "arch", "platforms", "context", "target", "base", "args", "aliases", "latest", "x"]
)
VALUES = st.sampled_from(
    ["D", "../..", "true", "[a, 'b c']", "{a: b}", "''", "linux/arm64", "'p:1'", "d-1", "é"]
)


@given(st.dictionaries(st.sampled_from(["a", "b", "d-1", "é", "matrix"]), st.dictionaries(KEYS, VALUES)))
def test_sound_entries_stay_inside(table: dict[str, dict[str, str]]) -> None:
    lines = []
    for tag, body in table.items():
        fields = ", ".join(f"{key}: {value}" for key, value in body.items())
        lines.append(f"{tag}: {{{fields}}}\n")
    entries, problems = read("".join(lines))
    assert len(entries) + len({problem.target for problem in problems}) >= len(table)
    for entry in entries:
        assert ".." not in entry.dockerfile.split("/") + entry.context.split("/")
        assert entry.platforms
