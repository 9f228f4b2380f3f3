"""What a rule of the audit sees, and what every rule has."""

from __future__ import annotations

import shlex
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from publisher.audit.expected import ExpectedTag
from publisher.audit.facts import DigestFacts, TagFacts
from publisher.audit.finding import Fault
from publisher.catalog.problem import Severity
from publisher.oci.digest import Digest
from publisher.records.evidence import INDEX_EVIDENCE, PLATFORM_EVIDENCE, EvidenceKind


@dataclass(frozen=True, slots=True)
class Seen:
    """One tag, promised and found."""

    expected: ExpectedTag
    facts: TagFacts

    @property
    def resolves(self) -> bool:
        """Tell whether the tag could be read and names the promised digest."""
        return not self.facts.error and self.facts.digest == self.expected.digest

    @property
    def judged(self) -> bool:
        """Tell whether the evidence behind the tag is to be judged."""
        return self.resolves and self.expected.current and bool(self.expected.platforms)

    def proof(self, digest: Digest) -> DigestFacts:
        """Give what is known about a digest."""
        return self.facts.digests.get(digest, DigestFacts())

    def carriers(self, kind: EvidenceKind) -> Iterator[Digest]:
        """Give the digests behind the tag that must carry that kind of evidence: index, then platforms."""
        if kind in INDEX_EVIDENCE and self.expected.platform is None:
            yield self.expected.digest
        if kind in PLATFORM_EVIDENCE:
            yield from (platform.digest for platform in self.expected.platforms)


class Rule(ABC):
    """A rule; subclasses yield faults."""

    id: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR
    command: ClassVar[str] = "publisher republish {target} --registry {registry}"
    """How to mend it; `{target}`, `{registry}` and `{keeper}`, where its evidence lies, are filled in."""

    @abstractmethod
    def faults(self, seen: Seen) -> Iterable[Fault]:
        """Give what is wrong with one tag."""

    def repair(self, expected: ExpectedTag) -> str:
        """Give the command for one tag, ready to paste."""
        keeper = expected.evidence.registry if expected.evidence else expected.registry
        return self.command.format(
            target=shlex.quote(expected.target),
            registry=shlex.quote(expected.registry),
            keeper=shlex.quote(keeper),
        )
