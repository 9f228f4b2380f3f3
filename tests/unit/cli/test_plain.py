"""Progress as lines."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from publisher.cli.output import Output
from publisher.cli.plain import PlainProgress, QuietProgress, as_typed
from tests.unit.cli.story import Clock, tell

GOLDEN = Path(__file__).parents[2] / "golden" / "cli"


@pytest.mark.parametrize(("verbose", "name"), [(False, "plain.txt"), (True, "verbose.txt")])
def test_the_story_in_lines(verbose: bool, name: str) -> None:
    stream = io.StringIO()
    progress = PlainProgress(Output(stream), Clock(), verbose=verbose)
    tell(progress)
    progress.close()
    assert stream.getvalue() == (GOLDEN / name).read_text()


def test_quiet_says_what_went_wrong() -> None:
    stream = io.StringIO()
    progress = QuietProgress(Output(stream))
    tell(progress)
    progress.close()
    assert stream.getvalue() == (
        "cann/meta.yml:3: warning: no test for 50% of\\nthe targets\n"
        "test failed: cann:ubuntu-python3.9-cann8.0.rc2.beta1 linux/amd64\n"
    )


def test_colours_mark_results() -> None:
    stream = io.StringIO()
    PlainProgress(Output(stream, colour=True), Clock()).finished("build", "a", "failed", 1)
    assert "\x1b[1;31mfailed\x1b[0m 1.0 s" in stream.getvalue()


def test_a_command_is_shown_as_it_would_be_typed() -> None:
    assert as_typed(["a b", "$x", "it's", "c\nd"]) == "'a b' '$x' 'it'\"'\"'s' 'c\\nd'"
