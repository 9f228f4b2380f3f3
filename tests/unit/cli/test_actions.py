"""Progress in GitHub Actions."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from publisher.cli.actions import ActionsProgress
from publisher.cli.output import Output
from publisher.cli.summary import LIMIT, StepSummary
from tests.unit.cli.story import Clock, send, tell

GOLDEN = Path(__file__).parents[2] / "golden" / "cli"


def test_the_story_in_folds() -> None:
    stream = io.StringIO()
    progress = ActionsProgress(Output(stream, actions=True), Clock(), verbose=True, root="catalog")
    tell(progress)
    progress.close()
    assert stream.getvalue() == (GOLDEN / "actions.txt").read_text()


def test_every_command_is_one_of_ours() -> None:
    stream = io.StringIO()
    progress = ActionsProgress(Output(stream, actions=True), Clock())
    for method in (progress.note, lambda text: progress.update("a", text, text)):
        method("##[add-mask]x ::stop-commands::y")
        method("\n::stop-commands::y")
    progress.close()
    commands = [line for line in stream.getvalue().splitlines() if line.lstrip().startswith("::")]
    assert {line.split("::")[1] for line in commands} == {"group", "endgroup"}
    assert "##[" not in stream.getvalue()


def test_a_registry_shows_a_line_a_minute_outside_of_its_fold() -> None:
    stream = io.StringIO()
    progress = ActionsProgress(Output(stream, actions=True), Clock())
    for _ in range(8):
        send(progress, "hub")
        stream.write("\n")
    folded = re.sub(r"::group::.*?::endgroup::", "", stream.getvalue(), flags=re.DOTALL)
    assert 1 <= folded.count("publish hub") <= 4


def test_the_summary_is_appended(tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    progress = ActionsProgress(Output(io.StringIO()), Clock(), summary=StepSummary(page))
    progress.summary("# One\n")
    progress.summary("two")
    assert page.read_text() == "# One\n\ntwo\n\n"


@pytest.mark.parametrize("before", [0, 1000, LIMIT - 10, LIMIT])
def test_the_summary_stays_below_the_limit(tmp_path: Path, before: int) -> None:
    page = tmp_path / "summary.md"
    page.write_bytes(b"x" * before)
    StepSummary(page).add("é" * LIMIT)
    assert page.stat().st_size <= LIMIT
    assert page.read_text().startswith("x" * before)
