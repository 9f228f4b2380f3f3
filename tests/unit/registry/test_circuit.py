from __future__ import annotations

from collections.abc import Callable

import pytest

from publisher.errors import RegistryError, RegistryUnreachable
from publisher.registry.circuit import MOST_FAILURES, REST, Circuit, GivenUp

DEAD = RegistryUnreachable("no answer", where="quay.io", detail="GET /v2/: refused", hint="look")


class Time:
    """A clock that is set."""

    now = 0.0


def circuit(time: Time | None = None) -> Circuit:
    clock = time or Time()
    return Circuit("quay.io", clock=lambda: clock.now)


def passes(check: Callable[[], None]) -> bool:
    try:
        check()
    except GivenUp:
        return False
    return True


def test_a_registry_is_given_up_after_some_failures_in_a_row() -> None:
    tried = circuit()
    for _ in range(MOST_FAILURES):
        assert passes(tried.check)
        tried.failed(DEAD)
    with pytest.raises(RegistryUnreachable, match=f"given up after {MOST_FAILURES} requests") as given_up:
        tried.check()
    assert (given_up.value.where, given_up.value.detail, given_up.value.hint) == (
        "quay.io",
        DEAD.detail,
        "look",
    )


def test_an_answer_in_between_begins_anew() -> None:
    tried = circuit()
    for _ in range(5):
        for _ in range(MOST_FAILURES - 1):
            tried.failed(DEAD)
        tried.succeeded()
    assert passes(tried.check)


def test_after_a_rest_one_request_looks_whether_it_is_back() -> None:
    time = Time()
    tried = circuit(time)
    for _ in range(MOST_FAILURES):
        tried.failed(DEAD)
    time.now = REST
    assert [passes(tried.check) for _ in range(3)] == [True, False, False]
    tried.failed(DEAD)
    assert not passes(tried.check)
    time.now = 2 * REST
    assert passes(tried.check)
    tried.succeeded()
    assert [passes(tried.check) for _ in range(3)] == [True, True, True]


def test_what_another_registry_did_and_what_was_not_asked_do_not_count() -> None:
    tried = circuit()
    for _ in range(5):
        tried.failed(RegistryUnreachable("no answer", where="ghcr.io"))
        tried.failed(GivenUp("not asked", where="quay.io"))
    assert passes(tried.check)


def test_given_up_is_an_error_of_the_registry() -> None:
    assert issubclass(GivenUp, RegistryError)
