"""What a person, and what a program, reads of an adoption."""

from __future__ import annotations

import io

from publisher.catalog.settings import RegistrySettings, Settings
from publisher.catalog.target import TargetId
from publisher.cli.adopt_view import FEW, show_asked, show_looked
from publisher.cli.console import make_console
from publisher.oci.reference import Repository
from publisher.plan.tags import Place
from publisher.steps.adopt import Looked
from publisher.steps.adoption import Adoption, Doubt, Finding

HUB = RegistrySettings("hub", "hub.test/us", requests_per_minute=300)
SETTINGS = Settings("https://example.org", registries={"hub": HUB})


def asked(number: int) -> str:
    out = io.StringIO()
    places = {
        Place("hub", Repository("hub.test/us/cann"), "cann", f"v{n}"): TargetId.of("cann", f"v{n}")
        for n in range(number)
    }
    show_asked(make_console({}, out, io.StringIO()), places, SETTINGS)
    return out.getvalue()


def looked(*findings: Finding) -> list[str]:
    out = io.StringIO()
    show_looked(make_console({}, out, io.StringIO()), Looked(Adoption(findings=findings), {}))
    return out.getvalue().splitlines()


def test_the_cost_is_said_before_anything_is_asked() -> None:
    said = asked(1638)
    assert said.startswith("hub: 1638 tags to look up (")
    assert "min" in said
    assert asked(0).startswith("nothing to look up")


def test_what_is_left_out_is_said_with_what_settles_it() -> None:
    target = TargetId("cann:v1")
    lines = looked(
        Finding(Doubt.DIFFERS, target, "latest names another image", "quay"),
        Finding(Doubt.CONFLICT, target, "linux/amd64 is a at hub and b at quay"),
    )
    assert lines == [
        "0 targets to take over, 0 tags in all",
        "",
        "conflict: 1 tag, left out",
        "  cann:v1: linux/amd64 is a at hub and b at quay",
        "  → publisher adopt --at REV --registry NAME",
        "",
        "differs: 1 tag",
        "  cann:v1 at quay: latest names another image",
    ]


def test_many_findings_of_a_kind_are_cut() -> None:
    lines = looked(*(Finding(Doubt.ABSENT, TargetId.of("cann", f"v{n}"), "gone") for n in range(100)))
    assert f"  … and {100 - FEW} more (--format json lists them)" in lines
    assert len(lines) < 20
