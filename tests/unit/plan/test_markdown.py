"""The comment: whole markup and bounded length whatever the plan is, and what a large one comes down to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from publisher.catalog.problem import Problem, Severity
from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.plan.markdown import MARKER, MOST_BYTES, code
from publisher.plan.plan import (
    Plan,
    PlannedBuild,
    PlannedCopy,
    PlannedMove,
    PlannedTest,
    Reason,
    ReasonCode,
    Retired,
)
from publisher.plan.render import as_markdown, as_table
from publisher.plan.sections import Section, fit, weight
from publisher.plan.tree import DEEPEST, branches
from tests.unit.plan.test_render import golden, hostile_plan

AMD64 = Platform("linux/amd64")
GITHUB = 65_536
CHANGED = Reason(ReasonCode.DOCKERFILE_CHANGED, "python/Dockerfile")


def build(target: str, wave: int = 0, parents: Sequence[str] = (), *reasons: Reason) -> PlannedBuild:
    why = reasons or tuple(Reason(ReasonCode.PARENT_REBUILT, parent) for parent in parents)
    image, _, tag = target.partition(":")
    above = tuple(map(TargetId, parents))
    return PlannedBuild(
        image, tag, (AMD64,), "Dockerfile", wave, above, {AMD64: BuildId.of(target.encode())}, why
    )


def fan(children: int = 53) -> Plan:
    """Rebuild python:3.11, and what stands on it, by way of twenty images of CANN."""
    cann = [build(f"cann:{n}", 1, ["python:3.11"]) for n in range(20)]
    torch = [build(f"pytorch:{n}", 2, [f"cann:{n % 20}"]) for n in range(children - 20)]
    return Plan("a" * 40, "b" * 40, builds=(build("python:3.11", 0, (), CHANGED), *cann, *torch))


def large(number: int, length: int = 20, letter: str = "x") -> Plan:
    """Do everything to so many targets with names of that length."""
    names = [f"image{n % 40}:{letter * length}{n}" for n in range(number)]
    targets = [TargetId(name) for name in names]
    builds = tuple(
        build(name, 0, (), Reason(ReasonCode.CONTEXT_CHANGED, f"{letter * length}/{n}"))
        for n, name in enumerate(names)
    )
    return Plan(
        "a" * 40, "b" * 40, builds=builds,
        copies=tuple(PlannedCopy(t.image, t.tag, t) for t in targets),
        tests=tuple(PlannedTest(t.image, t.tag, (AMD64,)) for t in targets),
        moves=tuple(PlannedMove("hub", t.image, t.tag, None, t) for t in targets),
        retired=tuple(Retired(t.image, t.tag) for t in targets),
        problems=tuple(
            Problem("P005", Severity.ERROR, f"{letter * length}/{n}.yml", 1, 1, letter * 600)
            for n in range(number)
        ),
        stopped=tuple(targets),
    )  # fmt: skip


def check_markup(text: str) -> None:
    """Every fold is closed before the next opens, tables have even rows, and no line is torn apart."""
    lines = text.splitlines()
    assert lines[0] == MARKER
    folds = [line for line in lines if line.startswith(("<details>", "</details>"))]
    assert all(line.startswith("<details><summary>") for line in folds[::2])
    assert all(line == "</details>" for line in folds[1::2])
    assert len(folds) % 2 == 0
    for cells in tables(lines):
        assert len(set(cells)) == 1, cells
    for line in lines:
        assert re.match(r"(<!--|###|`|\*\*|<details>|</details>| *- |\|| *… and|$)", line), line


def tables(lines: Sequence[str]) -> Iterator[list[int]]:
    found: list[int] = []
    for line in [*lines, ""]:
        if line.startswith("|"):
            found.append(len(re.findall(r"(?<!\\)\|", line)))
        elif found:
            yield found
            found = []


def test_many_that_follow_one_are_grouped_by_image() -> None:
    text = as_markdown(fan(), "about 43 min of building; hub up to 900 requests, 1.2 GB")
    golden("fan.md", text)
    opened = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
    assert "- `python:3.11` dockerfile-changed `python/Dockerfile` → **53 builds follow**" in opened
    assert "`pytorch` 33, `cann` 20" in opened
    assert len(opened.splitlines()) < 15


def test_a_plan_of_everything() -> None:
    plan = large(3)
    golden("everything.md", as_markdown(plan, "about 3 min of building"))
    golden("everything.txt", as_table(plan, 100, "about 3 min of building"))


@pytest.mark.parametrize(
    ("number", "length", "letter"),
    [(0, 1, "x"), (1, 1, "x"), (16, 5, "x"), (1638, 30, "x"), (5000, 120, "x"), (10_000, 4, "x")],
)
def test_it_is_never_too_long_and_always_whole(number: int, length: int, letter: str) -> None:
    plan = large(number, length, letter)
    text = as_markdown(plan, "about 43 min of building")
    assert len(text.encode()) <= MOST_BYTES < GITHUB
    check_markup(text)
    if number > 1000:
        assert len(text.encode()) > MOST_BYTES // 2
        for title in ("copies", "tested again", "tags move", "retired", "stopped"):
            fold = re.search(rf"<summary>[^<]*{title}[^<]*</summary>.*?</details>", text, re.DOTALL)
            assert fold is not None, title
            more = re.search(r"… and (\d+) more", fold[0])
            assert more is not None, title
            rows = len(re.findall(r"^(?:- `|\| `)", fold[0], re.MULTILINE))
            assert rows + int(more[1]) == number, title


def test_causes_that_are_not_ascii_count_by_their_bytes() -> None:
    builds = tuple(
        build(f"a:{n}", 0, (), Reason(ReasonCode.CONTEXT_CHANGED, "字" * 300)) for n in range(1000)
    )
    text = as_markdown(Plan("", "", builds=builds))
    assert MOST_BYTES // 2 < len(text.encode()) <= MOST_BYTES
    check_markup(text)


def test_an_endless_path_is_cut() -> None:
    plan = Plan("", "", builds=(build("a:b", 0, (), Reason(ReasonCode.CONTEXT_CHANGED, "x" * 100_000)),))
    text = as_markdown(plan)
    assert len(text) < 2000
    check_markup(text)


def test_a_chain_is_drawn_so_deep_and_no_deeper() -> None:
    chain = tuple(
        build(f"a:t{n}", n, [f"a:t{n - 1}"] if n else (), *([] if n else [CHANGED])) for n in range(100)
    )
    drawn = list(branches(chain))
    assert [branch.build for branch in drawn] == list(chain)
    assert {branch.depth for branch in drawn} == set(range(DEEPEST + 1))
    assert max(len(branch.margin) for branch in drawn) < 4 * DEEPEST
    assert "parent-rebuilt a:t98" in as_table(Plan("", "", builds=chain), 120)
    text = as_markdown(Plan("", "", builds=chain))
    assert "  - `a:t99` parent-rebuilt `a:t98`" in text
    check_markup(text)


def test_the_same_plan_is_the_same_text_whatever_the_tags_name() -> None:
    plan = large(30)
    moved = replace(plan, moves=tuple(replace(move, expected=Digest.of(b"x")) for move in plan.moves))
    assert as_markdown(plan) == as_markdown(moved) == as_markdown(large(30))


def test_nothing_to_do_is_said_in_one_line() -> None:
    assert as_markdown(Plan("a" * 40, "b" * 40), "unknown") == (
        f"{MARKER}\n### Plan: nothing to do\n\n`aaaaaaaaaaaa → bbbbbbbbbbbb`\n"
    )


def test_hostile_names_break_no_markup() -> None:
    check_markup(as_markdown(hostile_plan(), "<img src=x>\n</details>"))


NASTY = st.sampled_from(
    ["`", "``", "|", "\\", "<b>", "</details>", "\n", "- ", "](x)", "@all", "&lt;", "*", " ", "~"]
)


@given(st.lists(NASTY, max_size=8).map("".join))
@settings(deadline=None, max_examples=50)
def test_what_a_reader_s_browser_gets_is_ours_alone(text: str) -> None:
    """Read it as a renderer does: HTML is ours, and what a catalog says stands in code as it was."""
    targets = (TargetId("a:b"),)
    reasons = (Reason(ReasonCode.CONTEXT_CHANGED, text),)
    moves = (PlannedMove(text, "a", text, None, targets[0]),)
    plan = Plan(
        text, text, builds=(build("a:b", 0, (), *reasons),), moves=moves, retired=(Retired(text, text),)
    )
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(as_markdown(plan))
    html = [token.content.strip() for token in tokens if token.type == "html_block"]
    assert all(
        re.fullmatch(r"<!-- .* -->|<details><summary>[\w ,:]*</summary>|</details>", one) for one in html
    )
    inside = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inside} <= {
        "text",
        "code_inline",
        "strong_open",
        "strong_close",
        "softbreak",
    }


@given(st.text())
def test_code_is_one_line_and_a_bar_ends_no_cell(text: str) -> None:
    shown = code(text, cell=True)
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)\|", shown)
    if shown:
        fence = re.match("`+", shown)
        assert fence is not None
        assert shown.endswith(fence[0])
        assert fence[0] not in shown[len(fence[0]) : -len(fence[0])].strip("`") or "` " in shown


@given(
    st.lists(st.tuples(st.lists(st.text("xé字", max_size=40), max_size=20), st.floats(0.1, 0.9)), max_size=6),
    st.integers(0, 3000),
)
@settings(deadline=None)
def test_sections_fit(drawn: list[tuple[list[str], float]], room: int) -> None:
    sections = [
        Section((f"head {n}",), rows, len(rows), ("tail",), share=share)
        for n, (rows, share) in enumerate(drawn)
    ]
    fixed = sum(section.fixed for section in sections if section.count)
    lines = list(fit(sections, fixed + room))
    assert weight(lines) <= fixed + room
    for section in sections:
        assert (section.head[0] in lines) is bool(section.count)
    if sum(weight(section.rows) for section in sections) == 0:
        assert not any("more" in line for line in lines)


def test_changes_beyond_the_first_are_counted() -> None:
    builds = tuple(build(f"image{n}:{tag}", 0, (), CHANGED) for n in range(20) for tag in "abc"[: 1 + n % 3])
    opened, _, _ = as_markdown(Plan("", "", builds=builds)).partition("<details>")
    shown = (
        sum(int(number) for number in re.findall(r"` (\d) tags", opened))
        + opened.count("`image")
        - opened.count(" tags ")
    )
    rest = re.search(r"- and (\d+) more builds of 5 more images", opened)
    assert rest is not None
    assert shown + int(rest[1]) == len(builds)
