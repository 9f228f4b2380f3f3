"""Prove that released images still verify: every platform and the index, by cosign, in staging.

A record says that evidence was complete once.  Keys change, staging loses things, and somebody may
have written beside what is there; so before a tag goes back to an older digest its signature,
provenance, SBOM and test result are verified again, and must be the very referrers of the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from publisher.attestation.spdx import packages
from publisher.audit.expected import ExpectedTag
from publisher.audit.statements import is_of_build, is_of_index, tells
from publisher.errors import Malformed, NotFound, VerifyError
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.records.evidence import INDEX_EVIDENCE, PLATFORM_EVIDENCE, Evidence, EvidenceKind
from publisher.records.image import AttestedImage, PlatformEvidence
from publisher.steps.evidence import EvidenceDesk
from publisher.steps.workbench import Workbench

STEP = "prove"
Judge = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class _Subject:
    """A digest with the referrers that the record names, and what makes a predicate of a kind right."""

    name: str
    digest: Digest
    referrers: tuple[Evidence, ...]
    kinds: tuple[EvidenceKind, ...]
    judges: Mapping[EvidenceKind, Judge]


@dataclass(frozen=True, slots=True)
class Prover:
    """Verifies images in staging; nothing is written."""

    bench: Workbench

    def prove(self, images: Iterable[AttestedImage]) -> None:
        """Verify everything that these images were released with.

        Raises:
            VerifyError: something is gone, or does not verify any more; names all of it.
            RegistryError: staging does not answer.
        """
        wanted = list(images)
        desk = EvidenceDesk(self.bench.staging, self.bench.signer, self.bench.builds)
        checks = [
            (subject, kind)
            for image in wanted
            for subject in _subjects(image, self.bench.builds)
            for kind in subject.kinds
        ]
        with ThreadPoolExecutor(max_workers=self.bench.jobs, thread_name_prefix=STEP) as pool:
            contents = list(pool.map(self._contents, wanted))
            evidence = list(pool.map(lambda check: self._check(desk, *check), checks))
        problems = [problem for problem in (*contents, *evidence) if problem]
        if problems:
            raise VerifyError(
                "an older version does not verify any more, so no tag was moved",
                where=", ".join(dict.fromkeys(image.target for image in wanted)),
                detail="\n".join(problems),
                hint="go back to another version, or let it be built again: "
                "`publisher republish IMAGE:TAG --rebuild REASON`",
            )

    def _contents(self, image: AttestedImage) -> str:
        """Compare the index with the platforms of the record."""
        name = f"{image.target} {image.digest.short}"
        try:
            index = self.bench.staging.get_manifest(self.bench.builds.path, image.digest)
        except NotFound:
            return f"{name}: staging lacks the index"
        listed = {item.platform: item.digest for item in index.manifests if item.platform}
        recorded = {item.platform: item.digest for item in image.platforms}
        return "" if listed == recorded else f"{name}: the index does not list the platforms of the record"

    def _check(self, desk: EvidenceDesk, subject: _Subject, kind: EvidenceKind) -> str:
        recorded = {item for item in subject.referrers if item.kind is kind}
        proven = recorded & set(self._proven(desk, subject, kind))
        self.bench.progress.update(STEP, subject.name, kind.name.lower().replace("_", " "))
        if proven:
            return ""
        return f"{subject.name}: no valid {kind.name.lower().replace('_', ' ')} of the record"

    def _proven(self, desk: EvidenceDesk, subject: _Subject, kind: EvidenceKind) -> Sequence[Evidence]:
        if kind is not EvidenceKind.SIGNATURE:
            return desk.counting(subject.digest, kind, subject.judges[kind])
        listed = desk.listed(subject.digest)
        if any(item.kind is kind for item in listed) and desk.signer.verify(desk.reference(subject.digest)):
            return listed
        return ()


def _subjects(image: AttestedImage, builds: Repository) -> Iterator[_Subject]:
    name = f"{image.target} {image.digest.short}"
    yield _Subject(name, image.digest, image.referrers, INDEX_EVIDENCE, _of_index(image, builds))
    for item in image.platforms:
        yield _Subject(
            f"{name} {item.platform}",
            item.digest,
            item.referrers,
            PLATFORM_EVIDENCE,
            _of_platform(item),
        )


def _of_index(image: AttestedImage, builds: Repository) -> Mapping[EvidenceKind, Judge]:
    kept = image.digest.permanent_tag
    promised = ExpectedTag("staging", builds, kept, image.digest, image.target, image.platforms)
    return {
        EvidenceKind.PROVENANCE: lambda raw: is_of_index(raw, promised),
        EvidenceKind.TEST_RESULT: lambda raw: tells(raw, image.platforms),
    }


def _of_platform(item: PlatformEvidence) -> Mapping[EvidenceKind, Judge]:
    return {
        EvidenceKind.PROVENANCE: lambda raw: is_of_build(raw, item),
        EvidenceKind.SBOM: _is_sbom,
        EvidenceKind.TEST_RESULT: lambda raw: tells(raw, (item,)),
    }


def _is_sbom(raw: bytes) -> bool:
    try:
        packages(raw)
    except Malformed:
        return False
    return True
