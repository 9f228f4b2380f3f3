"""The matrix form: what holds for every matrix."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from publisher.catalog.entry import Entry
from publisher.catalog.meta_file import read_meta
from publisher.catalog.problem import Position, Problem
from publisher.catalog.settings import Settings

SETTINGS = Settings(source="https://example.org/x", root="meta")
Combination = Mapping[str, str]


def read(document: object) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    """Read a file whose texts are all quoted: JSON is YAML."""
    return read_meta("meta/cann/meta.yml", json.dumps(document).encode(), SETTINGS)


@dataclass(frozen=True)
class Matrix:
    """Axes with excludes and includes that fit them."""

    axes: Mapping[str, list[str]]
    exclude: Sequence[Combination]
    include: Sequence[Combination]

    def item(self) -> dict[str, object]:
        axes = {name: list(values) for name, values in self.axes.items()}
        tag = "-".join(f"{{{name}}}" for name in axes)
        fields = {
            "tag": tag,
            "path": f"{{{next(iter(axes))}}}/Dockerfile",
            "args": {"ALL": tag, "F": "{{" + tag + "}}"},
            "requires": {"chip": [tag]},
            "aliases": [f"also-{tag}"],
        }
        return {"axes": axes, "exclude": self.exclude, "include": self.include, **fields}

    def combinations(self) -> list[Combination]:
        """Define what the matrix means."""
        made: list[dict[str, str]] = [
            dict(zip(self.axes, values, strict=True)) for values in product(*self.axes.values())
        ]
        kept = [one for one in made if not any(one.items() >= gone.items() for gone in self.exclude)]
        return [*kept, *({name: one[name] for name in self.axes} for one in self.include)]


VALUES = st.lists(
    st.sampled_from(["a", "ab", "3.9", "3.10", "{x}", "no"]), min_size=1, max_size=4, unique=True
)
NAMES = st.lists(st.sampled_from(["os", "python", "c-d", "E"]), min_size=1, max_size=3, unique=True)


@st.composite
def matrices(draw: st.DrawFn) -> Matrix:
    axes = {name: draw(VALUES) for name in draw(NAMES)}
    partial = st.fixed_dictionaries({}, optional={name: st.sampled_from(axes[name]) for name in axes})
    exclude = draw(st.lists(partial.filter(bool), max_size=3))
    bare = Matrix(axes, exclude, []).combinations()
    whole = st.fixed_dictionaries({name: st.sampled_from([*axes[name], "new"]) for name in axes})
    fresh = whole.filter(lambda one: one not in bare)
    include = draw(st.lists(fresh, max_size=2, unique_by=lambda one: frozenset(one.items())))
    return Matrix(axes, exclude, include)


def safe(matrix: Matrix) -> Matrix:
    """Take out values that cannot stand in a tag."""
    axes = {name: [value.replace("{x}", "x") for value in values] for name, values in matrix.axes.items()}
    return Matrix(axes, [_safe(one) for one in matrix.exclude], [_safe(one) for one in matrix.include])


def _safe(one: Combination) -> Combination:
    return {name: value.replace("{x}", "x") for name, value in one.items()}


SOUND = matrices().map(safe)


@given(SOUND)
def test_the_expansion_is_the_product_without_the_excluded_and_with_the_included(matrix: Matrix) -> None:
    entries, problems = read({"matrix": [matrix.item()]})
    assert not any(problem.severity == "error" for problem in problems)
    assert [dict(entry.combination) for entry in entries] == matrix.combinations()
    assert [entry.target.tag for entry in entries] == [
        "-".join(one.values()) for one in matrix.combinations()
    ]


@given(SOUND, st.randoms(use_true_random=False))
def test_the_order_of_excludes_and_keys_does_not_count(matrix: Matrix, random: Random) -> None:
    item = matrix.item()
    keys = list(item)
    random.shuffle(keys)
    exclude = list(matrix.exclude)
    random.shuffle(exclude)
    shuffled = {**{key: item[key] for key in keys}, "exclude": exclude}
    entries, twins = read({"matrix": [item]})[0], read({"matrix": [shuffled]})[0]
    assert [bare(entry) for entry in entries] == [bare(entry) for entry in twins]


def bare(entry: Entry) -> Entry:
    return replace(entry, position=Position(""), combination={}, places={})


def literal(one: Combination) -> dict[str, object]:
    """Write the entry of a combination as an author would."""
    tag = "-".join(one.values())
    return {
        "path": f"{next(iter(one.values()))}/Dockerfile",
        "args": {"ALL": tag, "F": "{" + tag + "}"},
        "requires": {"chip": [tag]},
        "aliases": [f"also-{tag}"],
    }


@given(SOUND)
def test_a_literal_twin_gives_equal_entries(matrix: Matrix) -> None:
    twins = {"-".join(one.values()): literal(one) for one in matrix.combinations()}
    made, _ = read({"matrix": [matrix.item()]})
    written, problems = read(twins)
    assert not problems
    assert [bare(entry) for entry in made] == [bare(entry) for entry in written]


@given(matrices())
def test_any_value_gives_entries_or_problems_that_name_their_combination(matrix: Matrix) -> None:
    entries, problems = read({"matrix": [matrix.item()]})
    assert len(entries) + sum(bool(problem.combination) for problem in problems) == len(matrix.combinations())
    for problem in problems:
        assert bool(problem.combination) == bool(problem.target)
        assert not problem.combination or problem.message.endswith(f"(for {problem.combination})")


TEXTS = st.sampled_from(
    ["{os}", "{", "}}", "x", "", "{os}-{python}", "../..", "true", "{x}", "ubuntu", "p:{os}"]
)
NODES = st.recursive(
    TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["os", "python", "tag", "when", "set", "path", "a"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
AXES = st.just({"os": ["ubuntu", "debian"], "python": ["3.9", "3.10"]}) | NODES
KEYS = st.sampled_from(
    [
        "exclude",
        "include",
        "overrides",
        "aliases",
        "latest",
        "args",
        "base",
        "context",
        "smoke",
        "platforms",
        "x",
    ]
)


@given(AXES, NODES, NODES, st.dictionaries(KEYS, NODES, max_size=3))
def test_any_item_gives_entries_or_problems(
    axes: object, tag: object, path: object, more: dict[str, object]
) -> None:
    entries, problems = read({"lit": "D", "matrix": [{"axes": axes, "tag": tag, "path": path, **more}]})
    assert "lit" in [entry.target.tag for entry in entries] or problems
    for problem in problems:
        assert (problem.file, problem.line) == ("meta/cann/meta.yml", 1)
