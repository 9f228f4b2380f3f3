"""What requests take of a registry's quota."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.catalog.settings import RegistrySettings, Settings
from publisher.plan.quota import least_seconds, limits_of
from publisher.plan.wording import long_text, quota_text
from publisher.registry.limits import RateLimit


@pytest.mark.parametrize(
    ("requests", "per_minute", "seconds", "text"),
    [
        (10_000, None, 0, ""),
        (0, 300, 0, "0% of a minute at 300/min"),
        (1, 300, 0, "1% of a minute at 300/min"),
        (300, 300, 0, "100% of a minute at 300/min"),
        (301, 300, 60, "1 min or more at 300/min"),
        (4_684, 300, 900, "15 min or more at 300/min"),
        (40_000, 300, 7_980, "2 h 13 min or more at 300/min"),
        (84, 1_000, 0, "9% of a minute at 1,000/min"),
    ],
)
def test_what_a_limit_makes_of_requests(
    requests: int, per_minute: int | None, seconds: int, text: str
) -> None:
    assert least_seconds(requests, per_minute) == seconds
    assert quota_text(requests, per_minute) == text


@given(st.integers(1, 300), st.integers(1, 60))
def test_it_is_what_the_limit_really_takes(requests: int, per_minute: int) -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    limit = RateLimit(per_minute, clock=lambda: now[0], sleep=sleep)
    for _ in range(requests):
        limit.wait()
    assert now[0] == pytest.approx(least_seconds(requests, per_minute))


def test_only_what_takes_an_hour_is_warned_of() -> None:
    assert long_text("hub", 18_000, 300) == ""
    assert long_text("hub", 18_001, 300).startswith(
        "hub: up to 18,001 requests take 60 min or more at 300/min"
    )
    assert long_text("hub", 10**9, None) == ""


def test_names_of_one_host_share_its_limit() -> None:
    registries = [
        RegistrySettings("hub", "docker.io/us", requests_per_minute=300),
        RegistrySettings("mirror", "docker.io/them", requests_per_minute=100),
        RegistrySettings("other", "docker.io/others"),
        RegistrySettings("quay", "quay.io/us"),
    ]
    settings = Settings("https://example.com", registries={one.name: one for one in registries})
    assert limits_of(settings) == {"hub": 100, "mirror": 100, "other": 100}
