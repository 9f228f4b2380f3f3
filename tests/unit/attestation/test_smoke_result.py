"""In-toto test results: the published shape, aggregation, and what a rerun may reuse."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from publisher.attestation.smoke_result import (
    UNTESTED_URI,
    PlatformResult,
    Verdict,
    index_result,
    platform_result,
    read_test_result,
)
from publisher.catalog.target import TargetId
from publisher.errors import Malformed
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.records.test import CheckResult, Outcome
from publisher.records.test import TestMode as Mode
from publisher.records.test import TestRecord as Record
from tests.unit.attestation.shapes import TEST_RESULT

AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")
SMOKE = "sha256:" + "5" * 64
PASSED = Record(
    TargetId("cann:8.0"),
    AMD64,
    Digest("sha256:" + "1" * 64),
    Outcome.PASSED,
    accepted=True,
    mode=Mode.NATIVE,
    test=SMOKE,
    checks=(CheckResult("imports", passed=True), CheckResult("user", passed=True)),
)
FAILED = replace(
    PASSED,
    platform=ARM64,
    outcome=Outcome.FAILED,
    mode=Mode.EMULATED,
    checks=(CheckResult("imports", passed=False, message="boom"), CheckResult("user", passed=True)),
)
UNTESTED = replace(
    PASSED,
    platform=ARM64,
    outcome=Outcome.UNTESTED,
    mode=None,
    test="",
    reason="no test is written",
    checks=(),
)


@pytest.mark.parametrize("records", [[PASSED], [FAILED], [UNTESTED], [PASSED, FAILED], [PASSED, UNTESTED]])
def test_the_shape_is_test_result_v0_1(records: list[Record]) -> None:
    Draft202012Validator(TEST_RESULT).validate(json.loads(index_result(records)))
    Draft202012Validator(TEST_RESULT).validate(json.loads(platform_result(records[0])))


def test_a_passed_platform() -> None:
    assert json.loads(platform_result(PASSED)) == {
        "result": "PASSED",
        "configuration": [
            {
                "name": "smoke",
                "digest": {"sha256": "5" * 64},
                "annotations": {"platform": "linux/amd64", "outcome": "passed", "mode": "native"},
            }
        ],
        "passedTests": ["imports", "user"],
        "failedTests": [],
        "warnedTests": [],
    }


def test_an_untested_platform_is_a_warning_with_its_reason() -> None:
    plain = json.loads(platform_result(UNTESTED))
    assert plain["result"] == "WARNED"
    assert plain["warnedTests"] == ["linux/arm64: no test is written"]
    assert plain["configuration"][0]["uri"] == UNTESTED_URI
    assert plain["configuration"][0]["annotations"]["reason"] == "no test is written"


@pytest.mark.parametrize(
    ("records", "verdict"),
    [
        ([PASSED], Verdict.PASSED),
        ([PASSED, UNTESTED], Verdict.WARNED),
        ([PASSED, FAILED], Verdict.FAILED),
        ([UNTESTED, FAILED], Verdict.FAILED),
    ],
)
def test_an_index_has_the_gravest_result(records: list[Record], verdict: Verdict) -> None:
    assert read_test_result(index_result(records)).verdict is verdict


def test_an_index_keeps_its_platforms_apart_in_any_order() -> None:
    assert index_result([FAILED, PASSED]) == index_result([PASSED, FAILED])
    result = read_test_result(index_result([FAILED, PASSED]))
    assert result.platforms == (
        PlatformResult(AMD64, Outcome.PASSED, Mode.NATIVE, SMOKE),
        PlatformResult(ARM64, Outcome.FAILED, Mode.EMULATED, SMOKE),
    )
    assert [check.name for check in result.checks if not check.passed] == ["linux/arm64: imports"]


def test_an_index_without_platforms_has_no_result() -> None:
    with pytest.raises(Malformed):
        index_result([])


@pytest.mark.parametrize("record", [PASSED, FAILED, UNTESTED])
def test_a_result_is_read_back(record: Record) -> None:
    result = read_test_result(platform_result(record))
    found = PlatformResult(record.platform, record.outcome, record.mode, record.test, record.reason)
    assert result.of(record.platform) == found
    assert [(check.name, check.passed) for check in result.checks] == sorted(
        ((check.name, check.passed) for check in record.checks), key=lambda item: not item[1]
    )


@given(
    st.sampled_from(["result", "configuration", "passedTests", "failedTests"]),
    st.one_of(
        st.none(),
        st.integers(),
        st.text(max_size=5),
        st.lists(st.one_of(st.none(), st.integers(), st.just({}))),
    ),
)
def test_a_damaged_predicate_is_malformed_or_read_never_a_crash(key: str, value: Any) -> None:
    plain = {**json.loads(platform_result(PASSED)), key: value}
    with suppress(Malformed):
        read_test_result(json.dumps(plain).encode())


@pytest.mark.parametrize(
    "annotations",
    [{}, {"platform": "x", "outcome": "passed"}, {"platform": "linux/amd64", "outcome": "fine"}, {"a": 1}],
)
def test_a_configuration_with_unknown_words_is_malformed(annotations: Any) -> None:
    plain = {"result": "PASSED", "configuration": [{"annotations": annotations}]}
    with pytest.raises(Malformed):
        read_test_result(json.dumps(plain).encode())
