"""Attach evidence in staging, once: SBOM, test result, provenance, signature."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.attestation.provenance import index_provenance, read_index_statement
from publisher.attestation.smoke_result import index_result, platform_result, read_test_result
from publisher.attestation.spdx import packages
from publisher.catalog.target import TargetId
from publisher.errors import AttestError, Malformed
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.plan.snapshot import Snapshot
from publisher.records.evidence import INDEX_EVIDENCE, PLATFORM_EVIDENCE, Evidence, EvidenceKind
from publisher.records.image import AttestedImage, IndexedPlatform, IndexRecord, PlatformEvidence
from publisher.records.release import Step
from publisher.records.test import TestRecord
from publisher.steps.build import BuildStep, provenance_run
from publisher.steps.evidence import EvidenceDesk
from publisher.steps.results import Results
from publisher.steps.workbench import Workbench

STEP = "attest"


@dataclass(frozen=True, slots=True)
class AttestStep:
    """Completes the evidence of platform manifests and indexes."""

    bench: Workbench
    snapshot: Snapshot
    desk: EvidenceDesk
    results: Results
    builds: BuildStep

    def run_platform(self, target: TargetId, platform: Platform) -> tuple[Evidence, ...]:
        """Complete the evidence of one platform manifest; its provenance came with the build.

        Raises:
            AttestError: syft or cosign failed.
        """
        build = self.builds.built(target, platform)
        record = self._tested(target, platform, build.digest)
        with self.desk.writing(build.digest):
            found = (
                Evidence(EvidenceKind.PROVENANCE, build.statement),
                *self._sbom(build.digest, platform),
                *self._test_result(build.digest, (record,), platform_result(record)),
                *self.desk.ensure_signature(build.digest),
            )
        self.bench.progress.reached("attest:signed")
        return self._keep(target, platform, build.digest, found, PLATFORM_EVIDENCE)

    def run_index(self, target: TargetId) -> tuple[Evidence, ...]:
        """Complete the evidence of an index.

        Raises:
            AttestError: cosign failed.
        """
        index = self.results.indexes.get(target)
        if index is None:
            raise _missing("the index is not made", target, Step.INDEX)
        tests = tuple(self._tested(target, item.platform, item.digest) for item in index.platforms)
        with self.desk.writing(index.digest):
            found = (
                *self._index_provenance(index),
                *self._test_result(index.digest, tests, index_result(tests)),
                *self.desk.ensure_signature(index.digest),
            )
        return self._keep(target, None, index.digest, found, INDEX_EVIDENCE)

    def _tested(self, target: TargetId, platform: Platform, digest: Digest) -> TestRecord:
        record = self.results.tests.get((target, platform))
        if record is None or record.digest != digest or not record.accepted:
            raise _missing(f"the build for {platform} is not tested", target, Step.TEST)
        return record

    def collect(self, target: TargetId) -> AttestedImage:
        """Put the evidence of a target together; ready to be published."""
        index = self.results.indexes[target]
        platforms = tuple(self._platform(target, item) for item in index.platforms)
        image = AttestedImage(target, index.digest, platforms, self.results.evidence[target, None])
        self.results.images[target] = image
        return image

    def _platform(self, target: TargetId, item: IndexedPlatform) -> PlatformEvidence:
        test = self.results.tests[target, item.platform]
        evidence = self.results.evidence[target, item.platform]
        seconds = self._build_seconds(target, item.platform)
        return PlatformEvidence(
            item.platform, item.digest, item.build_id, test.outcome, test.mode, evidence, seconds
        )

    def _build_seconds(self, target: TargetId, platform: Platform) -> float | None:
        build = self.results.builds.get((target, platform))
        return None if build is None or build.reused else build.seconds

    def _sbom(self, digest: Digest, platform: Platform) -> tuple[Evidence, ...]:
        reference = self.desk.reference(digest)
        found = self.desk.ensure_predicate(
            digest, EvidenceKind.SBOM, _is_sbom, lambda: self.bench.sbom.generate(reference, platform)
        )
        self.bench.progress.reached("attest:sbom")
        return found

    def _test_result(
        self, digest: Digest, tests: tuple[TestRecord, ...], predicate: bytes
    ) -> tuple[Evidence, ...]:
        return self.desk.ensure_predicate(
            digest, EvidenceKind.TEST_RESULT, lambda raw: _says_the_same(raw, tests), lambda: predicate
        )

    def _index_provenance(self, index: IndexRecord) -> tuple[Evidence, ...]:
        run = provenance_run(self.bench, self.snapshot.commit, self.bench.now())
        return self.desk.ensure_predicate(
            index.digest,
            EvidenceKind.PROVENANCE,
            lambda raw: _names_platforms(raw, index),
            lambda: index_provenance(index, run),
        )

    def _keep(
        self,
        target: TargetId,
        platform: Platform | None,
        digest: Digest,
        found: tuple[Evidence, ...],
        wanted: tuple[EvidenceKind, ...],
    ) -> tuple[Evidence, ...]:
        missing = [kind.name.lower() for kind in wanted if not any(item.kind is kind for item in found)]
        if missing:
            raise AttestError(
                f"evidence is incomplete: {', '.join(missing)}", where=str(self.desk.reference(digest))
            )
        self.results.evidence[target, platform] = tuple(sorted(set(found)))
        return self.results.evidence[target, platform]


def _missing(what: str, target: TargetId, step: Step) -> AttestError:
    return AttestError(
        what, where=target, hint=f"run `publisher {step}` for this plan first, with the same --run-dir"
    )


def _is_sbom(raw: bytes) -> bool:
    try:
        packages(raw)
    except Malformed:
        return False
    return True


def _names_platforms(raw: bytes, index: IndexRecord) -> bool:
    try:
        return set(read_index_statement(raw).platforms) == set(index.platforms)
    except Malformed:
        return False


def _says_the_same(raw: bytes, tests: tuple[TestRecord, ...]) -> bool:
    """Tell whether an attached result covers these tests with the same outcome and mode."""
    try:
        found = {
            (item.platform, item.test, item.outcome, item.mode) for item in read_test_result(raw).platforms
        }
    except Malformed:
        return False
    return found == {(test.platform, test.test, test.outcome, test.mode) for test in tests}
