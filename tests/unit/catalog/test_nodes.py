"""YAML as nodes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.catalog.findings import Findings
from publisher.catalog.nodes import MAX_BYTES, MAX_DEPTH, MAX_NODES, Mapping, Scalar, Sequence, compose
from publisher.catalog.problem import Position
from publisher.catalog.rules import Rule


def mapping(text: str) -> Mapping:
    node, problems = compose("f.yml", text.encode())
    assert not problems
    assert isinstance(node, Mapping)
    return node


def test_scalars_are_the_text_as_written() -> None:
    node = mapping("version: 3.10\nno: 0x1F\nquoted: '3.10'\nwhen: 2024-01-01\nnothing:\n")
    texts = {key.text: value.text for key, value in node.entries if isinstance(value, Scalar)}
    assert texts == {"version": "3.10", "no": "0x1F", "quoted": "3.10", "when": "2024-01-01", "nothing": ""}


def test_places_count_from_one() -> None:
    node = mapping("a:\n  - x\n  - {b: ü, c: d}\n")
    _, items = node.entries[0]
    assert isinstance(items, Sequence)
    inner = items.items[1]
    assert isinstance(inner, Mapping)
    assert inner.position == Position("f.yml", 3, 5)
    assert inner.entries[1][0].position == Position("f.yml", 3, 12)


def test_an_empty_file_is_nothing() -> None:
    assert compose("f.yml", b"# only a comment\n") == (None, ())


@pytest.mark.parametrize(
    ("raw", "rule", "line"),
    [
        (b"a: &x 1\n", Rule.UNUSUAL_YAML, 1),
        (b"a: 1\nb: *x\n", Rule.UNUSUAL_YAML, 2),
        (b"a: !!python/object:os.system x\n", Rule.UNUSUAL_YAML, 1),
        (b"a: 1\n---\nb: 2\n", Rule.UNUSUAL_YAML, 2),
        (b"a: 1\n b: 2\n", Rule.UNREADABLE, 2),
        (b"a: [\n", Rule.UNREADABLE, 2),
        (b"a: 1\nb: \x07\n", Rule.UNREADABLE, 2),
        (b'a: "\\x07"\n', Rule.UNREADABLE, 1),
        (b"a: 1\nb: \xff\n", Rule.UNREADABLE, 2),
        (b"? [a]\n: b\n", Rule.WRONG_SHAPE, 1),
        (b"[" * (MAX_DEPTH + 1), Rule.UNREADABLE, 1),
        (b"[" * 100_000, Rule.UNREADABLE, 1),
        (b"#" * (MAX_BYTES + 1), Rule.UNREADABLE, 0),
    ],
)
def test_refusals(raw: bytes, rule: Rule, line: int) -> None:
    node, (problem,) = compose("f.yml", raw)
    assert node is None
    assert (problem.rule, problem.file, problem.line) == (rule, "f.yml", line)
    assert problem.message


def test_the_deepest_nesting_is_read() -> None:
    node, problems = compose("f.yml", b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    assert isinstance(node, Sequence)
    assert not problems


def test_duplicate_keys_name_both_lines() -> None:
    findings = Findings()
    values = findings.fields(mapping("a: 1\nb: 2\na: 3\n"))
    assert isinstance(values["a"], Scalar)
    assert values["a"].text == "1"
    (problem,) = findings.problems
    assert (problem.rule, problem.line) == (Rule.DUPLICATE_KEY, 3)
    assert "line 1" in problem.message


def test_unknown_keys_get_a_suggestion() -> None:
    findings = Findings()
    assert findings.fields(mapping("platfroms: 1\n"), ("platforms", "path")) == {}
    assert findings.problems[0].fix == "did you mean `platforms`?"


def test_every_rule_has_an_id_of_its_own() -> None:
    assert len({str(rule) for rule in Rule}) == len(Rule)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_node_or_a_problem(raw: bytes) -> None:
    node, problems = compose("f.yml", raw)
    assert node is None or not problems


@given(st.text(alphabet="a:[]{}-,&*!|>'\"\\ \n#%?0x", max_size=80))
def test_any_yaml_like_text_is_a_node_or_a_problem(text: str) -> None:
    node, problems = compose("f.yml", text.encode())
    assert node is None or not problems


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("1.0\u202e: x\n", (1, 4)),
        ("a: |\n  x\n  y\u200b\n", (3, 4)),
        ('a: "\\u202e"\n', (1, 4)),
        ("a: 'x\ufeff'\n", (1, 6)),
        ("# a\u2028b: c\n", (1, 4)),
        ("a: 1\rb: 2\n", (1, 5)),
    ],
)
def test_what_nobody_sees_is_refused_at_its_place(text: str, place: tuple[int, int]) -> None:
    node, (problem,) = compose("f.yml", text.encode())
    assert node is None
    assert (problem.line, problem.column) == place
    assert problem.message.isprintable()


def test_what_nobody_sees_may_stand_in_comments() -> None:
    assert compose("f.yml", "# \u202e\na: b  # \u200b\r\n".encode())[1] == ()


def test_a_file_has_so_many_nodes() -> None:
    raw = b"- a\n" * (MAX_NODES - 1)
    assert not compose("f.yml", raw)[1]
    node, (problem,) = compose("f.yml", raw + b"- a\n")
    assert (node, problem.line) == (None, MAX_NODES)
    assert not compose("f.yml", raw + b"- a\n", nodes=MAX_NODES + 1)[1]
