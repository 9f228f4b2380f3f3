"""Audit: look at every promised tag on every destination, as an outsider with the public key would."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from publisher import codec
from publisher.audit.expected import ExpectedTag, expected_tags
from publisher.audit.facts import DigestFacts, Facts, HeadFacts, TagFacts
from publisher.audit.report import Report, report
from publisher.errors import PublisherError, RecordConflict, UsageError
from publisher.oci.descriptor import RELEASE_RECORD
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Reference, Repository
from publisher.records.evidence import INDEX_EVIDENCE, PLATFORM_EVIDENCE, EvidenceKind
from publisher.records.release import HEAD_TAG, ReleaseRecord
from publisher.steps.chain import Chain
from publisher.steps.workbench import Workbench

STEP = "audit"


@dataclass(frozen=True, slots=True)
class AuditStep:
    """Audits destinations; `only` limits it to images (`cann`) or single tags (`cann:tag`)."""

    bench: Workbench
    chain: Chain
    only: Collection[str] = ()

    def run(self) -> Report:
        """Look at everything and judge it.

        Raises:
            UsageError: a name in `only` is unknown.
            PublisherError: the chain of records in staging cannot be read at all.
        """
        records = [stored.record for stored in self.chain.walk()]
        expected = self._choose(expected_tags(records))
        looker = _Looker(self.bench)
        with ThreadPoolExecutor(max_workers=self.bench.jobs, thread_name_prefix=STEP) as pool:
            tags = tuple(pool.map(looker.look, expected))
            heads = tuple(pool.map(self._head, self._holders()))
        return report(expected, Facts(tags, heads, self._authority(records)))

    def _choose(self, promised: Sequence[ExpectedTag]) -> list[ExpectedTag]:
        """Give the promised tags that were asked for; a name that no record knows must not look clean."""
        unknown = sorted(set(self.only).difference(*map(_names, promised)))
        if unknown:
            raise UsageError(
                f"no release record names {', '.join(unknown)}",
                where=str(self.chain.repository),
                hint="write IMAGE or IMAGE:TAG as in the catalog; `publisher audit` alone checks everything",
            )
        return [tag for tag in promised if not self.only or not _names(tag).isdisjoint(self.only)]

    def _authority(self, records: Sequence[ReleaseRecord]) -> HeadFacts:
        head = self.chain.head()
        return HeadFacts("staging", records[0].sequence, head.digest) if head else HeadFacts("staging")

    def _holders(self) -> list[str]:
        """Name the registries that hold records: one whose evidence lies elsewhere holds none."""
        registries = self.bench.settings.registries
        return [name for name, settings in registries.items() if settings.evidence is None]

    def _head(self, name: str) -> HeadFacts:
        repository = self.chain.destination(self.bench.settings.registries[name].prefix)
        try:
            return self._read_head(name, repository)
        except PublisherError as error:
            return HeadFacts(name, error=error.what)

    def _read_head(self, name: str, repository: Repository) -> HeadFacts:
        registry = self.bench.registry(repository.host)
        found = registry.head_manifest(repository.path, HEAD_TAG)
        if found is None:
            return HeadFacts(name)
        descriptor, content = self.bench.artifacts.pull(repository, found.digest, RELEASE_RECORD)
        sequence = codec.decode(ReleaseRecord, content, where=str(repository)).sequence
        if not self.bench.signer.verify(Reference(repository, digest=descriptor.digest)):
            raise RecordConflict("the newest record is not signed by the expected identity")
        return HeadFacts(name, sequence, descriptor.digest)


def _names(tag: ExpectedTag) -> frozenset[str]:
    """Give what a person may call a tag: its image, its target, or the tag itself, aliases too."""
    return frozenset((tag.target.image, tag.target, tag.name, f"{tag.target.image}:{tag.tag}"))


@dataclass(slots=True)
class _Looker:
    """Looks at tags; what was found about a digest of a repository is asked once."""

    bench: Workbench
    known: dict[tuple[Repository, Digest], DigestFacts] = field(default_factory=dict)
    locks: dict[tuple[Repository, Digest], threading.Lock] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def look(self, tag: ExpectedTag) -> TagFacts:
        try:
            facts = self._look(tag)
        except PublisherError as error:
            facts = TagFacts(tag.registry, tag.repository, tag.tag, error=error.what)
        self.bench.progress.update(STEP, tag.registry, f"{tag.repository}:{tag.tag}")
        return facts

    def _look(self, tag: ExpectedTag) -> TagFacts:
        registry = self.bench.registry(tag.repository.host)
        found = registry.head_manifest(tag.repository.path, tag.tag)
        if found is None:
            return TagFacts(tag.registry, tag.repository, tag.tag)
        named = registry.get_manifest(tag.repository.path, found.digest)
        platforms = {item.platform: item.digest for item in named.manifests if item.platform}
        if tag.platform and not named.is_index:
            platforms = {tag.platform: found.digest}
        judged = tag.current and found.digest == tag.digest  # nobody asks what proves a stranger
        digests = self._proofs(tag, found.digest, platforms) if judged else {}
        return TagFacts(tag.registry, tag.repository, tag.tag, found.digest, platforms, digests)

    def _proofs(
        self, tag: ExpectedTag, named: Digest, platforms: Mapping[Platform, Digest]
    ) -> dict[Digest, DigestFacts]:
        """Ask for the proofs of what a tag names, where they lie; its contents must be at its registry."""
        registry = self.bench.registry(tag.repository.host)
        there = [
            digest
            for digest in platforms.values()
            if digest == named or registry.head_manifest(tag.repository.path, digest) is not None
        ]
        proofs = {} if named in there else {named: self._prove(tag.proven_at, named, INDEX_EVIDENCE)}
        return proofs | {digest: self._prove(tag.proven_at, digest, PLATFORM_EVIDENCE) for digest in there}

    def _prove(self, repository: Repository, digest: Digest, kinds: Sequence[EvidenceKind]) -> DigestFacts:
        key = (repository, digest)
        with self.guard:
            lock = self.locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self.known:
                self.known[key] = self._ask(Reference(repository, digest=digest), kinds)
            return self.known[key]

    def _ask(self, reference: Reference, kinds: Sequence[EvidenceKind]) -> DigestFacts:
        signed: bool | None = None
        predicates: dict[EvidenceKind, tuple[bytes, ...]] = {}
        errors: list[str] = []
        for kind in kinds:
            try:
                if kind is EvidenceKind.SIGNATURE:
                    signed = self.bench.signer.verify(reference)
                else:
                    predicates[kind] = self.bench.signer.verified_predicates(reference, kind)
            except PublisherError as error:
                errors.append(error.what)
        return DigestFacts(signed, predicates, tuple(errors))
