"""Every node at most once, never before its needs; a failure blocks its descendants and nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import BuildError
from publisher.steps.scheduler import Ending, Node, State, execute


@dataclass
class Graph:
    """Nodes by number with the lower ones that they need, and those that fail."""

    needs: list[frozenset[int]]
    failing: frozenset[int]
    jobs: int
    started: list[int] = field(default_factory=list)
    done: set[int] = field(default_factory=set)
    early: list[int] = field(default_factory=list)
    running: int = 0
    most: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def work(self, number: int) -> Callable[[], None]:
        def run() -> None:
            with self.guard:
                self.started.append(number)
                self.running += 1
                self.most = max(self.most, self.running)
                if not self.needs[number] <= self.done:
                    self.early.append(number)
            with self.guard:
                self.running -= 1
                if number in self.failing:
                    raise BuildError(f"{number} failed")
                self.done.add(number)

        return run

    def run(self, blocked: Callable[[int, int], None]) -> dict[int, Ending[int]]:
        nodes = [Node(n, self.work(n), (*sorted(needs), 1000 + n)) for n, needs in enumerate(self.needs)]
        return execute(nodes, self.jobs, blocked)

    def blocked(self) -> set[int]:
        """Give the descendants of failures, by the definition."""
        found: set[int] = set()
        for number, needs in enumerate(self.needs):
            if needs & (found | (self.failing - found)):
                found.add(number)
        return found

    def above(self, number: int) -> set[int]:
        return set(self.needs[number]).union(*(self.above(need) for need in self.needs[number]))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    size = draw(st.integers(0, 12))
    needs = [
        frozenset(draw(st.sets(st.integers(0, number - 1), max_size=3))) if number else frozenset()
        for number in range(size)
    ]
    failing = draw(st.sets(st.integers(0, max(size - 1, 0)), max_size=4))
    return Graph(needs, frozenset(failing) & frozenset(range(size)), draw(st.integers(1, 4)))


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_any_graph_with_any_failures(graph: Graph) -> None:
    told: dict[int, int] = {}
    endings = graph.run(told.__setitem__)
    blocked = graph.blocked()
    assert len(graph.started) == len(set(graph.started))
    assert graph.early == []
    assert graph.most <= graph.jobs
    assert set(graph.started) == set(range(len(graph.needs))) - blocked
    assert {key for key, ending in endings.items() if ending.state is State.BLOCKED} == blocked == set(told)
    assert {key for key, ending in endings.items() if ending.state is State.FAILED} == graph.failing - blocked
    assert {key for key, ending in endings.items() if ending.state is State.DONE} == graph.done
    for key in blocked:
        cause = endings[key].blocked_by
        assert cause == told[key]
        assert cause in graph.failing - blocked
        assert cause in graph.above(key)


def test_the_longest_chain_starts_first() -> None:
    order: list[str] = []
    nodes = [
        Node("short", lambda: order.append("short")),
        Node("long", lambda: order.append("long")),
        Node("longer", lambda: order.append("longer"), ("long",)),
    ]
    execute(nodes, 1)
    assert order[0] == "long"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ZeroDivisionError("a bug")])
def test_what_is_not_ours_ends_the_call_and_stops_what_runs(error: BaseException) -> None:
    stopped = threading.Event()
    begun = threading.Event()
    ran: list[str] = []

    def waits() -> None:
        begun.set()
        assert stopped.wait(10), "nobody stopped it"

    def breaks() -> None:
        assert begun.wait(10)
        raise error

    nodes = [
        Node("waits", waits),
        Node("breaks", breaks),
        Node("after", lambda: ran.append("after"), ("breaks",)),
    ]
    with pytest.raises(type(error)):
        execute(nodes, 2, stop=stopped.set)
    assert stopped.is_set()
    assert ran == []
