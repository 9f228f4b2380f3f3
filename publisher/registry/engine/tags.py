"""Moving tags: each is compared with what it was to name, right before."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from publisher.errors import PublisherError, RegistryError, TagMoved
from publisher.oci.digest import Digest, named_instead
from publisher.oci.reference import Repository
from publisher.ports.progress import Progress
from publisher.ports.registry import Registry
from publisher.ports.transfer import Stranger, TagReport
from publisher.registry.engine.stopping import given_up
from publisher.transfer.inventory import TagMove

_PATIENCE = (0.1, 0.3, 1.0, 3.0)
"""Seconds between two looks at a tag that was just written."""
_FRESH = 2.0
"""Seconds for which a list of tags is believed: somebody may write one meanwhile."""
_MANY = 4
"""New tags in one repository from which asking for all of its tags is cheaper."""


@dataclass(slots=True)
class TagLane:
    """The moves of one registry, a few at a time; what ended how is collected."""

    registry: Registry
    progress: Progress
    stopped: Callable[[], bool]
    width: int
    force: bool
    sleep: Callable[[float], object] = time.sleep
    clock: Callable[[], float] = time.monotonic
    wave: Sequence[TagMove] = ()
    moved: list[TagMove] = field(default_factory=list)
    in_place: list[TagMove] = field(default_factory=list)
    strangers: list[Stranger] = field(default_factory=list)
    left: list[TagMove] = field(default_factory=list)
    error: PublisherError | None = None
    absent: frozenset[tuple[Repository, str]] = frozenset()
    listed: float = 0.0

    def run(self) -> None:
        """Move the tags of the wave; after an error the rest is left."""
        if not self.wave:
            return
        with ThreadPoolExecutor(self.width, thread_name_prefix="tags") as pool:
            self.listed = self.clock()
            self.absent = frozenset(
                pair for found in pool.map(self._absent, self._crowds()) for pair in found
            )
            list(pool.map(self._try, self.wave))

    def leave(self) -> None:
        """Note that the wave is not begun."""
        self.left += self.wave

    def report(self, name: str) -> TagReport:
        """Give what happened to the moves of one name."""

        def mine(moves: Sequence[TagMove]) -> tuple[TagMove, ...]:
            return tuple(move for move in moves if move.registry == name)

        left = mine(self.left)
        return TagReport(
            mine(self.moved),
            mine(self.in_place),
            tuple(one for one in self.strangers if one.move.registry == name),
            left,
            self.error if left else None,
        )

    def _crowds(self) -> list[tuple[Repository, list[str]]]:
        """Give the repositories with so many new tags that listing all is cheaper than asking for each."""
        new: defaultdict[Repository, list[str]] = defaultdict(list)
        for move in self.wave:
            if move.previous is None:
                new[move.repository].append(move.tag)
        return [(repository, tags) for repository, tags in new.items() if len(tags) >= _MANY]

    def _absent(self, crowd: tuple[Repository, list[str]]) -> frozenset[tuple[Repository, str]]:
        repository, tags = crowd
        try:
            there = frozenset(self.registry.tags(repository.path))
        except RegistryError:  # too many to list, or a fault that each move will meet itself
            return frozenset()
        return frozenset((repository, tag) for tag in tags if tag not in there)

    def _named(self, move: TagMove) -> Digest | None:
        if (move.repository, move.tag) in self.absent and self.clock() - self.listed < _FRESH:
            return None
        return self._asked(move)

    def _asked(self, move: TagMove) -> Digest | None:
        current = self.registry.head_manifest(move.repository.path, move.tag)
        return current.digest if current else None

    def _try(self, move: TagMove) -> None:
        if self.error is not None:
            self.left.append(move)
            return
        try:
            self._move(move)
        except PublisherError as error:
            self._fail(error)
            self.left.append(move)

    def _fail(self, error: PublisherError) -> None:
        if self.error is None:
            self.error = error

    def _move(self, move: TagMove) -> None:
        if self.stopped():
            raise given_up(move.registry)
        path = move.repository.path
        found = self._named(move)
        if found == move.digest:
            self.in_place.append(move)
            return
        if found != move.previous and not self.force:
            self.strangers.append(Stranger(move, found))
            return
        manifest = move.manifest or self.registry.get_manifest(path, move.digest)
        self.registry.put_manifest(path, move.tag, manifest)
        self._read_back(move)
        self.moved.append(move)
        self.progress.reached("publish:tag")
        self.progress.update("publish", move.registry, f"{move.repository}:{move.tag} → {move.digest.short}")

    def _read_back(self, move: TagMove) -> None:
        """See that the tag names it now: a registry that says so and does not would end the run well."""
        found = self._asked(move)
        for pause in _PATIENCE:
            if found == move.digest:
                return
            self.sleep(pause)
            found = self._asked(move)
        if found != move.digest:
            raise RegistryError(
                "the registry took a tag and does not give it back",
                where=f"{move.repository}:{move.tag}",
                detail=f"it {named_instead(found, move.digest)}",
                hint="run it again; if it stays, somebody else moves the tag, or the registry drops writes",
            )


def strangers_error(strangers: Sequence[Stranger]) -> TagMoved | None:
    """Give the error for tags that somebody else moved, if there are any."""
    if not strangers:
        return None
    names = dict.fromkeys(one.move.registry for one in strangers)
    return TagMoved(
        "somebody else moved tags since they were looked at; they were left alone",
        where=", ".join(names),
        detail="\n".join(one.text for one in strangers),
        hint="find out who moved them, then run again with --force to move them on",
    )
