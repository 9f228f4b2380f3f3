"""Four-part messages, and exit codes that name the phase."""

from __future__ import annotations

import inspect

import pytest

from publisher import errors
from publisher.errors import PublisherError

CODES = {
    "PublisherError": 1,
    "UsageError": 2, "Malformed": 2, "CatalogError": 2, "MissingTool": 2,
    "PlanError": 3, "HistoryError": 3,
    "BuildError": 4, "MaterialsDiffer": 4, "BuilderUnavailable": 4,
    "TestError": 5, "EngineUnavailable": 5,
    "AttestError": 6, "VerifyError": 6,
    "RegistryError": 7, "RegistryUnreachable": 7, "AccessDenied": 7, "NotFound": 7, "DigestMismatch": 7,
    "TagMoved": 7, "RecordConflict": 7, "PublisherBusy": 7,
    "ReleaseError": 8,
}  # fmt: skip
CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, PublisherError)
}


def test_the_exit_code_of_every_error() -> None:
    assert {name: kind.exit_code for name, kind in CLASSES.items()} == CODES


@pytest.mark.parametrize("name", CLASSES)
def test_the_four_parts(name: str) -> None:
    error = CLASSES[name]("it failed", where="a:1 @ hub", detail="line one\nline two\n\n", hint="try again")
    assert str(error) == "it failed – a:1 @ hub\n  | line one\n  | line two\n  → try again"
    assert (error.what, error.where, error.hint) == ("it failed", "a:1 @ hub", "try again")


def test_parts_that_are_missing_leave_no_trace() -> None:
    assert PublisherError("it failed").lines() == ["it failed"]
    assert PublisherError("it failed", hint="try again").lines() == ["it failed", "  → try again"]


def test_a_malformed_value_is_a_value_error_too() -> None:
    """So that constructors of words behave as Python's own do."""
    assert issubclass(errors.Malformed, ValueError)
