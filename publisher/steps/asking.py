"""Many questions to several registries, side by side; one that is silent is asked nothing more."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

from publisher.errors import PublisherError, RegistryUnreachable
from publisher.ports.progress import Progress

T = TypeVar("T")
R = TypeVar("R")
AT_ONCE = 8
"""Questions that one registry is asked at a time."""
NOTED = 1000
"""Questions after which a line says how far it is, also where few lines are shown."""
_SILENT = Progress()


@dataclass(slots=True)
class _Host(Generic[T, R]):
    """The questions to one host by their position, and its answers; `silent` is why the rest is not asked."""

    name: str
    ask: Callable[[T], R]
    waiting: deque[tuple[int, T]] = field(default_factory=deque)
    answers: dict[int, R | PublisherError] = field(default_factory=dict)
    silent: RegistryUnreachable | None = None
    lock: Lock = field(default_factory=Lock)

    def work(self, heard: Callable[[int], None]) -> None:
        """Ask until nothing is left; several threads may."""
        while True:
            with self.lock:
                if not self.waiting:
                    return
                position, question = self.waiting.popleft()
            answer = self._answer(question)
            with self.lock:
                self.answers[position] = answer
                done = len(self.answers)
            heard(done)

    def _answer(self, question: T) -> R | PublisherError:
        if self.silent is not None:
            return self.silent
        try:
            return self.ask(question)
        except RegistryUnreachable as error:
            self.silent = error
            return error
        except PublisherError as error:
            return error


def ask_everywhere(
    questions: Sequence[T],
    host: Callable[[T], str],
    ask: Callable[[T], R],
    *,
    step: str = "ask",
    progress: Progress = _SILENT,
) -> list[R | PublisherError]:
    """Give the answers in the questions' order; an error stands for its answer.

    No registry waits for another.  After the first question that a host does not answer it is
    asked nothing more: each further one would cost all the retries again.  `progress` hears how
    far it is: each host is a node of the step.
    """
    hosts: dict[str, _Host[T, R]] = {}
    for position, question in enumerate(questions):
        name = host(question)
        hosts.setdefault(name, _Host(name, ask)).waiting.append((position, question))
    with ThreadPoolExecutor(max(len(hosts), 1), thread_name_prefix="host") as pool:
        try:
            for future in [pool.submit(_ask, one, step, progress) for one in hosts.values()]:
                future.result()
        finally:  # Ctrl-C: nobody waits for what was not asked yet
            for one in hosts.values():
                one.waiting.clear()
    answers = {position: answer for one in hosts.values() for position, answer in one.answers.items()}
    return [answers[position] for position in range(len(questions))]


def _ask(host: _Host[T, R], step: str, progress: Progress) -> None:
    began, total = time.monotonic(), len(host.waiting)

    def heard(done: int) -> None:
        progress.update(step, host.name, f"{done} of {total}")
        if done % NOTED == 0:
            progress.note(f"{host.name}: {done} of {total} questions answered")

    progress.started(step, host.name)
    with ThreadPoolExecutor(min(AT_ONCE, total), thread_name_prefix="ask") as pool:
        for future in [pool.submit(host.work, heard) for _ in range(min(AT_ONCE, total))]:
            future.result()
    progress.finished(step, host.name, "failed" if host.silent else "done", time.monotonic() - began)
