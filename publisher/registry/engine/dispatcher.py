"""Steps on threads: each begins when what it needs is done, those with low numbers first."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Condition

from publisher.errors import PublisherError
from publisher.registry.engine.breadth import Breadth
from publisher.transfer.operations import Step


@dataclass(slots=True)
class Dispatcher:
    """Runs the steps of one lane on at most `width` threads, as many at a time as `breadth` allows.

    A step that fails blocks those that need it; the rest goes on until `is_hopeless` says of the
    errors so far that there is no point, or `stop` is called.  `goes_on` tells of a step whether it
    begins although one that it needs failed, and how.
    """

    steps: Sequence[Step]
    work: Callable[[Step], None]
    width: int
    is_hopeless: Callable[[Sequence[PublisherError]], bool] = lambda _: False
    name: str = "lane"
    breadth: Breadth | None = None
    goes_on: Callable[[Step, PublisherError], bool] = lambda _, __: False
    done: set[int] = field(default_factory=set)
    errors: dict[int, PublisherError] = field(default_factory=dict)
    _ready: list[int] = field(default_factory=list)
    _waiting: dict[int, int] = field(default_factory=dict)
    _after: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    _running: int = 0
    _stopped: bool = False
    _changed: Condition = field(default_factory=Condition)

    def __post_init__(self) -> None:
        """Sort out which steps wait for which."""
        for step in self.steps:
            if step.needs:
                self._waiting[step.number] = len(step.needs)
                for need in step.needs:
                    self._after[need].append(step.number)
            else:
                self._ready.append(step.number)

    def run(self) -> None:
        """Work until nothing more can be done.

        Raises:
            BaseException: what is no error of ours, from any thread.
        """
        threads = min(self.width, len(self.steps))
        if not threads:
            return
        with ThreadPoolExecutor(threads, thread_name_prefix=self.name) as pool:
            for worker in [pool.submit(self._worker) for _ in range(threads)]:
                worker.result()

    def stop(self) -> None:
        """Begin no further steps."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _worker(self) -> None:
        while (number := self._next()) is not None:
            error: PublisherError | None = None
            is_fault = True
            try:
                self.work(self.steps[number])
                is_fault = False
            except PublisherError as failure:
                error, is_fault = failure, False
            finally:
                if is_fault:
                    self.stop()
                self._ended(number, error)

    def _next(self) -> int | None:
        with self._changed:
            while not self._stopped:
                if self._ready and self._has_room():
                    self._running += 1
                    return heapq.heappop(self._ready)
                if not self._running:
                    break
                self._changed.wait()
            self._changed.notify_all()
            return None

    def _has_room(self) -> bool:
        return self.breadth is None or self._running < self.breadth.now

    def _ended(self, number: int, error: PublisherError | None) -> None:
        with self._changed:
            self._running -= 1
            if error is not None:
                self.errors[number] = error
                self._stopped = self._stopped or self.is_hopeless(tuple(self.errors.values()))
                for after in self._after[number]:
                    if self.goes_on(self.steps[after], error) and self._is_free(after):
                        heapq.heappush(self._ready, after)
                self._changed.notify_all()
                return
            self.done.add(number)
            if self.breadth is not None:
                self.breadth.succeeded()
            freed = [after for after in self._after[number] if self._is_free(after)]
            for after in freed:
                heapq.heappush(self._ready, after)
            self._wake(len(freed))

    def _is_free(self, number: int) -> bool:
        self._waiting[number] -= 1
        return self._waiting[number] == 0

    def _wake(self, freed: int) -> None:
        """Wake as many threads as there may be work for beyond the one that goes on; all at the end."""
        if not self._ready and not self._running:
            self._changed.notify_all()
        elif freed > 1 or self._ready:
            self._changed.notify(max(freed - 1, 1))
