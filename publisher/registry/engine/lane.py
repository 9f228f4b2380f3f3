"""One registry's part of a transfer: survey, plan, then every step on a few threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import assert_never

from publisher.errors import AccessDenied, PublisherError, RegistryError, RegistryUnreachable
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.ports.progress import Progress
from publisher.ports.registry import Placement, Registry
from publisher.ports.transfer import LaneReport
from publisher.registry.engine.breadth import Breadth
from publisher.registry.engine.dispatcher import Dispatcher
from publisher.registry.engine.stopping import given_up
from publisher.registry.engine.survey import is_there, lacking, survey
from publisher.registry.engine.tally import Tally
from publisher.registry.feed import Feeds
from publisher.transfer.figures import LaneFigures
from publisher.transfer.inventory import Delivery
from publisher.transfer.operations import (
    CheckContents,
    EnterReferrers,
    LanePlan,
    PlaceBlob,
    PutManifest,
    Step,
)
from publisher.transfer.planning import plan_lane

CHECK_DEADLINE = 20.0
"""Seconds that a registry may take until what was written shows up in its answers."""
_MOST_REFUSALS = 3
"""Errors of the registry as a whole after which the rest of a lane is not tried."""


@dataclass(slots=True)
class Lane:
    """Deliveries to one registry; `name` is what reports and progress call it."""

    name: str
    registry: Registry
    deliveries: Sequence[Delivery]
    feeds: Feeds
    progress: Progress
    stopped: Callable[[], bool]
    width: int
    breadth: Breadth
    sleep: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = time.monotonic
    thorough: bool = False
    plan: LanePlan = field(init=False)
    tally: Tally = field(init=False)
    dispatcher: Dispatcher = field(init=False)
    refused: PublisherError | None = None
    placed: dict[Digest, Repository] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Plan as if the registry were empty, so that others know what this lane may want."""
        self.tally = Tally(self.name, self.registry, self.progress, self.clock)
        self._use(plan_lane(self.deliveries))

    def run(self) -> None:
        """Ask what is there already, do the rest, and leave no read waiting for this lane."""
        wanted = dict.fromkeys(blob.digest for _, blob in self.wanted())
        try:
            facts = survey(
                self.registry, self.deliveries, self.width, thorough=self.thorough, stopped=self.stopped
            )
            self._use(plan_lane(self.deliveries, facts))
            needed = {blob.digest for _, blob in self.wanted()}
            self._leave(digest for digest in wanted if digest not in needed)
            self.dispatcher.run()
        except PublisherError as error:
            self.refused = error
        finally:
            self._leave(wanted)
            self.tally.end()

    def wanted(self) -> Iterator[tuple[Repository, Descriptor]]:
        """Give the blobs that may have to be sent, each once."""
        for step in self.plan.steps:
            if isinstance(step.operation, PlaceBlob) and not step.needs:
                yield step.operation.source, step.operation.blob

    def report(self) -> Mapping[str, LaneReport]:
        """Give the report of every name that deliveries use."""
        figures = self.tally.end()
        failed = [one for number, one in enumerate(self.deliveries) if not self._arrived(number)]
        error = self.refused or next(iter(self.dispatcher.errors.values()), None) or self._given_up(failed)
        names = dict.fromkeys(one.registry for one in self.deliveries)
        return {name: _report(figures, name, failed, error) for name in names}

    def _use(self, plan: LanePlan) -> None:
        self.plan = plan
        blobs = [blob for _, blob in self.wanted()]
        places = sum(isinstance(step.operation, PlaceBlob) for step in plan.steps)
        total = sum(blob.size for blob in blobs)
        self.tally.expect(bytes_total=total, blobs_total=places, steps_total=len(plan.steps))
        self.dispatcher = Dispatcher(
            plan.steps, self._do, self.width, self._is_hopeless, self.name, self.breadth, _can_be_sent
        )

    def _leave(self, digests: Iterable[Digest]) -> None:
        for digest in digests:
            self.feeds.leave(digest, self.name)

    def _arrived(self, number: int) -> bool:
        return self.refused is None and self.plan.goals.get(number, frozenset()) <= self.dispatcher.done

    def _given_up(self, failed: Sequence[Delivery]) -> PublisherError | None:
        if not failed:
            return None
        return given_up(self.name)

    def _do(self, step: Step) -> None:
        if self.stopped():
            self.dispatcher.stop()
            raise given_up(self.name)
        operation = step.operation
        match operation:
            case PlaceBlob():
                self._place(operation, is_first=not step.needs)
            case PutManifest():
                self._put(operation)
            case EnterReferrers():
                self.registry.enter_referrers(
                    operation.repository.path,
                    operation.subject,
                    operation.referrers,
                    fresh=operation.fresh,
                )
            case CheckContents():
                self._await(operation)
            case _:
                assert_never(operation)
        self.tally.add(steps_done=1)

    def _place(self, step: PlaceBlob, *, is_first: bool) -> None:
        def open_source(start: int) -> AbstractContextManager[Iterator[bytes]]:
            return self._counted(self.feeds.open(step.source, step.blob, self.name, start))

        path, origin = step.repository.path, self.placed.get(step.blob.digest, step.mount_from)
        try:
            if step.look and self.registry.has_blob(path, step.blob.digest):
                placed, origin = Placement.MOUNTED, step.repository
            else:
                placed = self.registry.place_blob(
                    path, step.blob, open_source, origin.path if origin else None
                )
        finally:
            if is_first:
                self.feeds.leave(step.blob.digest, self.name)
        self.placed.setdefault(step.blob.digest, step.repository)
        size = step.blob.size if is_first else 0
        if placed is Placement.SENT:
            self.tally.add(blobs_sent=1, bytes_done=size)
        elif origin == step.repository:
            self.tally.add(blobs_there=1, bytes_done=size)
        else:
            self.tally.add(blobs_mounted=1, bytes_done=size)

    def _is_hopeless(self, errors: Sequence[PublisherError]) -> bool:
        """Tell whether to give the registry up: it does not answer, or does not know us anywhere."""
        denied = [
            self.plan.steps[number].operation.repository
            for number, error in list(self.dispatcher.errors.items())
            if isinstance(error, AccessDenied)
        ]
        silent = sum(isinstance(error, RegistryUnreachable) for error in errors)
        if silent + len(denied) < _MOST_REFUSALS:
            return False
        places = {one.repository for one in self.deliveries}
        return silent + len(set(denied)) >= min(_MOST_REFUSALS, len(places))

    @contextmanager
    def _counted(self, source: AbstractContextManager[Iterator[bytes]]) -> Iterator[Iterator[bytes]]:
        with source as pieces:
            yield self._counting(pieces)

    def _counting(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            if self.stopped():
                raise given_up(self.name)
            self.tally.add(bytes_sent=len(piece))
            yield piece

    def _put(self, step: PutManifest) -> None:
        self.registry.put_manifest(step.repository.path, step.reference, step.manifest)
        is_referrer = step.manifest.subject is not None
        self.tally.add(**{"referrers" if is_referrer else "manifests": 1})
        self.progress.reached("publish:manifest")

    def _await(self, check: CheckContents) -> None:
        deadline, pause = self.clock() + CHECK_DEADLINE, 0.1
        while (wrong := self._wrong(check)) is not None:
            if self.clock() >= deadline or self.stopped():
                raise RegistryError(
                    f"contents are not complete at {self.name}: {wrong}",
                    where=f"{check.repository}@{check.digest}",
                    hint="run it again; if it stays, the registry drops manifests or referrers",
                )
            self.sleep(pause)
            pause = min(2 * pause, 2.0)
        self.tally.add(checked=1)

    def _wrong(self, check: CheckContents) -> str | None:
        """Say what the registry lacks; None when it holds a digest with its tag and all its evidence."""
        if not is_there(self.registry, check):
            return f"{'the manifest' if check.reference == check.digest else check.reference} is not there"
        missing = lacking(self.registry, check)
        return f"{len(missing)} of {len(check.referrers)} referrers are not listed" if missing else None


def _report(
    figures: LaneFigures, name: str, failed: Sequence[Delivery], error: PublisherError | None
) -> LaneReport:
    mine = tuple(one for one in failed if one.registry == name)
    return LaneReport(figures, error if mine else None, mine)


def _can_be_sent(step: Step, error: PublisherError) -> bool:
    """Tell of a blob that was to be mounted from a repository that we may not write: it is sent instead."""
    return isinstance(error, AccessDenied) and isinstance(step.operation, PlaceBlob)
