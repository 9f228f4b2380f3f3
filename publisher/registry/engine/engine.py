"""The transfer behind `publisher.ports.transfer`: one lane a registry host, blobs read once for all."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import Event
from typing import TypeVar

from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.ports.progress import Progress
from publisher.ports.registry import Registry
from publisher.ports.transfer import LaneReport, TagReport
from publisher.registry.engine.breadth import Breadths
from publisher.registry.engine.lane import Lane
from publisher.registry.engine.tags import TagLane
from publisher.registry.feed import Feeds
from publisher.transfer.inventory import Delivery, TagMove

T = TypeVar("T")
P = TypeVar("P", Delivery, TagMove)
TELL_EVERY = 1.0
"""Seconds between two tellings of a lane in which nothing happens."""
WIDTH = 16
"""Things that one registry is asked at a time, where nothing else is said."""
MEMORY = 4 * 1024 * 1024
"""Bytes of blobs that are kept in memory for slower registries; eight times as many were no faster."""
SPOOL = 1024 * 1024 * 1024
"""Bytes of blobs that are kept on the disk for slower registries."""


def _default_width(_: str) -> int:
    return WIDTH


@dataclass(frozen=True, slots=True)
class Engine:
    """Copies through registry clients; `registry` gives the client of a host.

    `stopped` tells that the whole run is given up (Ctrl-C).  `width` says of a host how many
    things it is asked at a time at most; `breadths` what its limits make of that.
    """

    registry: Callable[[str], Registry]
    progress: Progress
    stopped: Callable[[], bool] = lambda: False
    width: Callable[[str], int] = _default_width
    breadths: Breadths = field(default_factory=Breadths)
    memory: int = MEMORY
    spool: int = SPOOL
    sleep: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _aborted: Event = field(default_factory=Event)

    def deliver(self, deliveries: Sequence[Delivery], *, thorough: bool = False) -> Mapping[str, LaneReport]:
        """Bring contents to all registries; see the port."""
        feeds = Feeds(self._open, memory=self.memory, spool=self.spool)
        by_host = _by_host(_shared_first(deliveries))
        lanes = [self._lane(host, items, feeds, thorough) for host, items in by_host.items()]
        for source, blob, names in _expected(lanes):
            feeds.expect(source, blob, names)
        try:
            self._each(lanes, Lane.run, lambda lane: lane.tally.tell())
        finally:
            feeds.close()
        return {name: report for lane in lanes for name, report in lane.report().items()}

    def move_tags(self, moves: Sequence[TagMove], *, force: bool = False) -> Mapping[str, TagReport]:
        """Move tags, those that are `last` after all others; see the port."""
        by_host = _by_host(moves)
        lanes = {
            host: TagLane(
                self.registry(host),
                self.progress,
                self._given_up,
                self.width(host),
                force,
                self.sleep,
                self.clock,
            )
            for host in by_host
        }
        for last in (False, True):
            failed = any(lane.error for lane in lanes.values())
            for host, lane in lanes.items():
                lane.wave = [move for move in by_host[host] if move.last is last]
            self._each(lanes.values(), TagLane.leave if failed else TagLane.run)
        return {
            name: lanes[host].report(name)
            for host in lanes
            for name in dict.fromkeys(move.registry for move in by_host[host])
        }

    def _lane(self, host: str, deliveries: Sequence[Delivery], feeds: Feeds, thorough: bool) -> Lane:
        names = dict.fromkeys(one.registry for one in deliveries)
        return Lane(
            ", ".join(names),
            self.registry(host),
            deliveries,
            feeds,
            self.progress,
            self._given_up,
            self.width(host),
            self.breadths.of(host, self.width(host)),
            self.sleep,
            self.clock,
            thorough,
        )

    def _open(
        self, source: Repository, blob: Descriptor, start: int
    ) -> AbstractContextManager[Iterator[bytes]]:
        return self.registry(source.host).open_blob(source.path, blob, start)

    def _given_up(self) -> bool:
        return self._aborted.is_set() or self.stopped()

    def _each(
        self, items: Iterable[T], work: Callable[[T], None], tell: Callable[[T], None] = lambda _: None
    ) -> None:
        """Work on all side by side; Ctrl-C gives all of them up, so that nobody waits for a copy to end."""
        listed = list(items)
        if not listed:
            return
        with ThreadPoolExecutor(len(listed), thread_name_prefix="lane") as pool:
            futures = {pool.submit(work, item) for item in listed}
            try:
                while futures:
                    done, futures = wait(futures, TELL_EVERY, FIRST_EXCEPTION)
                    for future in done:
                        future.result()
                    for item in listed:
                        tell(item)
            except BaseException:
                self._aborted.set()
                raise


def _by_host(items: Sequence[P]) -> Mapping[str, list[P]]:
    found: defaultdict[str, list[P]] = defaultdict(list)
    for item in items:
        found[item.repository.host].append(item)
    return found


def _shared_first(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Put what goes to most registries first: all lanes then want the same blobs at about the same time."""
    hosts: defaultdict[Digest, set[str]] = defaultdict(set)
    for one in deliveries:
        hosts[one.shipment.root.manifest.digest].add(one.repository.host)
    return sorted(deliveries, key=lambda one: -len(hosts[one.shipment.root.manifest.digest]))


def _expected(lanes: Sequence[Lane]) -> Iterable[tuple[Repository, Descriptor, list[str]]]:
    """Give every blob with the lanes that may have to send it."""
    found: dict[Digest, tuple[Repository, Descriptor, list[str]]] = {}
    for lane in lanes:
        for source, blob in lane.wanted():
            found.setdefault(blob.digest, (source, blob, []))[2].append(lane.name)
    return found.values()
