"""The rules of the audit about whole registries: the chain of release records at each of them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from publisher.audit.facts import Facts, HeadFacts
from publisher.audit.finding import Finding
from publisher.catalog.problem import Severity


class HeadDiffers:
    """The newest release record of a registry is not the newest there is.

    The registry lags behind, was put back to an older state, or holds a forked chain.  Staging's
    record is the authority; where staging was not asked, the highest sequence is.
    """

    id = "A013"
    severity = Severity.ERROR

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Compare every head with the authority."""
        authority = facts.authority or _highest(facts.heads)
        if authority is None or authority.error:
            return
        for head in facts.heads:
            if not head.error and head.digest != authority.digest:
                yield _finding(
                    self.id, head, self._message(head, authority), "publisher republish --all --registry"
                )

    @staticmethod
    def _message(head: HeadFacts, authority: HeadFacts) -> str:
        if head.digest is None:
            return f"there is no release record here; the newest is r-{authority.sequence}"
        if head.sequence == authority.sequence:
            return f"r-{head.sequence} is another record here: the chain is forked"
        return f"the newest record here is r-{head.sequence}, it should be r-{authority.sequence}"


class HeadUnreadable:
    """The release records of a registry cannot be read, or are not signed by the expected identity."""

    id = "A014"
    severity = Severity.ERROR

    def findings(self, facts: Facts) -> Iterator[Finding]:
        """Report every head with an error, staging's too."""
        authority = (facts.authority,) if facts.authority else ()
        for head in (*authority, *facts.heads):
            if head.error:
                message = f"the release records cannot be read: {head.error}"
                yield _finding(self.id, head, message, "publisher republish --all --registry")


HEAD_RULES: tuple[HeadDiffers | HeadUnreadable, ...] = (HeadDiffers(), HeadUnreadable())
"""Every rule about a registry's records, in the order of their ids."""


def _highest(heads: Sequence[HeadFacts]) -> HeadFacts | None:
    known = [head for head in heads if head.digest is not None and not head.error]
    return max(known, key=lambda head: head.sequence, default=None)


def _finding(identifier: str, head: HeadFacts, message: str, command: str) -> Finding:
    digest = head.digest or ""
    repair = f"{command} {shlex.quote(head.registry)}"
    return Finding(identifier, Severity.ERROR, "", "", head.registry, digest, message, repair)
