"""The openEuler layout: names, paths, the three forms of an entry, and what hostile files do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.catalog.declared import Declared
from publisher.catalog.nodes import compose
from publisher.catalog.openeuler.assumed import OPENEULER
from publisher.catalog.openeuler.reader import is_list, is_openeuler, read_openeuler
from publisher.catalog.problem import Severity
from publisher.catalog.settings import Settings

Content = Mapping[str, str | bytes]
AMD, ARM = OPENEULER.platforms


def read(
    files: Content, *dockerfiles: str, last: Mapping[str, str] | None = None, settings: Settings = OPENEULER
) -> Declared:
    raw = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    composed = {path: compose(path, content) for path, content in raw.items()}
    metas = {path: found for path, found in composed.items() if path.endswith("meta.yml")}
    lists = {path: found for path, found in composed.items() if is_list(settings.root, path)}
    return read_openeuler(metas, lists, {*files, *dockerfiles}, settings, last or {})


def names(found: Declared) -> dict[str, str]:
    return {entry.target: entry.dockerfile for entry in found.entries}


def said(found: Declared) -> list[str]:
    return [f"{p.position} {p.rule} {p.severity} {p.message}" for p in found.problems]


def one(text: str | bytes, *dockerfiles: str) -> Declared:
    return read({"Cloud/calico/meta.yml": text}, *dockerfiles)


D = "Cloud/calico/1.0/24.03/Dockerfile"


@pytest.mark.parametrize(
    "text",
    [
        "1.0:\n  path: 1.0/24.03/Dockerfile\n",
        "1.0: 1.0/24.03/Dockerfile\n",
        "1.0: [1.0/24.03/Dockerfile]\n",
        "1.0:\n  - 1.0/24.03/Dockerfile",
        "1.0:\r\n  path: 1.0/24.03/Dockerfile\r\n",
        b"\xef\xbb\xbf1.0:\n  path: 1.0/24.03/Dockerfile",
        "1.0: /1.0/24.03/Dockerfile\n",
        "1.0: ./1.0/24.03/Dockerfile\n",
        "1.0: calico/1.0/24.03/Dockerfile\n",
        "1.0: Cloud/calico/1.0/24.03/Dockerfile\n",
        "1.0: /Cloud/calico/1.0/24.03/Dockerfile\n",
        "1.0: '../calico/1.0/24.03/Dockerfile'\n",
    ],
)
def test_every_way_to_write_one_entry(text: str | bytes) -> None:
    found = one(text, D)
    assert not said(found)
    assert names(found) == {"calico:1.0": D}
    assert found.entries[0].context == "Cloud/calico/1.0/24.03"
    assert found.entries[0].position.line == 1


def test_architectures() -> None:
    found = one(
        "a: {path: x/Dockerfile, arch: x86_64}\nb: {path: x/Dockerfile, arch: aarch64}\nc: x/Dockerfile\n"
        "d: {path: x/Dockerfile, arch: riscv64}\ne: {path: x/Dockerfile, arch: [x86_64]}\n",
        "Cloud/calico/x/Dockerfile",
    )
    assert {e.target.tag: e.platforms for e in found.entries} == {"a": (AMD,), "b": (ARM,), "c": (AMD, ARM)}
    assert [(p.rule, p.line, p.target) for p in found.problems] == [
        ("M015", 4, "calico:d"), ("M004", 5, "calico:e"),
    ]  # fmt: skip


def test_an_image_at_the_top_has_paths_from_its_parent() -> None:
    files = {"bisheng-jdk/meta.yml": "17: bisheng-jdk/17/Dockerfile\n8: 8/Dockerfile\n"}
    found = read(files, "bisheng-jdk/17/Dockerfile", "bisheng-jdk/8/Dockerfile")
    assert names(found) == {
        "bisheng-jdk:17": "bisheng-jdk/17/Dockerfile", "bisheng-jdk:8": "bisheng-jdk/8/Dockerfile",
    }  # fmt: skip


def test_two_different_hits_are_refused() -> None:
    found = one("1: 1/Dockerfile\n", "Cloud/calico/1/Dockerfile", "Cloud/1/Dockerfile")
    assert not found.entries
    (problem,) = found.problems
    assert (problem.rule, problem.line, problem.column, problem.target) == ("M021", 1, 4, "calico:1")
    assert "Cloud/calico/1/Dockerfile and Cloud/1/Dockerfile" in problem.message


def test_a_dead_path_stays_an_entry() -> None:
    """The planner reports it (P005); seen from the image's own folder it is nearest to what was meant."""
    found = one("1: 1/Dockerfile\n")
    assert names(found) == {"calico:1": "Cloud/calico/1/Dockerfile"}
    assert not found.problems


@pytest.mark.parametrize("path", ["../../../x", "/", "//", ".", "..", "a/", "a/..", '""', "'a\tb'"])
def test_paths_that_are_no_files(path: str) -> None:
    found = one(f"1: {path}\n")
    assert not found.entries
    assert found.problems[0].rule in {"M011", "M004"}
    assert found.problems[0].target == "calico:1"


def test_a_path_may_leave_its_image_but_not_the_repository() -> None:
    assert names(one("1: ../../x/Dockerfile\n", "x/Dockerfile")) == {"calico:1": "x/Dockerfile"}


def test_an_invalid_tag_is_a_problem_of_that_tag_alone() -> None:
    found = one("velinux/1.0+2: 1.0/24.03/Dockerfile\nv1: 1.0/24.03/Dockerfile\n", D)
    assert names(found) == {"calico:v1": D}
    assert [(p.rule, p.line, p.target) for p in found.problems] == [("M008", 1, "calico:velinux/1.0+2")]


def test_an_invalid_tag_with_a_dead_path_is_two_problems() -> None:
    found = one("a+b:\n  path: x/Dockerfile\n")
    assert [(p.rule, p.line) for p in found.problems] == [("M008", 1), ("M011", 2)]


@pytest.mark.parametrize("tag", ["latest", "d-1", "sha256-1"])
def test_tags_of_the_publisher_itself(tag: str) -> None:
    assert [p.rule for p in one(f"{tag}: 1.0/24.03/Dockerfile\n", D).problems] == ["M009"]


def test_unknown_keys_are_warnings() -> None:
    found = one("1.0:\n  path: 1.0/24.03/Dockerfile\n  ach: x86_64\n  build: {a: [b]}\n", D)
    assert names(found) == {"calico:1.0": D}
    assert {p.severity for p in found.problems} == {Severity.WARNING}
    assert [(p.rule, p.line, p.fix) for p in found.problems] == [
        ("M005", 3, "did you mean `arch`?"), ("M005", 4, "known: arch, path"),
    ]  # fmt: skip


def test_a_repeated_tag_with_the_same_path_is_a_warning() -> None:
    found = one("1.0: 1.0/24.03/Dockerfile\nx: x\n1.0: {path: calico/1.0/24.03/Dockerfile}\n", D)
    assert names(found)["calico:1.0"] == D
    (problem,) = found.problems
    assert (problem.rule, problem.severity, problem.line) == ("M010", Severity.WARNING, 3)
    assert "here and in line 1" in problem.message


@pytest.mark.parametrize("second", ["other/Dockerfile", "{path: 1.0/24.03/Dockerfile, arch: x86_64}", "[]"])
def test_a_repeated_tag_with_another_path_is_refused(second: str) -> None:
    found = one(f"1.0: 1.0/24.03/Dockerfile\n1.0: {second}\n", D)
    problem = found.problems[-1]
    assert (problem.rule, problem.severity, problem.line) == ("M010", Severity.ERROR, 2)
    assert problem.target == "calico:1.0"
    assert "here and in line 1" in problem.message
    assert names(found) == {"calico:1.0": D}, "the error stops it; its line in the file must not count"


def test_a_key_that_stands_twice_in_an_entry() -> None:
    same = one("1.0:\n  path: 1.0/24.03/Dockerfile\n  path: 1.0/24.03/Dockerfile\n", D)
    assert [p.severity for p in same.problems] == [Severity.WARNING]
    assert names(same) == {"calico:1.0": D}
    other = one("1.0:\n  path: 1.0/24.03/Dockerfile\n  path: x/Dockerfile\n", D)
    (problem,) = other.problems
    assert (problem.rule, problem.severity, problem.line) == ("M003", Severity.ERROR, 3)
    assert "in line 2" in problem.message


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("1: {arch: x86_64}", "M006"),
        ("1: {}", "M006"),
        ("1: []", "M004"),
        ("1: [a, b]", "M004"),
        ("1: [[a]]", "M004"),
        ("1: [{path: a}]", "M004"),
        ("1:", "M004"),
        ("1: {path: [a]}", "M004"),
        ("1: {path: a, arch: ''}", "M004"),
        ("- a", "M004"),
        ("text", "M004"),
        ("a: [", "M001"),
        ("a: &x b\nc: *x", "M002"),
        ("a: \0", "M001"),
        (b"a: \xff", "M001"),
    ],
)
def test_what_is_no_entry(text: str | bytes, rule: str) -> None:
    found = one(text)
    assert not found.entries
    assert [p.rule for p in found.problems] == [rule]
    assert found.images == {"Cloud/calico/meta.yml": "calico"}


def test_an_empty_file_declares_nothing() -> None:
    assert not said(one(""))


LIST = "images:\n  agent: opea/agent\n  kserve-agent: kserve/agent\n"
TWO = {"AI/opea/agent/meta.yml": "1: Dockerfile\n", "AI/kserve/agent/meta.yml": "1: Dockerfile\n"}
FOUND = {"agent:1": "AI/opea/agent/Dockerfile", "kserve-agent:1": "AI/kserve/agent/Dockerfile"}
DOCKERFILES = tuple(FOUND.values())
LAST = {"AI/opea/agent/meta.yml": "agent", "AI/kserve/agent/meta.yml": "kserve-agent"}


@pytest.mark.parametrize(
    "text",
    [
        LIST,
        LIST.replace("\n", "\r\n"),
        "\ufeff" + LIST.rstrip(),
        LIST.replace("kserve/agent", "/kserve/agent/  "),
        LIST.replace("  agent: opea/agent\n", ""),
    ],
)
def test_a_list_names_folders_and_the_others_name_themselves(text: str) -> None:
    found = read({**TWO, "AI/image-list.yml": text}, *DOCKERFILES)
    assert not said(found)
    assert names(found) == FOUND


def test_a_list_of_another_category_does_not_count() -> None:
    found = read({"AI/x/meta.yml": "1: Dockerfile\n", "HPC/image-list.yml": "images: {y: x}"}, "HPC/x/f")
    assert names(found) == {"x:1": "AI/x/Dockerfile"}


def test_folders_with_one_name_are_reported_and_share_it() -> None:
    found = read({"AI/rt/meta.yml": "1: Dockerfile\n", "HPC/rt/meta.yml": "2: Dockerfile\n"})
    assert set(names(found)) == {"rt:1", "rt:2"}
    assert said(found) == ["HPC/rt/meta.yml M023 warning HPC/rt and AI/rt both have the image name `rt`"]


def test_a_line_for_a_folder_that_is_not_there_is_a_warning() -> None:
    text = f"{LIST}  gone: opea/gone\n  base: opea/base\n"
    found = read({**TWO, "AI/image-list.yml": text}, *DOCKERFILES, "AI/opea/base/README.md")
    assert said(found) == ["AI/image-list.yml:4:3 M022 warning there is no folder AI/opea/gone"]
    assert names(found) == FOUND


def test_more_entries_than_anybody_writes_are_not_read() -> None:
    found = one("".join(f"t{number}: Dockerfile\n" for number in range(10_001)))
    assert not found.entries
    assert [(p.rule, p.target) for p in found.problems] == [("M001", None)]


UNREADABLE = (
    "",
    "images:\n",
    "images: [a]\n",
    "- a\n",
    "other: {}\n",
    "images: {a: [\n",
    b"\xff",
    "images: &a {}\n",
    "images:\n" + "".join(f"  n{number}: f\n" for number in range(10_001)),
)


@pytest.mark.parametrize("text", UNREADABLE)
def test_an_unreadable_list_renames_nothing(text: str | bytes) -> None:
    found = read({**TWO, "AI/image-list.yml": text}, *DOCKERFILES, last=LAST)
    assert names(found) == FOUND
    assert {p.file for p in found.problems} == {"AI/image-list.yml"}
    assert Severity.ERROR in {p.severity for p in found.problems}


@pytest.mark.parametrize("text", UNREADABLE)
def test_an_unreadable_list_names_nothing_new(text: str | bytes) -> None:
    last = {"AI/opea/agent/meta.yml": "agent"}
    found = read({**TWO, "AI/image-list.yml": text}, *DOCKERFILES, last=last)
    assert set(names(found)) == {"agent:1"}
    assert ("AI/kserve/agent/meta.yml", "M024") in {(p.file, p.rule) for p in found.problems}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            "  other: kserve/agent\n",
            "4:3 M022 error `other` and `kserve-agent` in line 3 name the same folder",
        ),
        (
            "  kserve-agent: opea/x\n",
            "4:3 M003 error `kserve-agent` stands here and in line 3, with two folders",
        ),
    ],
)
def test_contested_folders_keep_the_name_that_they_had(line: str, problem: str) -> None:
    files = {**TWO, "AI/image-list.yml": LIST + line}
    found = read(files, *DOCKERFILES, "AI/opea/x/README.md", last=LAST)
    assert names(found) == FOUND
    assert any(text.startswith(f"AI/image-list.yml:{problem}") for text in said(found))
    assert set(names(read(files, *DOCKERFILES))) == {"agent:1"}


def test_the_same_line_twice_is_a_warning() -> None:
    found = read({**TWO, "AI/image-list.yml": LIST + "  agent: opea/agent\n"}, *DOCKERFILES)
    assert names(found) == FOUND
    assert [(p.rule, p.severity, p.line) for p in found.problems] == [("M003", Severity.WARNING, 4)]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("  Agent: kserve/agent\n", "M007"),
        ("  layers: kserve/agent\n", "M007"),
        ("  k: ../HPC/agent\n", "M011"),
        ("  k: ../../x\n", "M011"),
        ("  k: .\n", "M011"),
        ("  k: /\n", "M011"),
        ("  k: [kserve/agent]\n", "M004"),
        ("  k:\n", "M004"),
    ],
)
def test_bad_lines_of_a_list(line: str, rule: str) -> None:
    files = {**TWO, "AI/image-list.yml": "images:\n  agent: opea/agent\n" + line}
    found = read(files, *DOCKERFILES)
    assert set(names(found)) == {"agent:1"}, "the folder may be the one that the bad line meant"
    assert [(p.rule, p.line) for p in found.problems if p.file == "AI/image-list.yml"] == [(rule, 3)]
    assert names(read(files, *DOCKERFILES, last=LAST)) == FOUND


@pytest.mark.parametrize(
    ("path", "message"),
    [("meta.yml", "root"), ("AI/Upper/meta.yml", "not an image name"), ("layers/meta.yml", "reserved")],
)
def test_folders_that_make_no_name(path: str, message: str) -> None:
    found = read({path: "1: Dockerfile\n"})
    assert not found.entries
    assert [p.rule for p in found.problems] == ["M007"]
    assert message in found.problems[0].message


def test_a_catalog_below_a_folder() -> None:
    files = {
        "images/AI/kserve/agent/meta.yml": "1: AI/kserve/agent/Dockerfile\n",
        "images/AI/image-list.yml": "images: {kserve-agent: kserve/agent}\n",
    }
    found = read(files, "images/AI/kserve/agent/Dockerfile", settings=replace(OPENEULER, root="images"))
    assert names(found) == {"kserve-agent:1": "images/AI/kserve/agent/Dockerfile"}
    assert not said(found)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, False),
        ({"x/meta.yml": "1: {path: a/Dockerfile}"}, True),
        ({"x/meta.yml": "1: a/Dockerfile"}, True),
        ({"x/meta.yml": "1: [a/Dockerfile]"}, True),
        ({"x/meta.yml": "a: ["}, True),
        ({"x/meta.yml": "1: {path: a, new: b}"}, True),
        ({"meta.yml": "1: {path: a/Dockerfile}"}, False),
        ({"x/meta.yml": "name: collection\nversion: 1.0"}, False),
        ({"x/meta.yml": "- a"}, False),
        ({"x/meta.yml": "1: {path: a}", "y/meta.yml": "1: {path: a, base: 'x:1'}"}, False),
        ({"x/meta.yml": "1: {path: a}", "y/meta.yml": "matrix: []"}, False),
        ({"AI/x/meta.yml": "1: {path: a, base: 'x:1'}", "AI/image-list.yml": "images: {}"}, True),
        ({"AI/image-list.yml": "images: {}"}, False),
        ({"x/meta.yml": "name: x", "a/b/image-list.yml": "images: {}"}, False),
    ],
)
def test_which_repositories_are_recognised(files: dict[str, str], expected: bool) -> None:
    metas = {p: compose(p, text.encode()) for p, text in files.items() if p.endswith("meta.yml")}
    assert is_openeuler(metas, [path for path in files if path.endswith("image-list.yml")]) is expected


WORDS = st.sampled_from(
    ["path", "arch", "x86_64", "a/Dockerfile", "/", "..", "agent", "opea/agent", "1", "\u202e"]
)
TREES = st.recursive(
    WORDS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3))
)


@given(meta=TREES, images=TREES, key=st.sampled_from(["images", "other"]))
def test_no_file_makes_it_raise(meta: object, images: object, key: str) -> None:
    files = {
        "AI/opea/agent/meta.yml": json.dumps(meta), "AI/image-list.yml": json.dumps({key: images}),
        "agent/meta.yml": json.dumps({"1": meta}),
    }  # fmt: skip
    found = read(files, "AI/opea/agent/a/Dockerfile")
    assert all(entry.target.image == found.images[entry.position.file] for entry in found.entries)
    assert len({(e.target, e.position.file) for e in found.entries}) == len(found.entries)
