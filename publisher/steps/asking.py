"""Many questions to several registries, side by side; one that is silent is asked nothing more."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Generic, TypeVar

from publisher.errors import PublisherError, RegistryUnreachable
from publisher.ports.progress import Progress

T = TypeVar("T")
R = TypeVar("R")
AT_ONCE = 8
"""Questions that one registry is asked at a time."""
NOTED = 1000
"""Questions after which a line says how far it is, also where only few lines are shown."""


@dataclass(slots=True)
class _Line(Generic[T]):
    """The questions to one host, by their position; `silent` is why the rest is not asked."""

    host: str
    waiting: deque[tuple[int, T]] = field(default_factory=deque)
    silent: RegistryUnreachable | None = None
    total: int = 0
    done: int = 0


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks, and tells how far it is: a node a host."""

    step: str
    progress: Progress
    lock: Lock = field(default_factory=Lock)

    def everywhere(
        self, questions: Sequence[T], host: Callable[[T], str], ask: Callable[[T], R]
    ) -> list[R | PublisherError]:
        """Give the answers in the questions' order; an error stands for its answer.

        No registry waits for another.  After the first question that a host does not answer it is
        asked nothing more: each further one would cost all the retries again.
        """
        lines: dict[str, _Line[T]] = {}
        for position, question in enumerate(questions):
            line = lines.setdefault(host(question), _Line(host(question)))
            line.waiting.append((position, question))
            line.total += 1
        answers: dict[int, R | PublisherError] = {}

        def work(line: _Line[T]) -> None:
            while line.waiting:
                try:
                    position, question = line.waiting.popleft()
                except IndexError:  # another thread of this host took the last one
                    return
                answers[position] = _answer(line, partial(ask, question))
                self._tell(line)

        with ThreadPoolExecutor(max(len(lines), 1), thread_name_prefix="host") as pool:
            self._finish([pool.submit(self._work_on, line, work).result for line in lines.values()], lines)
        return [answers[position] for position in range(len(questions))]
