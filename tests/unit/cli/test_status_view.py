"""What a person, and what a program, reads of the status."""

from __future__ import annotations

import io
import json

from publisher.catalog.target import TargetId
from publisher.cli.console import make_console
from publisher.cli.status_view import FEW, as_json, show_status
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.steps.standing import LiveTag, Standing, TagStatus, judge
from publisher.steps.status import StatusReport

OURS, THEIRS = Digest.of(b"ours"), Digest.of(b"theirs")


def tag(number: int, registry: str = "hub") -> LiveTag:
    target = TargetId.of("cann", f"8.{number}")
    return LiveTag(registry, Repository(f"{registry}.test/us/cann"), target.tag, target, OURS)


def report(*statuses: TagStatus, silent: dict[str, str] | None = None) -> StatusReport:
    return StatusReport("f" * 40, 7, statuses, silent or {})


def shown(found: StatusReport, *, every: bool = False) -> list[str]:
    out = io.StringIO()
    show_status(make_console({}, out, io.StringIO()), found, every=every)
    return out.getvalue().splitlines()


def test_sums_come_first_and_what_is_in_place_is_not_listed() -> None:
    lines = shown(report(*(judge(tag(n, name), OURS) for n in range(800) for name in ("hub", "quay"))))
    assert lines == [
        "release 7, catalog ffffffffffff: 1600 tags at 2 registries",
        "",
        "registry  in-place",
        "hub       800",
        "quay      800",
    ]


def test_what_is_not_is_listed_with_its_repair_the_worst_last() -> None:
    lines = shown(report(judge(tag(1), THEIRS), judge(tag(2), None), judge(tag(3), OURS)))
    assert lines[5:] == [
        "missing at hub: cann:8.2",
        f"  names nothing instead of {OURS.short}",
        "  → publisher republish cann:8.2 --registry hub",
        "",
        "drifted at hub: cann:8.1",
        f"  names {THEIRS.short} instead of {OURS.short}",
        "  → publisher republish cann:8.1 --registry hub --force",
    ]


def test_many_of_a_kind_are_one_line_with_one_command() -> None:
    many = report(*(judge(tag(n), None) for n in range(1600)))
    lines = shown(many)
    assert lines[-2:] == [
        "missing at hub: 1600 tags (`--all` lists them)",
        "  → publisher republish --all --registry hub",
    ]
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith("missing at") for line in shown(many, every=True)) == 1600


def test_a_few_of_a_kind_are_listed() -> None:
    lines = shown(report(*(judge(tag(n), None) for n in range(FEW))))
    assert sum(line.startswith("missing at") for line in lines) == FEW


def test_a_registry_that_is_silent_is_named_once() -> None:
    silent = [TagStatus(tag(n, "quay"), Standing.UNKNOWN, None, "no answer") for n in range(50)]
    lines = shown(report(*silent, silent={"quay": "no answer"}))
    assert lines[-2] == "unknown at quay: no answer"
    assert lines[-1].startswith("  → check that it is up")
    assert sum("unknown at" in line for line in lines) == 1


def test_all_lists_every_tag() -> None:
    lines = shown(report(judge(tag(1), OURS)), every=True)
    assert lines[-1].split() == ["in-place", "cann:8.1", "hub", OURS.short]


def test_a_program_gets_everything() -> None:
    document = json.loads(as_json(report(judge(tag(1), OURS), judge(tag(2), None))))
    assert (document["schema_version"], document["release"], document["good"]) == (1, 7, False)
    assert document["summary"]["in-place"] == document["summary"]["missing"] == 1
    assert document["summary"].keys() == {str(standing) for standing in Standing}
    assert document["tags"][1] == {
        "target": "cann:8.2",
        "registry": "hub",
        "repository": "hub.test/us/cann",
        "tag": "8.2",
        "standing": "missing",
        "expected": OURS,
        "found": None,
        "message": f"names nothing instead of {OURS.short}",
        "repair": "publisher republish cann:8.2 --registry hub",
    }


def test_before_the_first_release() -> None:
    found = StatusReport("f" * 40, None, (), {})
    assert shown(found) == ["nothing released yet, catalog ffffffffffff: 0 tags at 0 registries"]
    assert json.loads(as_json(found))["release"] is None
