"""The matrix form: what is refused, where, and in which words."""

from __future__ import annotations

import pytest

from publisher.catalog.entry import Entry
from publisher.catalog.findings import MOST_SUGGESTIONS
from publisher.catalog.matrix.axes import MAX_AXES, MAX_VALUE
from publisher.catalog.matrix.combinations import MOST_ALIKE, condensed, describe, for_combination
from publisher.catalog.matrix.expand import MAX_COMBINATIONS, MAX_ITEMS
from publisher.catalog.matrix.templates import MAX_FILLED
from publisher.catalog.meta_file import read_meta
from publisher.catalog.problem import Problem, Severity
from publisher.catalog.rules import Rule
from publisher.catalog.settings import Settings

SETTINGS = Settings(source="https://example.org/x", root="meta")
PATH = "meta/cann/meta.yml"
AXES = "axes: {os: [ubuntu, debian], python: [3.9, 3.10]}"
ITEM = f'{AXES}, tag: "{{os}}-{{python}}", path: D'
"""Four combinations."""


def read(text: str) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    return read_meta(PATH, text.encode(), SETTINGS)


def one_item(fields: str) -> str:
    return f"literal: D\nmatrix:\n  - {{{fields}}}\n"


def numbers(count: int, prefix: str = "v") -> str:
    return "[" + ", ".join(f"{prefix}{number}" for number in range(count)) + "]"


@pytest.mark.parametrize(
    ("fields", "rule", "said", "fix"),
    [
        (f"{ITEM}, exclued: []", Rule.UNKNOWN_KEY, "unknown key `exclued`", "did you mean `exclude`?"),
        ('tag: "x", path: D', Rule.MISSING_KEY, "`axes` is missing", "add"),
        (f"{AXES}, path: D", Rule.MISSING_KEY, "`tag` is missing", "add"),
        ('axes: [a], tag: "x", path: D', Rule.WRONG_SHAPE, "`axes` must be a mapping", ""),
        ('axes: {}, tag: "x", path: D', Rule.AXIS, "names no axis", "axes: {os:"),
        ('axes: {a: []}, tag: "{a}", path: D', Rule.AXIS, "`axes.a` has no value", "remove"),
        ('axes: {a: x}, tag: "{a}", path: D', Rule.WRONG_SHAPE, "`axes.a` must be a list", ""),
        ('axes: {a: [[x]]}, tag: "{a}", path: D', Rule.WRONG_SHAPE, "`axes.a` must be text", ""),
        ('axes: {a: [""]}, tag: "x{a}", path: D', Rule.WRONG_SHAPE, "`axes.a` is empty", ""),
        ('axes: {a: [x, y, "x"]}, tag: "{a}", path: D', Rule.AXIS, "'x' here and in line 3", "keep one"),
        ('axes: {a: [x], a: [y]}, tag: "{a}", path: D', Rule.DUPLICATE_KEY, "`a` stands here", ""),
        ('axes: {"a b": [x]}, tag: "x", path: D', Rule.AXIS, "'a b' is not a name", "letters"),
        ('axes: {"1a": [x]}, tag: "x", path: D', Rule.AXIS, "'1a' is not a name", "letters"),
        ("axes: {set: [x]}, tag: x, path: D", Rule.AXIS, "'set' is reserved", ""),
        (f'{AXES}, tag: "{{oss}}", path: D', Rule.PLACEHOLDER, "`{oss}` is no axis", "did you mean `os`?"),
        (f'{ITEM}, args: {{A: "{{pyhton}}"}}', Rule.PLACEHOLDER, "`{pyhton}`", "did you mean `python`?"),
        (f'{ITEM}, aliases: ["{{}}"]', Rule.PLACEHOLDER, "`{}` is no axis", "known: os, python"),
        (f'{ITEM}, smoke: "{{os"', Rule.PLACEHOLDER, "a lone `{`", "write `{{`"),
        (f'{ITEM}, smoke: "os}}"', Rule.PLACEHOLDER, "a lone `}`", "write `}}`"),
        (f"{AXES}, tag: {{os}}, path: D", Rule.PLACEHOLDER, "without quotes is a mapping", 'write "{os}"'),
        (f"{ITEM}, args: {{A: {{os}}}}", Rule.PLACEHOLDER, "without quotes is a mapping", 'write "{os}"'),
        (f"{AXES}, tag: [x], path: D", Rule.WRONG_SHAPE, "`tag` must be text", ""),
        (f"{ITEM}, exclude: {{os: debian}}", Rule.WRONG_SHAPE, "`exclude` must be a list", ""),
        (f"{ITEM}, exclude: [debian]", Rule.WRONG_SHAPE, "`exclude[]` must be a mapping", ""),
        (f"{ITEM}, exclude: [{{}}]", Rule.COMBINATION, "`exclude` names no axis", "known: os, python"),
        (f"{ITEM}, exclude: [{{oss: debian}}]", Rule.COMBINATION, "unknown axis `oss`", "did you mean `os`?"),
        (f"{ITEM}, exclude: [{{os: debain}}]", Rule.COMBINATION, "`exclude.os` is 'debain'", "`debian`"),
        (f"{ITEM}, exclude: [{{os: [debian]}}]", Rule.WRONG_SHAPE, "`exclude.os` must be text", ""),
        (f"{ITEM}, exclude: [{{os: debian, os: ubuntu}}]", Rule.DUPLICATE_KEY, "`os` stands here", ""),
        (f"{ITEM}, include: [{{os: alpine}}]", Rule.MISSING_KEY, "`python` is missing", "`overrides`"),
        (f"{ITEM}, include: [{{os: a, python: b, c: d}}]", Rule.COMBINATION, "unknown axis `c`", "known"),
        (f"{ITEM}, include: [{{os: a, python: [b]}}]", Rule.WRONG_SHAPE, "`include.python` must be text", ""),
        (f"{ITEM}, include: [{{os: debian, python: 3.9}}]", Rule.COMBINATION, "there already", "overrides"),
        (f"{ITEM}, include: [{{os: a, python: b}}, {{python: b, os: a}}]", Rule.COMBINATION, "there already",
         "overrides"),
        (f"{ITEM}, include: [{{os: a, python: b, set: {{pth: x}}}}]", Rule.UNKNOWN_KEY, "`pth`", "`path`"),
        (f"{ITEM}, include: [{{os: a, python: b, set: x}}]", Rule.WRONG_SHAPE, "`set` must be a mapping", ""),
        (f"{ITEM}, overrides: [{{when: {{os: debian}}}}]", Rule.MISSING_KEY, "`set` is missing", ""),
        (f"{ITEM}, overrides: [{{set: {{path: E}}}}]", Rule.MISSING_KEY, "`when` is missing", ""),
        (f"{ITEM}, overrides: [{{when: {{o: x}}, set: {{path: E}}}}]", Rule.COMBINATION, "axis `o`", "`os`"),
        (f"{ITEM}, overrides: [{{when: {{os: x}}, set: {{path: E}}}}]", Rule.COMBINATION, "`when.os`", ""),
        (f"{ITEM}, overrides: [{{when: {{os: debian}}, set: {{latest: true}}}}]", Rule.UNKNOWN_KEY,
         "`latest`", ""),
        (f"{ITEM}, aliases: [{{tag: x}}]", Rule.MISSING_KEY, "`when` is missing", ""),
        (f"{ITEM}, aliases: [{{tag: x, when: {{os: a}}}}]", Rule.COMBINATION, "`when.os` is 'a'", ""),
        (f"{ITEM}, aliases: [{{tag: x, when: {{}}}}]", Rule.COMBINATION, "`when` names no axis", ""),
        (f"{ITEM}, aliases: [{{tag: [x], when: {{os: debian}}}}]", Rule.WRONG_SHAPE, "`aliases.tag`", ""),
        (f"{ITEM}, latest: {{os: debian}}", Rule.LATEST_SELECTOR, "selects 2 combinations", "further axes"),
        (f"{ITEM}, latest: true", Rule.LATEST_SELECTOR, "selects 4 combinations", "further axes"),
        (f"{ITEM}, latest: {{os: debian, python: 3.9}}, exclude: [{{os: debian}}]", Rule.LATEST_SELECTOR,
         "selects no combination: os=debian, python=3.9", "not excluded"),
        (f"{ITEM}, latest: {{os: debain, python: 3.9}}", Rule.COMBINATION, "`latest.os`", "`debian`"),
        (f"{ITEM}, latest: {{}}", Rule.COMBINATION, "`latest` names no axis", ""),
        (f"{ITEM}, latest: maybe", Rule.WORD, "`latest` is 'maybe'", ""),
        (f"axes: {{a: [{'x' * (MAX_VALUE + 1)}]}}, tag: x, path: D", Rule.MATRIX_SIZE, "257 characters", ""),
        (f"{ITEM}, args: {{A: \"{'x' * MAX_FILLED}{{os}}\"}}", Rule.MATRIX_SIZE, "can have 4102", ""),
    ],
)  # fmt: skip
def test_a_wrong_item_is_refused_whole(fields: str, rule: Rule, said: str, fix: str) -> None:
    entries, (problem,) = read(one_item(fields))
    assert [entry.target.tag for entry in entries] == ["literal"]
    assert (problem.rule, problem.severity, problem.target) == (rule, Severity.ERROR, None)
    assert said in problem.message
    assert fix in problem.fix
    assert (problem.file, problem.line) == (PATH, 3)
    assert problem.column > 4


def test_a_wrong_item_leaves_the_others() -> None:
    text = f'matrix:\n- {{{ITEM}}}\n- {{axes: {{a: [x]}}, tag: "{{b}}", path: D}}\n- not an item\n'
    entries, problems = read(text)
    assert len(entries) == 4
    assert [(problem.line, problem.rule) for problem in problems] == [
        (3, Rule.PLACEHOLDER),
        (4, Rule.WRONG_SHAPE),
    ]


@pytest.mark.parametrize(
    ("fields", "line", "said"),
    [
        ("exclude: [{os: debian}, {os: ubuntu}]", 3, "every combination of the item is excluded"),
        ("exclude: [{os: debian}]\n    aliases: [{tag: x, when: {os: debian}}]", 5, "is os=debian: all"),
        ("exclude: [{os: debian}]\n    overrides: [{when: {os: debian}, set: {path: E}}]", 5, "os=debian"),
    ],
)  # fmt: skip
def test_what_selects_nothing_is_a_warning(fields: str, line: int, said: str) -> None:
    text = f'literal: D\nmatrix:\n  - {AXES}\n    {fields}\n    tag: "{{os}}-{{python}}"\n    path: D\n'
    entries, (problem,) = read(text)
    assert len(entries) in (1, 3)
    assert (problem.rule, problem.severity, problem.line) == (Rule.NO_MATCH, Severity.WARNING, line)
    assert said in problem.message


@pytest.mark.parametrize(
    ("field", "rule"),
    [
        ('path: "../../../{os}"', Rule.PATH),
        ('context: "../../../{os}"', Rule.PATH),
        ('target: "-{os}"', Rule.WORD),
        ('base: "{os}"', Rule.BASE),
        ('args: {"A-B": "{os}"}', Rule.ARGUMENT),
        ('aliases: ["-{os}{python}"]', Rule.TAG),
        ('smoke: "{os}/"', Rule.PATH),
        ('platforms: ["{os}"]', Rule.PLATFORM),
        ('arch: "{os}"', Rule.WORD),
        ('internal: "{os}"', Rule.WORD),
        ('status: "{os}"', Rule.WORD),
        ('requires: {chip: {a: "{os}"}}', Rule.WRONG_SHAPE),
    ],
)
def test_an_expanded_entry_is_checked_like_a_written_one(field: str, rule: Rule) -> None:
    path = "" if field.startswith("path") else "    path: D\n"
    text = f'matrix:\n  - {AXES}\n    tag: "{{os}}-{{python}}"\n{path}    {field}\n'
    entries, problems = read(text)
    assert not entries
    assert len(problems) == 4
    first = problems[0]
    assert (first.rule, first.target) == (rule, "cann:ubuntu-3.9")
    assert first.line == text.count("\n")
    assert first.message.endswith(" (for os=ubuntu, python=3.9)")
    assert first.combination == "os=ubuntu, python=3.9"


def test_one_wrong_combination_leaves_the_others() -> None:
    text = f'matrix:\n  - {AXES}\n    tag: "{{os}}-{{python}}"\n    path: D\n    overrides:\n'
    text += "      - {when: {os: debian, python: 3.9}, set: {path: /etc/passwd}}\n"
    entries, (problem,) = read(text)
    assert len(entries) == 3
    assert (problem.rule, problem.line, problem.target) == (Rule.PATH, 6, "cann:debian-3.9")
    assert "(for os=debian, python=3.9)" in problem.message


def test_a_missing_path_is_said_once() -> None:
    entries, problems = read(one_item(f'{AXES}, tag: "{{os}}-{{python}}"'))
    assert len(entries) == 1
    (problem,) = condensed(problems)
    assert problem.message == "`path` is missing (for os=ubuntu, python=3.9 and 3 more combinations)"


def test_two_combinations_of_one_tag_are_both_refused() -> None:
    entries, problems = read(one_item(f'{AXES}, tag: "x{{os}}", path: D'))
    assert [entry.target.tag for entry in entries] == ["literal"]
    assert {problem.rule for problem in problems} == {Rule.DUPLICATE_TAG}
    first = "the tag `xubuntu` stands here and in line 3, there for os=ubuntu, python=3.9"
    assert problems[0].message == f"{first} (for os=ubuntu, python=3.10)"
    assert "name more axes" in problems[0].fix


@pytest.mark.parametrize("literal_first", [True, False])
def test_a_tag_that_is_written_and_made_is_refused(literal_first: bool) -> None:
    literal, matrix = "x: D\n", 'matrix: [{axes: {a: [x, y]}, tag: "{a}", path: E}]\n'
    entries, (problem,) = read(literal + matrix if literal_first else matrix + literal)
    assert [entry.target.tag for entry in entries] == ["y"]
    assert (problem.rule, problem.target, problem.line) == (Rule.DUPLICATE_TAG, "cann:x", 2)
    assert "line 1" in problem.message
    assert "for a=x" in problem.message


@pytest.mark.parametrize(
    "second",
    [
        '{axes: {a: [x]}, tag: "{a}", path: D, latest: true}',
        "{axes: {a: [x]}, tag: x, path: D, latest: {a: x}}",
    ],
)
def test_latest_has_one_owner_across_items_and_literal_entries(second: str) -> None:
    first = f"{{{ITEM}, latest: {{os: debian, python: 3.9}}}}"
    entries, (problem,) = read(f"matrix:\n- {first}\n- {second}\n")
    assert [entry.target.tag for entry in entries if entry.latest] == ["debian-3.9"]
    assert (problem.rule, problem.target, problem.line) == (Rule.LATEST, "cann:x", 3)
    assert "cann:debian-3.9" in problem.message
    entries, (problem,) = read(f"lit: {{path: D, latest: true}}\nmatrix:\n- {first}\n")
    assert (problem.rule, problem.target, problem.line) == (Rule.LATEST, "cann:debian-3.9", 3)
    assert "(for os=debian, python=3.9)" in problem.message


def test_an_alias_that_two_combinations_have() -> None:
    entries, problems = read(one_item(f"{ITEM}, aliases: [{{tag: x, when: {{os: debian}}}}]"))
    assert len(entries) == 4
    (problem,) = problems
    assert (problem.rule, problem.target) == (Rule.DUPLICATE_TAG, "cann:debian-3.10")
    assert "cann:debian-3.9 " in problem.message


@pytest.mark.parametrize("exclude", ["", ", exclude: [{a: v0}, {b: v1}, {c: v2}]"])
def test_a_billion_combinations_are_refused_before_they_are_made(exclude: str) -> None:
    axes = ", ".join(f"{axis}: {numbers(1000)}" for axis in "abc")
    entries, (problem,) = read(one_item(f'axes: {{{axes}}}, tag: "{{a}}{{b}}{{c}}", path: D{exclude}'))
    assert len(entries) == 1
    assert (problem.rule, problem.line) == (Rule.MATRIX_SIZE, 3)
    assert "1000000000 combinations, more than the 5000" in problem.message


def test_items_share_what_a_file_may_have() -> None:
    half = f'{{axes: {{a: {numbers(MAX_COMBINATIONS // 2)}}}, tag: "x{{a}}", path: D}}'
    more = f'{{axes: {{a: {numbers(MAX_COMBINATIONS // 2 + 1)}}}, tag: "y{{a}}", path: D}}'
    last = '{axes: {a: [b]}, tag: "z{a}", path: D}'
    entries, (problem,) = read(f"matrix:\n- {half}\n- {more}\n- {last}\n")
    assert len(entries) == MAX_COMBINATIONS // 2 + 1
    assert (problem.rule, problem.line) == (Rule.MATRIX_SIZE, 3)
    assert "of which 2500 stand above" in problem.message


def test_includes_count() -> None:
    included = ", ".join(f"{{a: i{number}, b: x}}" for number in range(MAX_COMBINATIONS // 50 + 1))
    axes = f"{{a: {numbers(49)}, b: {numbers(MAX_COMBINATIONS // 50)}}}"
    _, (problem,) = read(one_item(f'axes: {axes}, tag: "{{a}}-{{b}}", path: D, include: [{included}]'))
    assert problem.rule == Rule.MATRIX_SIZE


def test_the_work_is_bounded_too() -> None:
    args = ", ".join(f'A{number}: "{{a}}"' for number in range(2000))
    _, (problem,) = read(one_item(f'axes: {{a: {numbers(1000)}}}, tag: "{{a}}", path: D, args: {{{args}}}'))
    assert problem.rule == Rule.MATRIX_SIZE
    assert "shorter templates" in problem.fix


def test_axes_and_items_are_bounded() -> None:
    axes = ", ".join(f"a{number}: [x]" for number in range(MAX_AXES + 1))
    _, (problem,) = read(one_item(f"axes: {{{axes}}}, tag: x, path: D"))
    assert (problem.rule, problem.message) == (Rule.MATRIX_SIZE, "17 axes, more than 16")
    _, (problem,) = read("matrix:\n" + "- x\n" * (MAX_ITEMS + 1))
    assert (problem.rule, problem.message) == (Rule.MATRIX_SIZE, "501 items, more than 500; none is read")


def test_nearest_names_are_looked_for_a_bounded_number_of_times() -> None:
    wrong = ", ".join("{oss: debian}" for _ in range(2 * MOST_SUGGESTIONS))
    _, problems = read(one_item(f"{ITEM}, exclude: [{wrong}]"))
    assert len(problems) == 2 * MOST_SUGGESTIONS
    assert problems[0].fix
    assert not problems[-1].fix


def finding(message: str, combination: dict[str, str], column: int = 1) -> Problem:
    return for_combination(Problem("M011", Severity.ERROR, PATH, 3, column, message), combination)


def test_a_problem_says_its_combination_once() -> None:
    problem = finding("no", {"os": "ubuntu", "python": "3.9"})
    assert problem.message == "no (for os=ubuntu, python=3.9)"
    assert for_combination(problem, {"os": "debian"}) == problem
    assert finding("no", {}).message == "no"


def test_a_long_combination_is_cut() -> None:
    assert len(describe({"a": "x" * 200, "b": "y" * 200})) <= 240


def test_arguments_that_stand_twice_are_noted_even_where_others_are_merged_in() -> None:
    change = "overrides: [{when: {os: debian}, set: {args: {B: y}}}]"
    entries, problems = read(one_item(f"{ITEM}, args: {{A: x, A: y}}, {change}"))
    assert len(entries) == 1
    assert [problem.rule for problem in problems] == [Rule.DUPLICATE_KEY] * 4


@pytest.mark.parametrize("text", ["{{" * 400_000, "{a}" * 300_000, "{" * 900_000, "{x}" * 2000])
def test_a_long_template_is_refused_at_once(text: str) -> None:
    _, problems = read(one_item(f'axes: {{a: [x]}}, tag: x, path: D, smoke: "{text}"'))
    assert problems
    assert {problem.rule for problem in problems} <= {Rule.MATRIX_SIZE, Rule.PLACEHOLDER}


def test_what_says_the_same_is_said_once() -> None:
    problems = [finding("no", {"v": str(number)}) for number in range(500)]
    other = Problem("M001", Severity.ERROR, PATH, 1, 1, "no")
    assert [problem.message for problem in condensed([other, *problems, other])] == [
        "no",
        "no (for v=0 and 499 more combinations)",
        "no",
    ]
    assert condensed(problems[:2])[0].message == "no (for v=0 and 1 more combination)"
    assert condensed(problems[:1]) == tuple(problems[:1])


def test_what_nearly_says_the_same_is_said_a_few_times() -> None:
    problems = [finding(f"no {number}", {"v": str(number)}) for number in range(500)]
    shown = condensed(problems)
    assert len(shown) == MOST_ALIKE
    assert shown[:-1] == tuple(problems[: MOST_ALIKE - 1])
    assert shown[-1].message == "no 4 (for v=4 and 495 more combinations)"
    assert condensed(problems[:MOST_ALIKE]) == tuple(problems[:MOST_ALIKE])


def test_other_places_are_other_faults() -> None:
    problems = [finding("no", {"v": str(number)}, column=number) for number in range(20)]
    assert condensed(problems) == tuple(problems)
