"""The arithmetic of the estimate, and how it is said."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

import pytest

from publisher.catalog.target import TargetId
from publisher.codec import decode
from publisher.oci.build_id import BuildId
from publisher.oci.platform import Platform
from publisher.plan.cost import Cost, RegistryCost, Routing, estimate
from publisher.plan.figures import Contents, Figures, History
from publisher.plan.plan import Plan, PlannedBuild, PlannedCopy, PlannedMove, PlannedTest
from publisher.plan.render import as_json, as_markdown, as_table
from publisher.plan.wording import cost_text, minutes

AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")
RUN = 36
OS, PYTHON, CANN = TargetId("os:1"), TargetId("python:3"), TargetId("cann:8")
OS_CONTENTS = Contents(manifests=2, blobs=2, bytes=1_000, referrers=7, evidence_bytes=70)
PYTHON_CONTENTS = Contents(manifests=2, blobs=4, bytes=1_600, referrers=7, evidence_bytes=70)
HISTORY = History.of(
    {
        OS: Figures({AMD64: 60.0}, OS_CONTENTS),
        PYTHON: Figures({AMD64: 100.0, ARM64: 300.0}, PYTHON_CONTENTS),
    }
)


def build(target: TargetId, *parents: TargetId, platforms: Iterable[Platform] = (AMD64,)) -> PlannedBuild:
    ids = {platform: BuildId.of(f"{target} {platform}".encode()) for platform in platforms}
    return PlannedBuild(target.image, target.tag, tuple(ids), "Dockerfile", 0, parents, ids, ())


def everywhere(_image: str) -> tuple[str, ...]:
    return ("hub",)


def cost(*builds: PlannedBuild, history: History = HISTORY) -> Cost:
    return estimate(Plan("a", "b", builds=builds), history, Routing(everywhere))


def whole(blobs: int, new: int, manifests: int, referrers: int) -> int:
    """Count as the module's docstring says."""
    look, placed, check = 1, blobs + referrers + 1, 2
    merge = 2 * manifests
    sent = new + referrers + 1
    return look + 2 * placed + sent + manifests + referrers + merge + check * manifests


def test_minutes_are_the_sum_over_targets_and_platforms() -> None:
    made = cost(build(OS), build(PYTHON, OS, platforms=(AMD64, ARM64)))
    assert (made.seconds, made.builds, made.unknown) == (460.0, 3, 0)


def test_equal_builds_are_made_once() -> None:
    twin = replace(build(OS), tag="2")
    assert cost(build(OS), twin).seconds == 60.0


def test_a_new_target_takes_what_its_like_took() -> None:
    history = History.of(
        {TargetId(f"a:{n}"): Figures({AMD64: seconds}) for n, seconds in enumerate((1.0, 5.0, 90.0))}
    )
    assert cost(build(TargetId("a:new")), history=history).seconds == 5.0
    other = cost(build(TargetId("b:new"), platforms=(AMD64, ARM64)), history=history)
    assert (other.seconds, other.builds, other.unknown) == (0, 2, 2)
    assert cost(build(TargetId("a:1"), platforms=(ARM64,)), history=history).unknown == 1


def test_requests_are_those_of_the_documented_formula() -> None:
    [hub] = cost(build(OS)).registries
    asked = RUN + whole(blobs=2, new=2, manifests=2, referrers=7)
    assert hub == RegistryCost("hub", 1, asked, 1_070, 0)


def test_layers_of_a_parent_are_mounted_not_sent() -> None:
    [hub] = cost(build(PYTHON, OS)).registries
    assert hub.bytes == 600 + 70
    assert hub.requests == RUN + whole(blobs=4, new=2, manifests=2, referrers=7)


def test_layers_of_a_parent_that_goes_elsewhere_are_sent() -> None:
    plan = Plan("a", "b", builds=(build(PYTHON, OS),))
    both = Routing(lambda image: ("hub", "quay") if image == "os" else ("hub",))
    made = estimate(plan, HISTORY, both)
    assert [(item.registry, item.bytes) for item in made.registries] == [("hub", 670)]
    apart = Routing(lambda image: ("quay",) if image == "os" else ("hub",))
    made = estimate(plan, HISTORY, apart)
    assert [(item.registry, item.bytes) for item in made.registries] == [("hub", 1_670)]


def test_layers_of_a_parent_that_is_not_there_yet_are_sent() -> None:
    plan = Plan("a", "b", builds=(build(PYTHON, OS),))
    added = Routing(everywhere, lambda _: ())
    assert estimate(plan, HISTORY, added).registries[0].bytes == 1_670
    with_parent = replace(plan, builds=(*plan.builds, build(OS)))
    assert estimate(with_parent, HISTORY, added).registries[0].bytes == 670 + 1_070


def test_an_added_registry_gets_everything_without_a_build() -> None:
    move = PlannedMove("hub", "os", "latest", None, OS)
    plan = Plan("a", "b", moves=(move, replace(move, registry="quay")))
    routing = Routing(lambda _: ("hub", "quay"), lambda _: ("hub",))
    hub, quay = estimate(plan, HISTORY, routing).registries
    assert (hub.bytes, quay.bytes) == (0, 1_070)
    assert quay.requests == RUN + whole(blobs=2, new=2, manifests=2, referrers=7) + 5


def test_a_parent_that_is_larger_than_its_child_is_not_taken_off() -> None:
    [hub] = cost(build(OS, PYTHON)).registries
    assert hub.bytes == 1_070


def test_a_moved_tag_is_five_requests_and_what_is_there_is_only_looked_at() -> None:
    move = PlannedMove("hub", "os", "latest", None, OS)
    other = replace(move, registry="quay")
    plan = Plan("a", "b", moves=(move, other))
    made = estimate(plan, HISTORY, Routing(lambda _: ("hub", "quay", "idle")))
    assert made.registries == (
        RegistryCost("hub", 1, RUN + 2 * 2 + 5, 0, 0, 1),
        RegistryCost("idle", 1, RUN + 2 * 2, 0, 0),
        RegistryCost("quay", 1, RUN + 2 * 2 + 5, 0, 0, 1),
    )


def test_a_limit_says_how_long_it_takes_at_least() -> None:
    plan = Plan("a", "b", builds=(build(OS),))
    routing = Routing(lambda _: ("hub", "quay"), limits={"hub": 10})
    hub, quay = estimate(plan, HISTORY, routing).registries
    assert (hub.requests_per_minute, hub.least_seconds) == (10, 60 * ((hub.requests - 1) // 10))
    assert (quay.requests_per_minute, quay.least_seconds) == (None, 0)


def test_a_test_again_sends_new_results_and_asks_for_the_rest() -> None:
    plan = Plan("a", "b", tests=(PlannedTest("os", "1", (AMD64,)),))
    made = estimate(plan, HISTORY, Routing(everywhere))
    [hub] = made.registries
    assert (made.builds, hub.bytes) == (0, 70 * 2 // 7)
    look, placed, sent = 2 * 2, 2 * (2 + 8), 2
    assert hub.requests == RUN + look + placed + sent + 2 + 7 + 2 * 2 + 2 * 2


@pytest.mark.parametrize(("name", "sent"), [("os", 0), ("system", 1_070)])
def test_a_copy_within_an_image_sends_nothing(name: str, sent: int) -> None:
    plan = Plan("a", "b", copies=(PlannedCopy(name, "new", OS),))
    [hub] = estimate(plan, HISTORY, Routing(everywhere)).registries
    assert (hub.bytes, hub.unknown) == (sent, 0)


def test_what_no_record_tells_is_counted_as_unknown() -> None:
    [hub] = cost(build(OS), build(CANN, OS)).registries
    assert (hub.images, hub.unknown, hub.bytes) == (2, 1, 1_070)


def test_no_plan_costs_nothing() -> None:
    assert cost() == Cost(0, 0, 0, ())


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (
            Cost(2_580, 54, 0, (RegistryCost("hub", 54, 812, 1_200_000_000, 0),)),
            "about 43 min of building; hub up to 812 requests, 1.2 GB",
        ),
        (
            Cost(12_000, 54, 3, (RegistryCost("hub", 9, 1, 5, 2), RegistryCost("quay", 9, 1, 5, 2))),
            (
                "about 3 h 20 min of building without 3 of 54 builds that are new; "
                "hub, quay each up to 1 request, 5 B without 2 of 9 images"
            ),
        ),
        (
            Cost(0, 2, 2, (RegistryCost("hub", 1, 0, 0, 1),)),
            "build minutes unknown (nothing like it was released yet); hub unknown",
        ),
        (Cost(0, 0, 0, (RegistryCost("hub", 1, 8, 0, 0),)), "hub up to 8 requests, 0 B"),
        (
            Cost(0, 0, 0, (RegistryCost("hub", 1, 812, 0, 0, 0, 300, 120),)),
            "hub up to 812 requests (2 min or more at 300/min), 0 B",
        ),
        (
            Cost(0, 0, 0, tuple(RegistryCost(f"r{n}", 1, n, 0, 0) for n in range(10))),
            "; ".join([*(f"r{n} up to {n} request{'s' * (n != 1)}, 0 B" for n in range(8)), "2 more"]),
        ),
    ],
)
def test_the_cost_is_one_line(made: Cost, text: str) -> None:
    assert cost_text(made) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "1 min"), (89, "1 min"), (7_199, "2 h 00 min"), (600, "10 min")],
)
def test_minutes(seconds: float, text: str) -> None:
    assert minutes(seconds) == text


def test_the_cost_stands_below_the_sum_and_outside_of_the_plan() -> None:
    plan = Plan("a", "b", builds=(build(OS),))
    made = cost(build(OS))
    assert as_table(plan, 100, cost_text(made)).splitlines()[1].startswith("cost: about 1 min of building;")
    assert f"**Cost:** {cost_text(made)}" in as_markdown(plan, cost_text(made)).splitlines()
    assert decode(Plan, as_json(plan, made)) == plan
    assert json.loads(as_json(plan, made))["cost"]["registries"][0]["registry"] == "hub"
    assert "cost" not in json.loads(as_json(plan))


def test_a_long_cost_is_wrapped_in_the_table() -> None:
    plan = Plan("a", "b", builds=(build(OS),))
    lines = as_table(plan, 40, "about 43 min of building; hub up to 812 requests, 1.2 GB").splitlines()
    assert all(len(line) <= 40 for line in lines)
    assert lines[2].startswith("      ")
