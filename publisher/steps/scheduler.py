"""One scheduler for every step: nodes run as soon as what they need is done.

A node that fails blocks its own descendants and nobody else.  Among the nodes that
are ready, the one on which most others wait goes first, so that long chains start early.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from publisher.errors import PublisherError

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Node(Generic[K]):
    """A piece of work; `needs` that name no node of the same call count as done."""

    key: K
    run: Callable[[], None]
    needs: tuple[K, ...] = ()


class State(StrEnum):
    """How a node ended."""

    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Ending(Generic[K]):
    """How a node ended, with its error, or the failed node that blocked it."""

    state: State
    error: PublisherError | None = None
    blocked_by: K | None = None


@dataclass(slots=True)
class _Board(Generic[K]):
    """What is known while nodes run."""

    nodes: Mapping[K, Node[K]]
    weights: Mapping[K, int]
    endings: dict[K, Ending[K]] = field(default_factory=dict)
    running: dict[Future[None], K] = field(default_factory=dict)

    def ready(self) -> list[K]:
        busy = set(self.running.values())
        waiting = [key for key in self.nodes if key not in self.endings and key not in busy]
        free = [key for key in waiting if all(self._done(need) for need in self.nodes[key].needs)]
        return sorted(free, key=lambda key: -self.weights[key])

    def _done(self, need: K) -> bool:
        if need not in self.nodes:
            return True
        ending = self.endings.get(need)
        return ending is not None and ending.state is State.DONE

    def block(self, blocked: Callable[[K, K], None]) -> None:
        """End every node whose needs can no longer be met, transitively."""
        changed = True
        while changed:
            changed = False
            for key, node in self.nodes.items():
                cause = None if key in self.endings else self._cause(node)
                if cause is not None:
                    self.endings[key] = Ending(State.BLOCKED, blocked_by=cause)
                    blocked(key, cause)
                    changed = True

    def _cause(self, node: Node[K]) -> K | None:
        for need in node.needs:
            ending = self.endings.get(need)
            if ending is not None and ending.state is not State.DONE:
                return need if ending.blocked_by is None else ending.blocked_by
        return None


def execute(
    nodes: Iterable[Node[K]],
    jobs: int,
    blocked: Callable[[K, K], None] = lambda _key, _cause: None,
    stop: Callable[[], None] = lambda: None,
) -> dict[K, Ending[K]]:
    """Run every node, at most `jobs` at a time; `blocked` hears of nodes that never start.

    Errors of the project end a node.  Any other exception, Ctrl-C among them, ends the call:
    `stop` ends what is running, so that nobody waits for a build to finish.
    """
    table = {node.key: node for node in nodes}
    board = _Board(table, _weights(table))
    with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="publisher") as pool:
        try:
            _drain(board, pool, jobs, blocked)
        except BaseException:
            stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return board.endings


def _drain(board: _Board[K], pool: ThreadPoolExecutor, jobs: int, blocked: Callable[[K, K], None]) -> None:
    while True:
        for key in board.ready()[: jobs - len(board.running)]:
            board.running[pool.submit(board.nodes[key].run)] = key
        if not board.running:
            return
        for future in wait(board.running, return_when=FIRST_COMPLETED).done:
            key = board.running.pop(future)
            board.endings[key] = _ending(future)
        board.block(blocked)


def _ending(future: Future[None]) -> Ending[K]:
    error = future.exception()
    if error is None:
        return Ending(State.DONE)
    if isinstance(error, PublisherError):
        return Ending(State.FAILED, error)
    raise error


def _weights(nodes: Mapping[K, Node[K]]) -> dict[K, int]:
    """Give each node the length of the longest chain that waits for it."""
    dependants: dict[K, list[K]] = {key: [] for key in nodes}
    for key, node in nodes.items():
        for need in node.needs:
            if need in dependants:
                dependants[need].append(key)
    weights: dict[K, int] = {}

    def weigh(key: K) -> int:
        if key not in weights:
            weights[key] = 0  # a cycle, which a plan never has, would end here
            weights[key] = 1 + max((weigh(child) for child in dependants[key]), default=0)
        return weights[key]

    for key in nodes:
        weigh(key)
    return weights
