"""The command line of `publisher republish`: what leaves open what is meant is refused before anything."""

from __future__ import annotations

import argparse
import io
import json

import pytest

from publisher.catalog.settings import RegistrySettings, Settings
from publisher.catalog.target import TargetId
from publisher.cli.arguments import Parser
from publisher.cli.console import make_console
from publisher.cli.republish import check_options, configure
from publisher.cli.republish_view import MOST_ROWS, as_json, show_end, show_planned
from publisher.errors import UsageError
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.records.release import Move, RecordKind
from publisher.steps.amendment import Amendment, AmendmentReport
from publisher.steps.republish import RepublishReport

SETTINGS = Settings("https://example.org", registries={"hub": RegistrySettings("hub", "hub.test/us")})


def options(*words: str) -> argparse.Namespace:
    parser = Parser("publisher republish")
    configure(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "what is to be republished"),
        (("cann", "--all"), "not both"),
        (("--rebuild", "why"), "name what is to be built again"),
        (("--all", "--rebuild", "why"), "name what is to be built again"),
        (("cann", "--rebuild", "why", "--registry", "hub"), "`--registry` is for publishing"),
        (("cann", "--rebuild", "why", "--force"), "`--force` is for publishing"),
        (("cann", "--rebuild", "why", "--deep"), "`--deep` is for publishing"),
        (("cann", "--rebuild", "why", "--format", "json"), "works on the working tree"),
    ],
)
def test_what_leaves_open_what_is_meant_is_refused(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_options(options(*words))


@pytest.mark.parametrize(
    "words", [("cann",), ("--all", "--deep"), ("cann", "--rebuild", "why"), ("--all", "--registry", "hub")]
)
def test_what_is_clear_is_not(words: tuple[str, ...]) -> None:
    check_options(options(*words))


def moves(number: int) -> tuple[Move, ...]:
    place = Repository("hub.test/us/cann")
    return tuple(
        Move("hub", place, f"v{n}", None, Digest.of(b"x"), TargetId.of("cann", f"v{n}"))
        for n in range(number)
    )


def shown(number: int) -> list[str]:
    out = io.StringIO()
    amendment = Amendment(RecordKind.REPUBLISH, "why", moves=moves(number))
    show_planned(make_console({}, out, io.StringIO()), amendment, SETTINGS)
    return out.getvalue().splitlines()


def test_many_moves_are_counted_and_few_are_listed() -> None:
    assert len([line for line in shown(MOST_ROWS) if line.startswith("hub.test/us/cann:v")]) == MOST_ROWS
    assert "hub: 1600 tags move" in shown(1600)


def test_the_end_says_what_was_left_out() -> None:
    out = io.StringIO()
    report = RepublishReport(
        AmendmentReport(Amendment(RecordKind.REPUBLISH, "why")), skipped=(TargetId("new:v1"),)
    )
    console = make_console({}, out, io.StringIO())
    show_end(console, report, dry_run=True)
    show_end(console, report, dry_run=False)
    assert out.getvalue().splitlines() == [
        "1 target never released here, left out: new:v1",
        "this is a dry run: nothing was written",
        "1 target never released here, left out: new:v1",
        "nothing to do: everything is in place",
    ]


def test_a_program_gets_the_moves_and_the_rest() -> None:
    done = AmendmentReport(Amendment(RecordKind.REPUBLISH, "why", moves=moves(2)))
    document = json.loads(as_json(RepublishReport(done), SETTINGS, dry_run=True))
    assert (document["schema_version"], document["dry_run"], document["record"]) == (1, True, None)
    assert [move["tag"] for move in document["moves"]] == ["v0", "v1"]
    assert document.keys() >= {"images", "left_alone", "skipped", "costs", "release", "errors", "action"}
