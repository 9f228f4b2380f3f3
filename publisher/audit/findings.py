"""The rules of the audit, one small class each; the docstring is the finding's page.

A rule sees one tag: what the records promise, and what was found.  Rules do not overlap: a tag
that is missing is not also called unsigned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from publisher.audit import statements
from publisher.audit.finding import Fault
from publisher.audit.rule import Rule, Seen
from publisher.records.evidence import EvidenceKind

_MEND_EVIDENCE = "publisher republish {target} --registry {keeper}"
_PREDICATES = (EvidenceKind.PROVENANCE, EvidenceKind.SBOM, EvidenceKind.TEST_RESULT)


class Unreadable(Rule):
    """A tag could not be read: the registry did not answer, or refused.

    Nothing is known about the tag, so nothing is claimed.  Look at the credentials and at the
    registry's own status, then audit again.
    """

    id = "A001"
    command = "publisher audit {target}"

    def faults(self, seen: Seen) -> Iterable[Fault]:
        if seen.facts.error:
            yield Fault(f"the tag cannot be read: {seen.facts.error}")


class TagMissing(Rule):
    """A version tag that the records promise is not there: it was deleted, or never arrived."""

    id = "A002"

    def faults(self, seen: Seen) -> Iterable[Fault]:
        if _is_missing(seen) and not seen.expected.permanent:
            yield Fault("the tag is missing", seen.expected.digest)


class TagDiffers(Rule):
    """A tag names another digest than the newest move of it in the records.

    Somebody pushed past the publisher, or an older state was put back.  Find out who has write
    access before you repair it.
    """

    id = "A003"
    command = "publisher republish {target} --registry {registry} --force"

    def faults(self, seen: Seen) -> Iterable[Fault]:
        found = seen.facts.digest
        if not seen.facts.error and found is not None and found != seen.expected.digest:
            yield Fault(f"the tag names {found}, the records say {seen.expected.digest}", found)


class PermanentTagMissing(Rule):
    """The permanent tag `d-<hex>` of a published digest is gone.

    Without it some registries delete the digest and its evidence when a version tag moves on.
    """

    id = "A004"

    def faults(self, seen: Seen) -> Iterable[Fault]:
        if _is_missing(seen) and seen.expected.permanent:
            yield Fault("the permanent tag is missing", seen.expected.digest)


class PlatformMissing(Rule):
    """An index lacks a platform that the records name, or lists a manifest that is another one or gone."""

    id = "A005"

    def faults(self, seen: Seen) -> Iterable[Fault]:
        if not seen.judged:
            return
        for platform in seen.expected.platforms:
            found = seen.facts.platforms.get(platform.platform)
            if found is None:
                yield Fault(f"{platform.platform} is missing from the index", platform.digest)
            elif found != platform.digest:
                yield Fault(f"the index lists {found} for {platform.platform}, not {platform.digest}", found)
            elif found not in seen.facts.digests:
                yield Fault(f"the manifest of {platform.platform} is not there", found)


class Unsigned(Rule):
    """A digest carries no signature by the expected key or identity.

    Either the signature is missing, or it was made by somebody else.  Do not use the image before
    it is clear which.
    """

    id = "A006"
    command = _MEND_EVIDENCE

    def faults(self, seen: Seen) -> Iterable[Fault]:
        for digest in seen.carriers(EvidenceKind.SIGNATURE) if seen.judged else ():
            if seen.proof(digest).signed is False:
                yield Fault(f"no signature by the expected identity{_where(seen)}", digest)


class NotVerifiable(Rule):
    """A signature or attestation could not be checked: the registry failed while it was read."""

    id = "A007"
    command = "publisher audit {target}"

    def faults(self, seen: Seen) -> Iterable[Fault]:
        for digest in seen.carriers(EvidenceKind.SIGNATURE) if seen.judged else ():
            if digest not in seen.facts.digests:  # a manifest that is not there: A005 says so
                continue
            proof = seen.proof(digest)
            asked = [kind for kind in _PREDICATES if digest in seen.carriers(kind)]
            if proof.signed is None or any(kind not in proof.predicates for kind in asked):
                reason = "; ".join(proof.errors) or "it was not looked at"
                yield Fault(f"signature and evidence cannot be checked: {reason}", digest)


class SbomMissing(Rule):
    """A platform manifest has no SBOM (SPDX) whose signature verifies for the expected identity."""

    id = "A008"
    command = _MEND_EVIDENCE

    def faults(self, seen: Seen) -> Iterable[Fault]:
        return _absent(seen, EvidenceKind.SBOM, "SBOM")


class ProvenanceMissing(Rule):
    """A digest has no SLSA provenance whose signature verifies for the expected identity."""

    id = "A009"
    command = _MEND_EVIDENCE

    def faults(self, seen: Seen) -> Iterable[Fault]:
        return _absent(seen, EvidenceKind.PROVENANCE, "provenance")


class ProvenanceDiffers(Rule):
    """The provenance speaks of another build than the release record.

    It is signed by the right identity, but names another BuildId, platform or manifest: evidence of
    another image was attached to this one.
    """

    id = "A010"
    command = "publisher republish {target} --rebuild 'audit A010'"

    def faults(self, seen: Seen) -> Iterable[Fault]:
        if not seen.judged:
            return
        for platform in seen.expected.platforms:
            found = seen.proof(platform.digest).predicates.get(EvidenceKind.PROVENANCE, ())
            if found and not any(statements.is_of_build(predicate, platform) for predicate in found):
                yield Fault(f"the provenance is not that of build {platform.build_id}", platform.digest)
        found = _of_index(seen, EvidenceKind.PROVENANCE)
        if found and not any(statements.is_of_index(predicate, seen.expected) for predicate in found):
            yield Fault("the provenance of the index names other manifests or builds", seen.expected.digest)


class ResultMissing(Rule):
    """A digest has no test result whose signature verifies for the expected identity."""

    id = "A011"
    command = _MEND_EVIDENCE

    def faults(self, seen: Seen) -> Iterable[Fault]:
        return _absent(seen, EvidenceKind.TEST_RESULT, "test result")


class ResultDiffers(Rule):
    """The signed test result is not the one that the release record relies on."""

    id = "A012"
    command = "publisher republish {target} --rebuild 'audit A012'"

    def faults(self, seen: Seen) -> Iterable[Fault]:
        if not seen.judged:
            return
        for platform in seen.expected.platforms:
            found = seen.proof(platform.digest).predicates.get(EvidenceKind.TEST_RESULT, ())
            if found and not any(statements.tells(predicate, (platform,)) for predicate in found):
                yield Fault(f"the test result does not say {platform.outcome}", platform.digest)
        found = _of_index(seen, EvidenceKind.TEST_RESULT)
        if found and not any(statements.tells(predicate, seen.expected.platforms) for predicate in found):
            yield Fault("the test result of the index differs from the record", seen.expected.digest)


def _of_index(seen: Seen, kind: EvidenceKind) -> tuple[bytes, ...]:
    """Give what is said of the index; nothing where the tag names a platform's manifest itself."""
    if seen.expected.platform is not None:
        return ()
    return seen.proof(seen.expected.digest).predicates.get(kind, ())


def _is_missing(seen: Seen) -> bool:
    return not seen.facts.error and seen.facts.digest is None


def _absent(seen: Seen, kind: EvidenceKind, name: str) -> Iterator[Fault]:
    for digest in seen.carriers(kind) if seen.judged else ():
        if seen.proof(digest).predicates.get(kind) == ():
            yield Fault(f"no {name} signed by the expected identity{_where(seen)}", digest)


def _where(seen: Seen) -> str:
    """Say where evidence was looked for, where that is another registry."""
    return f" at {seen.expected.evidence.registry}" if seen.expected.evidence else ""


RULES: tuple[Rule, ...] = (
    Unreadable(),
    TagMissing(),
    TagDiffers(),
    PermanentTagMissing(),
    PlatformMissing(),
    Unsigned(),
    NotVerifiable(),
    SbomMissing(),
    ProvenanceMissing(),
    ProvenanceDiffers(),
    ResultMissing(),
    ResultDiffers(),
)
"""Every rule about a tag, in the order of their ids; A013 and A014 are about whole registries."""
