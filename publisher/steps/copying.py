"""Copying any images to any registries as one transaction.

First every target tag is asked what it names: what is in place costs nothing more.  The rest is read
from its sources with all its referrers, brought everywhere, checked, and then the tags move.  If the
contents of one registry cannot be completed no tag moves anywhere; running it again does what is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from publisher.errors import NotFound, PublisherError, VerifyError
from publisher.oci.digest import Digest
from publisher.oci.reference import Reference, Repository
from publisher.ports.progress import Progress
from publisher.ports.registry import Registry
from publisher.ports.signer import Signer
from publisher.ports.transfer import LaneReport, TagReport, Transfer
from publisher.records.version import LATEST
from publisher.steps.asking import ask_everywhere
from publisher.steps.copy_list import Claim, Copy, Source, claims
from publisher.steps.copy_source import ReferrerLists, SourceReader
from publisher.steps.copy_targets import TargetLook
from publisher.transfer.inventory import Delivery, Shipment, TagMove

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be done: claims `in_place` need nothing, `unreachable` registries could not be asked.

    If `thorough` every blob is asked for, too.
    """

    deliveries: tuple[Delivery, ...] = ()
    moves: tuple[TagMove, ...] = ()
    in_place: tuple[Claim, ...] = ()
    unreachable: Mapping[str, PublisherError] = field(default_factory=dict)
    thorough: bool = False


@dataclass(frozen=True, slots=True)
class CopyReport:
    """How it ended, by registry host."""

    prepared: Prepared
    lanes: Mapping[str, LaneReport] = field(default_factory=dict)
    tags: Mapping[str, TagReport] = field(default_factory=dict)

    @property
    def errors(self) -> Mapping[str, PublisherError]:
        """Give the error of every registry that failed."""
        lanes = {host: lane.error for host, lane in self.lanes.items() if lane.error}
        tags = {host: tag.error for host, tag in self.tags.items() if tag.error}
        return {**tags, **lanes, **self.prepared.unreachable}


@dataclass(frozen=True, slots=True)
class Copying:
    """Copies through registry clients and a transfer; with a signer only what it verifies."""

    registry: Callable[[str], Registry]
    transfer: Transfer
    progress: Progress
    signer: Signer | None = None

    def prepare(self, copies: Sequence[Copy], *, recheck: bool = False) -> Prepared:
        """Look what is missing and read it from its sources; nothing is written.

        With `recheck` contents and referrers are looked at even where a tag is in place.

        Raises:
            NotFound: a source is not there.
            VerifyError: a source is not signed as it should be.
            RegistryError: a source cannot be read.
        """
        look = TargetLook(self.registry, self.progress)
        look.look(claims(copies, self._look_up(copies)))
        in_place = tuple(claim for claim, digest in look.found.items() if _is_done(claim, digest))
        wanted = look.found if recheck else {c: d for c, d in look.found.items() if not _is_done(c, d)}
        sources = list(dict.fromkeys(claim.source for claim in wanted))
        self._verify(sources)
        counts = Counter(source.repository for source in sources)
        lists = {
            name: ReferrerLists(self.registry(name.host), name, images) for name, images in counts.items()
        }
        shipments = self._each_source("read", sources, lambda source: self._ship(source, lists))
        return Prepared(
            tuple(_deliveries(wanted, shipments)),
            tuple(_moves(wanted, shipments)),
            in_place,
            look.errors,
            recheck,
        )

    def carry_out(self, prepared: Prepared, *, force: bool = False) -> CopyReport:
        """Bring the contents everywhere, then move the tags; `force` overrides somebody else's change."""
        if not prepared.deliveries:
            return CopyReport(prepared)
        lanes = self.transfer.deliver(prepared.deliveries, thorough=prepared.thorough)
        report = CopyReport(prepared, lanes)
        if report.errors or not prepared.moves:
            return report
        self.progress.reached("copy:contents")
        return replace(report, tags=self.transfer.move_tags(prepared.moves, force=force))

    def _look_up(self, copies: Sequence[Copy]) -> Mapping[Reference, Digest]:
        """Look up the sources that are named by a tag, each once, and say what they are."""
        tagged = list(dict.fromkeys(copy.source for copy in copies if copy.source.digest is None))

        def ask(source: Reference) -> Digest:
            registry = self.registry(source.repository.host)
            found = registry.head_manifest(source.repository.path, source.tag or "")
            if found is None:
                raise NotFound("a source is not there", where=str(source), hint="correct the list")
            return found.digest

        answers = ask_everywhere(tagged, lambda one: one.repository.host, ask)
        found = dict(zip(tagged, _unless_failed(answers), strict=True))
        for source, digest in found.items():
            self.progress.note(f"{source} is {digest}")
        return found

    def _verify(self, sources: Sequence[Source]) -> None:
        signer = self.signer
        if signer is None:
            return

        def ask(source: Source) -> None:
            if not signer.verify(Reference(source.repository, None, source.digest)):
                raise VerifyError(
                    "a source has no valid signature of that key; nothing was written",
                    where=str(source),
                    hint="leave it out of the list, or check the key",
                )

        self._each_source("verify", sources, ask)

    def _ship(self, source: Source, lists: Mapping[Repository, ReferrerLists]) -> Shipment:
        name = source.repository
        reader = SourceReader(self.registry(name.host), name, lists[name])
        try:
            shipment = reader.read(source.digest)
        except NotFound as error:
            raise NotFound(
                "a source is not there, or not whole", where=str(source), detail=str(error),
                hint="correct the list",
            ) from error  # fmt: skip
        for strange in reader.strange:
            self.progress.warning(
                f"{source}: its list of referrers names {strange.digest}, which stays behind"
            )
        return shipment

    def _each_source(
        self, step: str, sources: Sequence[Source], ask: Callable[[Source], T]
    ) -> Mapping[Source, T]:
        answers = ask_everywhere(
            sources, lambda one: one.repository.host, ask, step=step, progress=self.progress
        )
        return dict(zip(sources, _unless_failed(answers), strict=True))


def _is_done(claim: Claim, named: Digest | None) -> bool:
    """Tell whether a tag says that all is there; the permanent one is written before the referrers are."""
    return named == claim.source.digest and claim.tag != claim.source.digest.permanent_tag


def _unless_failed(answers: Sequence[T | PublisherError]) -> list[T]:
    """Give the answers; the first error among them is raised."""
    found = []
    for answer in answers:
        if isinstance(answer, PublisherError):
            raise answer
        found.append(answer)
    return found


def _deliveries(wanted: Mapping[Claim, object], shipments: Mapping[Source, Shipment]) -> Iterator[Delivery]:
    """Give one delivery for each image and repository, whatever the number of its tags there."""
    for source, repository in dict.fromkeys((one.source, one.target.repository) for one in wanted):
        yield Delivery(repository.host, shipments[source], repository)


def _moves(wanted: Mapping[Claim, Digest | None], shipments: Mapping[Source, Shipment]) -> Iterator[TagMove]:
    for claim, previous in wanted.items():
        repository, tag = claim.target.repository, claim.target.tag
        if tag:
            root = shipments[claim.source].root.manifest
            yield TagMove(
                repository.host, repository, tag, previous, claim.source.digest, root, last=tag == LATEST
            )
