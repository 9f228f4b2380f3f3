"""The matrix form: what it expands to."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.catalog.entry import Entry, Status
from publisher.catalog.matrix.combinations import describe
from publisher.catalog.meta_file import read_meta
from publisher.catalog.problem import Position, Problem
from publisher.catalog.settings import Settings
from publisher.catalog.target import TargetId
from publisher.oci.platform import Platform
from tests.unit.catalog import openmind_stack

AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")
SETTINGS = Settings(source="https://example.org/x", root="meta", platforms=(ARM64, AMD64))
PATH = "meta/cann/meta.yml"
GOLDEN = Path(__file__).parents[2] / "golden" / "catalog"

DESIGN = """\
# the oEEP-0014 form: every <key, value> is a tag and its Dockerfile
pytorch2.1.0-cann7.0.RC1.alpha002-oe2203sp2:
  path: 2.1.0/22.03-lts-sp2/Dockerfile
  arch: aarch64
# the reserved list `matrix` expands to more of the same
matrix:
  - axes: {os: [ubuntu, openeuler], python: ["3.8", "3.9"], cann: [8.0.rc1.beta1, 8.0.rc2.beta1]}
    exclude: [{python: "3.8", cann: 8.0.rc2.beta1}]
    tag: "{os}-python{python}-cann{cann}"
    path: "{os}/Dockerfile"
    base: "python:{os}-python{python}"
    args: {CANN_VERSION: "{cann}"}
    aliases: [{tag: "cann{cann}-oe2203sp4", when: {os: openeuler, python: "3.9"}}]
    latest: {os: ubuntu, python: "3.9", cann: 8.0.rc2.beta1}
    smoke: smoke.yml
    requires: {chip: [910b], driver: ">=24.1.rc2"}
"""


def read(text: str, path: str = PATH) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    return read_meta(path, text.encode(), SETTINGS)


def expanded(text: str) -> dict[str, Entry]:
    entries, problems = read(text)
    assert not problems
    return {entry.target.tag: entry for entry in entries}


def item(text: str) -> dict[str, Entry]:
    """Expand one item with two axes; `text` is its further lines."""
    axes = "axes: {os: [ubuntu, debian], python: [3.9, 3.10]}"
    return expanded(f'matrix:\n- {axes}\n  tag: "{{os}}-{{python}}"\n  path: "{{os}}/Dockerfile"\n{text}')


def golden(name: str, entries: Iterable[Entry]) -> None:
    """Compare with a golden file; UPDATE_GOLDEN=1 writes it, to be reviewed."""
    path = GOLDEN / name
    text = "".join(written(entry) for entry in entries)
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def written(entry: Entry) -> str:
    lines = [
        f"{entry.target}  ({entry.position}{': ' if entry.combination else ''}{describe(entry.combination)})",
        f"{entry.dockerfile} in {entry.context} for {', '.join(entry.platforms)}",
        f"base {entry.base}" if entry.base else "",
        f"args {dict(entry.args)}" if entry.args else "",
        f"also {', '.join(entry.aliases)}" if entry.aliases else "",
        "latest" if entry.latest else "",
        f"smoke {entry.smoke}" if entry.smoke else "",
        f"requires {dict(entry.requires)}" if entry.requires else "",
        "internal" if entry.internal else "",
        entry.status if entry.status is not Status.ACTIVE else "",
    ]
    return "\n    ".join(line for line in lines if line) + "\n"


def test_the_example_of_the_design() -> None:
    golden("design.txt", expanded(DESIGN).values())


def test_the_openmind_stack() -> None:
    entries: list[Entry] = []
    for path, text in openmind_stack.FILES.items():
        if path.endswith("meta.yml"):
            found, problems = read(text, path)
            assert not problems
            entries += found
    golden("openmind.txt", entries)


def test_a_literal_twin_is_equal_but_for_where_it_stands() -> None:
    twins = expanded(
        """\
pytorch2.1.0-cann7.0.RC1.alpha002-oe2203sp2: {path: 2.1.0/22.03-lts-sp2/Dockerfile, arch: aarch64}
ubuntu-python3.9-cann8.0.rc2.beta1:
  path: ubuntu/Dockerfile
  base: python:ubuntu-python3.9
  args: {CANN_VERSION: 8.0.rc2.beta1}
  latest: true
  smoke: smoke.yml
  requires: {chip: 910b, driver: ">=24.1.rc2"}
openeuler-python3.9-cann8.0.rc2.beta1:
  path: openeuler/Dockerfile
  base: python:openeuler-python3.9
  args: {CANN_VERSION: 8.0.rc2.beta1}
  aliases: [cann8.0.rc2.beta1-oe2203sp4]
  smoke: smoke.yml
  requires: {chip: 910b, driver: ">=24.1.rc2"}
"""
    )
    made = expanded(DESIGN)
    for tag, twin in twins.items():
        bare = replace(made[tag], position=Position(""), combination={}, places={})
        assert bare == replace(twin, position=Position(""))


def test_values_are_kept_as_written() -> None:
    assert list(item("")) == ["ubuntu-3.9", "ubuntu-3.10", "debian-3.9", "debian-3.10"]


def test_where_an_entry_comes_from() -> None:
    entries = item('  include: [{os: alpine, python: "3.12"}]')
    assert entries["debian-3.10"].position == Position(PATH, 2, 3)
    assert dict(entries["debian-3.10"].combination) == {"os": "debian", "python": "3.10"}
    assert entries["alpine-3.12"].position == Position(PATH, 5, 13)
    assert entries["alpine-3.12"].place("path") == Position(PATH, 4, 9)
    assert entries["alpine-3.12"].place("smoke") == Position(PATH, 5, 13)


def test_literal_entries_stand_in_the_order_of_the_file() -> None:
    text = 'a: D\nmatrix: [{axes: {x: [m, n]}, tag: "{x}", path: D}]\nb: D\n'
    assert list(expanded(text)) == ["a", "m", "n", "b"]


def test_every_key_is_a_template() -> None:
    entry = expanded(
        """
        matrix:
          - axes: {v: [a], arch: [aarch64], yes: ["true"]}
            tag: "t{v}"
            path: "{v}/Dockerfile"
            context: "c{v}"
            target: "s{v}"
            base: "python:{v}"
            args: {X: "{v}{v}", Y: plain}
            aliases: ["x{v}", y]
            smoke: "{v}.yml"
            requires: {chip: ["{v}1", "{v}2"], driver: ">={v}"}
            arch: "{arch}"
            internal: "{yes}"
            status: "frozen 2026-01-31"
        """
    )["ta"]
    assert entry == Entry(
        TargetId("cann:ta"), entry.position, "meta/cann/a/Dockerfile", "meta/cann/ca", (ARM64,),
        args={"X": "aa", "Y": "plain"}, stage="sa", base=TargetId("python:a"), aliases=("xa", "y"),
        smoke="meta/cann/a.yml", requires={"chip": "a1, a2", "driver": ">=a"}, internal=True,
        status=Status.FROZEN, combination={"v": "a", "arch": "aarch64", "yes": "true"}, places=entry.places,
    )  # fmt: skip


def test_platforms_are_templates_too() -> None:
    entries = item('  platforms: ["linux/{python}"]'.replace("{python}", "amd64"))
    assert entries["ubuntu-3.9"].platforms == (AMD64,)


def test_doubled_braces_are_braces() -> None:
    entries = item('  args: {F: "{{{os}}}", G: "{{os}}", H: "{{"}')
    assert entries["ubuntu-3.9"].args == {"F": "{ubuntu}", "G": "{os}", "H": "{"}


def test_names_of_arguments_are_no_templates() -> None:
    assert item('  args: {os: "{os}"}')["ubuntu-3.9"].args == {"os": "ubuntu"}


def test_an_empty_argument_named_like_an_axis() -> None:
    assert item("  args: {os: }")["ubuntu-3.9"].args == {"os": ""}


def test_a_value_is_not_a_template_itself() -> None:
    entries = expanded('matrix: [{axes: {a: ["{b}"], b: [x]}, tag: "{b}", path: D, args: {A: "{a}"}}]')
    assert entries["x"].args == {"A": "{b}"}


def test_excludes_and_includes() -> None:
    lines = '  exclude: [{os: debian}, {os: ubuntu, python: "3.9"}]\n'
    assert list(item(lines)) == ["ubuntu-3.10"]
    lines += '  include: [{os: debian, python: "3.9"}, {python: "3.8", os: alpine}]\n'
    assert list(item(lines)) == ["ubuntu-3.10", "debian-3.9", "alpine-3.8"]


def test_an_include_may_set_what_an_entry_has() -> None:
    entries = item(
        """\
  args: {A: a, B: b}
  include:
    - {os: alpine, python: 3.12, set: {path: "other/{os}", args: {B: "{python}"}, platforms: [linux/arm64]}}
"""
    )
    assert entries["alpine-3.12"].dockerfile == "meta/cann/other/alpine"
    assert entries["alpine-3.12"].args == {"A": "a", "B": "3.12"}
    assert entries["alpine-3.12"].platforms == (ARM64,)
    assert entries["debian-3.9"].args == {"A": "a", "B": "b"}


def test_overrides_come_in_order_and_merge_arguments() -> None:
    entries = item(
        """\
  args: {A: a, B: b}
  requires: {chip: 910b}
  overrides:
    - {when: {os: debian}, set: {args: {B: debian, C: "{python}"}, requires: {driver: x}, path: D}}
    - {when: {python: 3.10}, set: {args: {B: "{os}"}, aliases: ["new-{os}"], status: frozen}}
"""
    )
    assert entries["ubuntu-3.9"].args == {"A": "a", "B": "b"}
    assert entries["debian-3.9"].args == {"A": "a", "B": "debian", "C": "3.9"}
    assert entries["debian-3.10"].args == {"A": "a", "B": "debian", "C": "3.10"}
    assert entries["debian-3.10"].requires == {"chip": "910b", "driver": "x"}
    assert entries["debian-3.10"].dockerfile == "meta/cann/D"
    assert entries["ubuntu-3.10"].args == {"A": "a", "B": "ubuntu"}
    assert entries["ubuntu-3.10"].aliases == ("new-ubuntu",)
    assert entries["ubuntu-3.10"].status is Status.FROZEN


@pytest.mark.parametrize(
    ("first", "second"),
    [("arch: aarch64", "platforms: [linux/amd64]"), ("platforms: [linux/arm64]", "arch: x86_64")],
)
def test_an_override_of_the_platforms_wins_over_either_word_for_them(first: str, second: str) -> None:
    entries = item(f"  {first}\n  overrides: [{{when: {{os: debian}}, set: {{{second}}}}}]")
    assert entries["ubuntu-3.9"].platforms == (ARM64,)
    assert entries["debian-3.9"].platforms == (AMD64,)


def test_an_override_may_set_the_tag() -> None:
    lines = '  overrides: [{when: {os: debian, python: "3.9"}, set: {tag: "old-{os}"}}]'
    assert list(item(lines)) == ["ubuntu-3.9", "ubuntu-3.10", "old-debian", "debian-3.10"]


def test_an_override_may_give_the_path_that_the_item_lacks() -> None:
    text = 'matrix: [{axes: {a: [x]}, tag: "{a}", overrides: [{when: {a: x}, set: {path: D}}]}]'
    assert expanded(text)["x"].dockerfile == "meta/cann/D"


def test_conditions_may_name_values_that_only_an_include_has() -> None:
    entries = item(
        """\
  include: [{os: alpine, python: 3.12}]
  latest: {os: alpine}
  aliases: [{tag: musl, when: {python: 3.12}}]
  overrides: [{when: {os: alpine}, set: {path: alpine.Dockerfile}}]
"""
    )
    entry = entries["alpine-3.12"]
    assert (entry.latest, entry.aliases, entry.dockerfile) == (True, ("musl",), "meta/cann/alpine.Dockerfile")
    assert [tag for tag, one in entries.items() if one.latest] == ["alpine-3.12"]


@pytest.mark.parametrize(("latest", "owners"), [("true", ["x"]), ("false", []), ("{a: x}", ["x"])])
def test_latest_of_an_item_of_one_combination(latest: str, owners: list[str]) -> None:
    entries = expanded(f'matrix: [{{axes: {{a: [x]}}, tag: "{{a}}", path: D, latest: {latest}}}]')
    assert [tag for tag, entry in entries.items() if entry.latest] == owners


def test_names_of_axes() -> None:
    text = 'matrix: [{axes: {llm-framework: [a], V_2: [b]}, tag: "{llm-framework}{V_2}", path: D}]'
    assert list(expanded(text)) == ["ab"]
