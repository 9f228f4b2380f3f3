"""Every rule: silent on a sound registry, and alone in what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from publisher.attestation.provenance import BUILD_TYPE, Run, index_provenance
from publisher.attestation.smoke_result import index_result, platform_result
from publisher.audit.expected import ExpectedTag, expected_tags
from publisher.audit.facts import DigestFacts, Facts, TagFacts
from publisher.audit.finding import Finding
from publisher.audit.findings import RULES
from publisher.audit.heads import HEAD_RULES
from publisher.audit.report import judge
from publisher.codec import canonical
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.records.evidence import EvidenceKind
from publisher.records.image import IndexedPlatform, IndexRecord, PlatformEvidence
from publisher.records.release import Destination
from publisher.records.test import Outcome
from publisher.records.test import TestMode as Mode
from publisher.records.test import TestRecord as Record
from tests.unit.notes.releases import AMD64, ARM64, CANN, FIRST, HUB, QUAY, SECOND, digest

EXPECTED = expected_tags([FIRST, SECOND])
RUN = Run(
    "https://e/x", "c" * 40, "b", "i", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), "0"
)
TAG = next(tag for tag in EXPECTED if tag.key == (HUB, CANN.tag))
Change = Callable[[TagFacts], TagFacts]


def provenance(platform: PlatformEvidence) -> bytes:
    return canonical(
        {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "platform": platform.platform,
                    "commit": "c" * 40,
                    "source": "https://e/x",
                },
                "internalParameters": {"buildId": platform.build_id},
                "resolvedDependencies": [],
            }
        }
    )


def of_index(tag: ExpectedTag, platforms: Iterable[PlatformEvidence]) -> bytes:
    listed = tuple(IndexedPlatform(item.platform, item.digest, item.build_id) for item in platforms)
    return index_provenance(IndexRecord(tag.target, tag.digest, 1, "", listed), RUN)


def ran(tag: ExpectedTag, platform: PlatformEvidence) -> Record:
    return Record(tag.target, platform.platform, platform.digest, platform.outcome, True, platform.mode)


def sound(tag: ExpectedTag) -> TagFacts:
    """Give the facts of a registry where everything is as it should be."""
    platforms = {item.platform: item.digest for item in tag.platforms}
    proofs = {
        item.digest: DigestFacts(
            True,
            {
                EvidenceKind.PROVENANCE: (provenance(item),),
                EvidenceKind.SBOM: (b"{}",),
                EvidenceKind.TEST_RESULT: (platform_result(ran(tag, item)),),
            },
        )
        for item in tag.platforms
    }
    proofs[tag.digest] = DigestFacts(
        True,
        {
            EvidenceKind.PROVENANCE: (of_index(tag, tag.platforms),),
            EvidenceKind.TEST_RESULT: (index_result([ran(tag, item) for item in tag.platforms]),),
        },
    )
    return TagFacts(tag.registry, tag.repository, tag.tag, tag.digest, platforms, proofs)


def judged(change: Change) -> list[Finding]:
    """Judge a registry where only `TAG` is changed."""
    facts = tuple(change(sound(tag)) if tag is TAG else sound(tag) for tag in EXPECTED)
    return list(judge(EXPECTED, Facts(facts)))


def proof(which: Digest, **changes: object) -> Change:
    """Change what is proven about one digest."""

    def change(facts: TagFacts) -> TagFacts:
        changed = replace(facts.digests[which], **changes)  # type: ignore[arg-type]
        return replace(facts, digests={**facts.digests, which: changed})

    return change


def predicate(which: Digest, kind: EvidenceKind, *found: bytes) -> Change:
    """Change the predicates of one kind on one digest."""
    return lambda facts: proof(which, predicates={**facts.digests[which].predicates, kind: found})(facts)


def without(which: Digest, kind: EvidenceKind) -> Change:
    """Leave open whether there are predicates of a kind."""

    def change(facts: TagFacts) -> TagFacts:
        kept: Mapping[EvidenceKind, tuple[bytes, ...]] = {
            key: value for key, value in facts.digests[which].predicates.items() if key is not kind
        }
        return proof(which, predicates=kept, errors=("429 too many requests",))(facts)

    return change


def gone(which: Digest) -> Change:
    """Let a manifest be listed, but not there."""
    return lambda facts: replace(
        facts, digests={digest: item for digest, item in facts.digests.items() if digest != which}
    )


FIRST_PLATFORM, SECOND_PLATFORM = TAG.platforms
OTHER = replace(FIRST_PLATFORM, build_id=BuildId(digest("other")))
FAILED = replace(ran(TAG, FIRST_PLATFORM), outcome=Outcome.FAILED)
NATIVE = [replace(ran(TAG, item), mode=Mode.NATIVE) for item in TAG.platforms]


def test_a_sound_registry_has_no_findings() -> None:
    assert judged(lambda facts: facts) == []


@pytest.mark.parametrize(
    ("identifier", "change", "at", "says"),
    [
        ("A001", lambda facts: TagFacts(HUB.host, HUB, CANN.tag, error="503"), "", "503"),
        ("A002", lambda facts: replace(facts, digest=None), TAG.digest, "missing"),
        ("A003", lambda facts: replace(facts, digest=digest("evil")), digest("evil"), "the records say"),
        (
            "A005",
            lambda facts: replace(facts, platforms={AMD64: FIRST_PLATFORM.digest}),
            SECOND_PLATFORM.digest,
            "linux/arm64",
        ),
        (
            "A005",
            lambda facts: replace(facts, platforms={**facts.platforms, ARM64: digest("evil")}),
            digest("evil"),
            "lists",
        ),
        ("A005", gone(SECOND_PLATFORM.digest), SECOND_PLATFORM.digest, "not there"),
        ("A006", proof(TAG.digest, signed=False), TAG.digest, "signature"),
        ("A006", proof(FIRST_PLATFORM.digest, signed=False), FIRST_PLATFORM.digest, "signature"),
        ("A007", proof(TAG.digest, signed=None, errors=("reset",)), TAG.digest, "reset"),
        ("A007", without(FIRST_PLATFORM.digest, EvidenceKind.SBOM), FIRST_PLATFORM.digest, "429"),
        ("A007", without(TAG.digest, EvidenceKind.PROVENANCE), TAG.digest, "429"),
        ("A008", predicate(SECOND_PLATFORM.digest, EvidenceKind.SBOM), SECOND_PLATFORM.digest, "SBOM"),
        ("A009", predicate(TAG.digest, EvidenceKind.PROVENANCE), TAG.digest, "provenance"),
        (
            "A009",
            predicate(FIRST_PLATFORM.digest, EvidenceKind.PROVENANCE),
            FIRST_PLATFORM.digest,
            "provenance",
        ),
        (
            "A010",
            predicate(FIRST_PLATFORM.digest, EvidenceKind.PROVENANCE, provenance(OTHER), b"junk"),
            FIRST_PLATFORM.digest,
            FIRST_PLATFORM.build_id,
        ),
        (
            "A010",
            predicate(
                FIRST_PLATFORM.digest,
                EvidenceKind.PROVENANCE,
                provenance(replace(FIRST_PLATFORM, platform=ARM64)),
            ),
            FIRST_PLATFORM.digest,
            "build",
        ),
        (
            "A010",
            predicate(TAG.digest, EvidenceKind.PROVENANCE, of_index(TAG, [OTHER, SECOND_PLATFORM]), b"{}"),
            TAG.digest,
            "index",
        ),
        ("A011", predicate(TAG.digest, EvidenceKind.TEST_RESULT), TAG.digest, "test result"),
        (
            "A011",
            predicate(FIRST_PLATFORM.digest, EvidenceKind.TEST_RESULT),
            FIRST_PLATFORM.digest,
            "test result",
        ),
        (
            "A012",
            predicate(FIRST_PLATFORM.digest, EvidenceKind.TEST_RESULT, platform_result(FAILED), b"[]"),
            FIRST_PLATFORM.digest,
            "passed",
        ),
        (
            "A012",
            predicate(TAG.digest, EvidenceKind.TEST_RESULT, index_result(NATIVE)),
            TAG.digest,
            "differs",
        ),
    ],
)
def test_a_rule_finds_its_fault_and_no_other_rule_does(
    identifier: str, change: Change, at: str, says: str
) -> None:
    findings = judged(change)
    assert [(item.id, item.digest) for item in findings] == [(identifier, at)]
    found = findings[0]
    assert says in found.message
    assert (found.image, found.tag, found.registry) == ("cann", CANN.tag, "hub")
    assert found.repair.startswith("publisher ")
    assert CANN in found.repair


def test_a_missing_permanent_tag() -> None:
    permanent = next(tag for tag in EXPECTED if tag.permanent)
    facts = tuple(replace(sound(tag), digest=None) if tag is permanent else sound(tag) for tag in EXPECTED)
    assert [item.id for item in judge(EXPECTED, Facts(facts))] == ["A004"]


def test_a_tag_that_nobody_looked_at_is_not_called_sound() -> None:
    assert {item.id for item in judge([TAG], Facts())} == {"A001"}


def test_another_predicate_beside_the_right_one_does_no_harm() -> None:
    change = predicate(FIRST_PLATFORM.digest, EvidenceKind.PROVENANCE, b"x", provenance(FIRST_PLATFORM))
    assert judged(change) == []


def test_repairs_are_safe_to_paste() -> None:
    hostile = replace(TAG, registry="hub; rm -rf /")
    missing = TagFacts(hostile.registry, hostile.repository, hostile.tag)
    assert judge([hostile], Facts((missing,)))[0].repair.endswith("--registry 'hub; rm -rf /'")


ALONE = replace(
    TAG, tag=f"{CANN.tag}-amd64", digest=FIRST_PLATFORM.digest, platforms=(FIRST_PLATFORM,), platform=AMD64
)
"""A tag at a registry without indexes."""
ELSEWHERE = replace(TAG, evidence=Destination("quay", QUAY))


def sound_alone() -> TagFacts:
    """Give the facts of a tag that names a platform's manifest, and all that proves it."""
    whole = sound(TAG)
    digests = {FIRST_PLATFORM.digest: whole.digests[FIRST_PLATFORM.digest]}
    platforms = {AMD64: FIRST_PLATFORM.digest}
    return replace(whole, tag=ALONE.tag, digest=ALONE.digest, platforms=platforms, digests=digests)


def test_a_platform_alone_needs_no_evidence_of_an_index() -> None:
    assert judge([ALONE], Facts((sound_alone(),))) == ()


@pytest.mark.parametrize(
    ("identifier", "change"),
    [
        ("A006", proof(FIRST_PLATFORM.digest, signed=False)),
        ("A008", predicate(FIRST_PLATFORM.digest, EvidenceKind.SBOM)),
        ("A009", predicate(FIRST_PLATFORM.digest, EvidenceKind.PROVENANCE)),
        ("A010", predicate(FIRST_PLATFORM.digest, EvidenceKind.PROVENANCE, provenance(OTHER))),
        ("A012", predicate(FIRST_PLATFORM.digest, EvidenceKind.TEST_RESULT, platform_result(FAILED))),
    ],
)
def test_a_platform_alone_is_judged_like_one_of_an_index(identifier: str, change: Change) -> None:
    assert [item.id for item in judge([ALONE], Facts((change(sound_alone()),)))] == [identifier]


def test_a_tag_that_names_something_else_is_taken_back_with_force() -> None:
    (found,) = judged(lambda facts: replace(facts, digest=digest("evil")))
    assert found.repair.endswith("--registry hub --force")


def test_evidence_elsewhere_is_mended_there_and_contents_here() -> None:
    facts = proof(TAG.digest, signed=False)(sound(ELSEWHERE))
    (found,) = judge([ELSEWHERE], Facts((facts,)))
    assert "at quay" in found.message
    assert found.repair == f"publisher republish {CANN} --registry quay"
    (gone,) = judge([ELSEWHERE], Facts((replace(facts, digest=None),)))
    assert gone.repair == f"publisher republish {CANN} --registry hub"


def test_ids_are_unique_in_order_and_explained() -> None:
    rules = [*RULES, *HEAD_RULES]
    assert [rule.id for rule in rules] == [f"A{number:03}" for number in range(1, len(rules) + 1)]
    assert all(type(rule).__doc__ for rule in rules)
