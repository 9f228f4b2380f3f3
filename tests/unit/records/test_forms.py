"""Every record comes back from its JSON form as it was, and its bytes are always the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import publisher.records.test as tested
from publisher import codec
from publisher.oci.digest import Digest
from publisher.oci.reference import is_reserved_tag, is_tag
from publisher.plan.plan import Plan
from publisher.records.build import BuildRecord, Material
from publisher.records.evidence import INDEX_EVIDENCE, PLATFORM_EVIDENCE, Evidence, EvidenceKind
from publisher.records.image import AttestedImage, IndexRecord
from publisher.records.release import ReleaseOutcome, ReleaseRecord, sequence_tag
from publisher.steps import results
from tests.unit.values import values

RECORDS = (
    Material, BuildRecord, tested.CheckResult, tested.TestRecord, Evidence, IndexRecord, AttestedImage,
    ReleaseRecord, ReleaseOutcome, Plan,
    results.BuildsFile, results.TestsFile, results.IndexesFile, results.ImagesFile, results.UnfinishedFile,
)  # fmt: skip


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_round_trip(kind: Any, data: st.DataObject) -> None:
    value = data.draw(values(kind))
    raw = codec.canonical(value)
    again = codec.decode(kind, raw)
    assert again == value
    assert codec.canonical(again) == raw
    assert codec.decode(kind, codec.pretty(value)) == value


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(record=values(ReleaseRecord), key=st.text(min_size=1), extra=st.text())
def test_an_older_program_reads_a_newer_record(record: ReleaseRecord, key: str, extra: str) -> None:
    plain = {f"x-{key}": extra, **codec.to_plain(record)}
    assert codec.from_plain(ReleaseRecord, plain) == record


def test_kinds_of_evidence() -> None:
    assert set(PLATFORM_EVIDENCE) - set(INDEX_EVIDENCE) == {EvidenceKind.SBOM}
    assert EvidenceKind.OUTCOME not in PLATFORM_EVIDENCE


def test_the_tag_of_a_record_is_reserved() -> None:
    assert sequence_tag(17) == "r-17"
    assert is_tag(sequence_tag(17))
    assert is_reserved_tag(sequence_tag(17))


def test_what_is_an_image_among_materials() -> None:
    assert Material("pkg:docker/a", str(Digest.of(b""))).is_image
    assert Material("pkg:oci/a", "").is_image
    assert not Material("https://example.com/pkg:docker/a", "").is_image
