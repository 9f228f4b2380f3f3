"""Whether a verified predicate says what the release record relies on."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.attestation.provenance import read_build_statement, read_index_statement
from publisher.attestation.smoke_result import read_test_result
from publisher.audit.expected import ExpectedTag
from publisher.errors import Malformed
from publisher.records.image import PlatformEvidence


def is_of_build(predicate: bytes, platform: PlatformEvidence) -> bool:
    """Tell whether a provenance is that of the platform's build."""
    try:
        statement = read_build_statement(predicate)
    except Malformed:
        return False
    return statement.build_id == platform.build_id and statement.platform == platform.platform


def is_of_index(predicate: bytes, expected: ExpectedTag) -> bool:
    """Tell whether a provenance lists exactly the platform manifests and builds of the record."""
    try:
        statement = read_index_statement(predicate)
    except Malformed:
        return False
    listed = {(item.platform, item.digest, item.build_id) for item in statement.platforms}
    return listed == {(item.platform, item.digest, item.build_id) for item in expected.platforms}


def tells(predicate: bytes, platforms: Sequence[PlatformEvidence]) -> bool:
    """Tell whether a test result has the recorded outcome and mode for each of these platforms."""
    try:
        result = read_test_result(predicate)
    except Malformed:
        return False
    found = {(item.platform, item.outcome, item.mode) for item in result.platforms}
    return found == {(item.platform, item.outcome, item.mode) for item in platforms}
