"""What a person, or a program, reads of a rollback and a thaw."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import pytest

from publisher.catalog.settings import RegistrySettings, Settings
from publisher.cli.amendment_view import as_json, show_amended, show_amendment
from publisher.cli.console import make_console
from publisher.cli.main import choose
from publisher.errors import TagMoved, UsageError
from publisher.records.release import RecordKind
from publisher.records.retreat import find_retreat
from publisher.records.timeline import Timeline
from publisher.steps.amendment import Amendment, AmendmentReport
from publisher.transfer.cost import TransferCost
from tests.unit.records.chains import MID, OS, TOP, digest, hold, move, record

CHAIN = [record(1, (OS, "os-1"), (MID, "mid-1")), record(2, (MID, "mid-2"), (TOP, "top-2"))]
FOUND = find_retreat(Timeline.of(CHAIN), MID, "1", along=True)
BACK = Amendment(
    RecordKind.ROLLBACK,
    "it hangs",
    FOUND.going,
    FOUND.staying,
    (replace(move(MID, "mid-1"), previous=digest("mid-2")), move(MID, "mid-1", "latest")),
    holds=(hold(MID, "mid-1", "mid-2", 3),),
    costs={"hub": TransferCost("hub", 1, 3, 1_000, 40, 2)},
)
SETTINGS = Settings("s", registries={"hub": RegistrySettings("hub", "hub.test/us", requests_per_minute=60)})


def text(amendment: Amendment) -> str:
    out = io.StringIO()
    show_amendment(make_console({}, out, io.StringIO()), amendment, SETTINGS)
    return out.getvalue()


def test_a_rollback_as_text() -> None:
    said = text(BACK)
    assert "hub.test/us/mid:v1" in said
    assert digest("mid-2").short in said
    assert re.search("top:v1 +no version of it was built on mid:v1", said)
    assert f"mid:v1 is held at {digest('mid-1').short}" in said
    assert "40" in said


def test_a_thaw_as_text() -> None:
    assert "mid:v1 is no longer held" in text(replace(BACK, kind=RecordKind.THAW, holds=()))


def test_both_as_json() -> None:
    report = AmendmentReport(BACK, errors=(TagMoved("moved", hint="look"),))
    found = json.loads(as_json(report, SETTINGS, dry_run=True))
    assert (found["action"], found["dry_run"], found["record"]) == ("rollback", True, None)
    assert found["targets"] == [
        {
            "target": MID,
            "from": {"sequence": 2, "digest": digest("mid-2")},
            "to": {"sequence": 1, "digest": digest("mid-1")},
        }
    ]
    assert [one["tag"] for one in found["moves"]] == ["v1", "latest"]
    assert found["staying"][0]["target"] == TOP
    assert found["costs"][0]["requests_per_minute"] == 60
    assert found["errors"] == [["moved", "  → look"]]


def test_the_end() -> None:
    out = io.StringIO()
    console = make_console({}, out, io.StringIO())
    show_amended(console, AmendmentReport(BACK, record(3), "forge://r-3"))
    show_amended(console, AmendmentReport(Amendment(RecordKind.THAW, "")))
    assert out.getvalue() == "Release 3\nrelease notes: forge://r-3\nnothing to do: it is so already\n"


@pytest.mark.parametrize(
    "words",
    [
        ["rollback", "mid:v1"],
        ["rollback", "mid:v1", "--to", "1", "--reason", "two\nlines"],
        ["rollback", "mid:v1", "--to", "1", "--reason", ""],
        ["rollback", "mid:v1", "--to", "1", "--reason", "x" * 1001],
        ["thaw"],
    ],
)
def test_wrong_words(words: list[str]) -> None:
    with pytest.raises(UsageError):
        choose(words)


def test_right_words() -> None:
    options = choose(["rollback", "mid:v1", "--to", "1", "--with-descendants", "--reason", " why "]).options
    assert (options.target, options.to, options.along, options.reason) == ("mid:v1", "1", True, "why")
    assert choose(["rollback", "mid:v1", "--to", "1"]).options.reason is None
    assert choose(["thaw", "mid:v1", "top:v1", "--dry-run"]).options.targets == ["mid:v1", "top:v1"]
