"""The graph, against its definition on random graphs."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from publisher.plan.graph import ancestors, cycles, descendants, waves

Graph = dict[str, list[str]]
nodes = st.sampled_from("abcdefgh")
graphs: st.SearchStrategy[Graph] = st.dictionaries(nodes, st.lists(nodes, max_size=3), max_size=8)
acyclic = graphs.map(lambda graph: {node: [p for p in graph[node] if p < node] for node in graph})


@given(acyclic)
def test_waves_are_longest_paths(graph: Graph) -> None:
    wave = waves(graph)
    assert wave.keys() == graph.keys()
    for node, parents in graph.items():
        assert wave[node] == max((wave[p] + 1 for p in parents if p in graph), default=0)


@given(graphs)
def test_waves_come_parents_first_then_by_name(graph: Graph) -> None:
    wave = waves(graph)
    assert list(wave) == sorted(wave, key=lambda node: (wave[node], node))


@given(graphs)
def test_cycles_are_cycles_and_none_is_missed(graph: Graph) -> None:
    found = cycles(graph)
    for path in found:
        assert path[0] == path[-1]
        assert len(set(path)) == len(path) - 1
        assert all(parent in graph[child] for child, parent in pairwise(path))
    tangled = {node for path in found for node in path}
    assert descendants(graph, tangled) & graph.keys() == graph.keys() - waves(graph).keys()


@given(graphs, nodes)
def test_descendants_and_ancestors_mirror_each_other(graph: Graph, node: str) -> None:
    assume(node in graph)
    below = descendants(graph, [node])
    assert node in below
    for other in graph.keys() - {node}:
        assert (other in below) == (node in ancestors(graph, other))


def test_a_node_that_is_its_own_parent_is_a_cycle() -> None:
    assert cycles({"a": ["a"]}) == (("a", "a"),)


def test_a_chain_of_any_length_does_not_recurse() -> None:
    size = 20_000
    chain = {f"n{i:05}": [f"n{(i + 1) % size:05}"] for i in range(size)}
    (cycle,) = cycles(chain)
    assert len(cycle) == size + 1
    del chain["n00000"]
    assert waves(chain)["n00001"] == size - 2
