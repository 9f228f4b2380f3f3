"""Tags that are to name another version: what each names now, compared with what the chain says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from publisher.catalog.target import TargetId
from publisher.errors import PublisherError, TagMoved
from publisher.oci.digest import Digest, named_instead
from publisher.oci.reference import Repository
from publisher.records.release import Move
from publisher.steps.asking import ask_everywhere
from publisher.steps.workbench import Workbench

STEP = "look up"


@dataclass(frozen=True, slots=True)
class TagChange:
    """A tag and what it is to name; `known` is what the chain says that it named, newest first."""

    registry: str
    repository: Repository
    tag: str
    target: TargetId
    digest: Digest
    known: tuple[Digest, ...] = ()
    latest: bool = False

    @property
    def expected(self) -> Digest | None:
        """Give what it should name now; None where the chain does not know it."""
        return self.known[0] if self.known else None

    def move(self, seen: Digest | None) -> Move:
        """Give the move from what was seen; from what was expected where it is in place already."""
        previous = self.expected if seen == self.digest else seen
        return Move(self.registry, self.repository, self.tag, previous, self.digest, self.target, self.latest)


@dataclass(frozen=True, slots=True)
class TagLookup:
    """Asks registries what tags name now, but for those that are `silent`: the chain's word counts there.

    `force` takes a stranger's digest for what is to be moved.  With `pending` a tag may name anything
    that the chain knows of it: the newest record is committed, and not everything of it is done.
    """

    bench: Workbench
    silent: Collection[str] = ()
    force: bool = False
    pending: bool = False

    def moves(self, changes: Sequence[TagChange]) -> tuple[Move, ...]:
        """Give the moves that these changes take, version tags before `latest`.

        Raises:
            TagMoved: somebody else moved a tag, and nobody said `force`.
            RegistryError: a required registry does not answer.
        """
        wanted = [change for change in changes if change.expected != change.digest]
        seen = self._look_up(wanted)
        strangers = list(self._strangers(zip(wanted, seen, strict=True)))
        if strangers and not self.force:
            raise TagMoved(
                "somebody else moved tags since the last release, so nothing was done",
                where=", ".join(dict.fromkeys(change.registry for change, _ in strangers)),
                detail="\n".join(_stranger(change, found) for change, found in strangers),
                hint="find out who moved them, then run again with --force to move them all the same",
            )
        moves = [change.move(found) for change, found in zip(wanted, seen, strict=True)]
        return tuple(sorted(moves, key=lambda move: move.latest))

    def _look_up(self, changes: Sequence[TagChange]) -> list[Digest | None]:
        asked = [change for change in changes if change.registry not in self.silent]
        told = ask_everywhere(
            asked, lambda one: one.repository.host, self._ask, step=STEP, progress=self.bench.progress
        )
        answers = dict(zip(asked, told, strict=True))
        return [_seen(answers.get(change, change.expected)) for change in changes]

    def _ask(self, change: TagChange) -> Digest | None:
        registry = self.bench.registry(change.repository.host)
        found = registry.head_manifest(change.repository.path, change.tag)
        return found.digest if found else None

    def _is_required(self, change: TagChange) -> bool:
        return self.bench.settings.registries[change.registry].required

    def _strangers(
        self, seen: Iterable[tuple[TagChange, Digest | None]]
    ) -> Iterator[tuple[TagChange, Digest | None]]:
        for change, found in seen:
            lags = (self.pending or not self._is_required(change)) and found in (None, *change.known)
            if found not in (change.expected, change.digest) and not lags:
                yield change, found


def _stranger(change: TagChange, found: Digest | None) -> str:
    return f"{change.repository}:{change.tag} {named_instead(found, change.expected)}"


def _seen(answer: Digest | PublisherError | None) -> Digest | None:
    if isinstance(answer, PublisherError):
        raise answer
    return answer
