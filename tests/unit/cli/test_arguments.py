"""Arguments that verbs share."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.cli.arguments import (
    Parser,
    add_dry_run,
    add_format,
    add_global,
    add_plan_file,
    add_repo,
    add_revisions,
    examples,
    typed,
)
from publisher.errors import Malformed, UsageError
from publisher.oci.digest import Digest


def test_every_shared_argument() -> None:
    parser = Parser("publisher all")
    for add in (add_global, add_repo, add_revisions, add_plan_file, add_dry_run):
        add(parser)
    add_format(parser, "table", "json")
    options = parser.parse_args(["--plan", "p.json", "-q", "--base", "empty", "--dry-run"])
    assert vars(options) == {
        "quiet": True,
        "verbose": False,
        "no_color": False,
        "repo": Path(),
        "base": "empty",
        "head": "HEAD",
        "plan": Path("p.json"),
        "dry_run": True,
        "format": "table",
    }


@pytest.mark.parametrize("words", [["--unknown"], ["--ver"], ["--format", "xml"], ["surplus"]])
def test_a_wrong_command_line_is_our_own_error(words: list[str]) -> None:
    parser = Parser("publisher all")
    add_global(parser)
    add_format(parser, "table", "json")
    with pytest.raises(UsageError) as caught:
        parser.parse_args(words)
    assert caught.value.exit_code == 2
    assert caught.value.hint == "`publisher all --help` shows how it is used"


def test_a_value_type_keeps_its_message() -> None:
    parser = Parser("publisher all")
    parser.add_argument("--digest", type=typed(Digest))
    with pytest.raises(Malformed) as malformed:
        Digest("nonsense")
    with pytest.raises(UsageError) as caught:
        parser.parse_args(["--digest", "nonsense"])
    assert malformed.value.what in caught.value.what


def test_examples() -> None:
    assert examples(("publisher run", "publish")) == "examples:\n  publisher run\n      publish"


def test_paragraphs_are_wrapped_and_commands_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    command = "publisher copy --list " + "x" * 60
    parser = Parser("publisher all", "Some words. " * 20 + "\n\n" + "Other words. " * 20)
    parser.epilog = examples((command, "copy"))
    lines = parser.format_help().splitlines()
    assert f"  {command}" in lines
    assert max(len(line) for line in lines if command not in line) <= 60
    assert "" in lines[lines.index(next(line for line in lines if line.startswith("Some"))) :]
