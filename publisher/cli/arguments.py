"""Arguments that several verbs share, and the parser that they are added to."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from textwrap import wrap
from typing import NoReturn, TypeVar

from publisher.errors import Malformed, UsageError

T = TypeVar("T")


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Wraps paragraphs, each written as one line, to the terminal; indented lines (commands) stay whole."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = [[line] if line.startswith(" ") else wrap(line, width) or [""] for line in text.splitlines()]
        return "\n".join(indent + line for group in lines for line in group)


class Parser(argparse.ArgumentParser):
    """Reports a wrong command line as our own error; option names cannot be abbreviated."""

    def __init__(self, prog: str, description: str = "") -> None:
        super().__init__(
            prog=prog,
            description=description,
            allow_abbrev=False,
            formatter_class=_Formatter,
        )

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing and exiting.

        Raises:
            UsageError: always.
        """
        raise UsageError(message, hint=f"`{self.prog} --help` shows how it is used")


def add_global(parser: argparse.ArgumentParser) -> None:
    """Add the options that every verb has."""
    group = parser.add_argument_group("output")
    group.add_argument("-q", "--quiet", action="store_true", help="only results, warnings and errors")
    group.add_argument("-v", "--verbose", action="store_true", help="show each external command as typed")
    group.add_argument("--no-color", action="store_true", help="no colours (NO_COLOR does the same)")


def add_repo(parser: argparse.ArgumentParser) -> None:
    """Add `--repo DIR`, read as `options.repo`; relative to `Surroundings.cwd`."""
    parser.add_argument(
        "--repo",
        metavar="DIR",
        type=Path,
        default=Path(),
        help="git repository of the catalog (default: here)",
    )


def add_revisions(parser: argparse.ArgumentParser) -> None:
    """Add `--base REV` (None: the last release) and `--head REV`."""
    parser.add_argument(
        "--base", metavar="REV", help="compare with this commit, or `empty` (default: the last released one)"
    )
    parser.add_argument("--head", metavar="REV", default="HEAD", help="commit to publish (default: HEAD)")


def add_plan_file(parser: argparse.ArgumentParser) -> None:
    """Add `--plan FILE`, read as `options.plan`."""
    parser.add_argument(
        "--plan",
        metavar="FILE",
        type=Path,
        required=True,
        help="plan as `publisher plan --format json` prints it",
    )


def add_dry_run(parser: argparse.ArgumentParser) -> None:
    """Add `--dry-run`."""
    parser.add_argument("--dry-run", action="store_true", help="show what would happen and write nothing")


def add_format(parser: argparse.ArgumentParser, *formats: str) -> None:
    """Add `--format`; the first is the default."""
    parser.add_argument("--format", choices=formats, default=formats[0], help=f"default: {formats[0]}")


def examples(*lines: tuple[str, str]) -> str:
    """Give an epilog: each command with what it does."""
    return "examples:\n" + "\n".join(f"  {command}\n      {meaning}" for command, meaning in lines)


def typed(parse: Callable[[str], T]) -> Callable[[str], T]:
    """Make a value type usable as `type=`: argparse keeps only the message of its own error class."""

    def convert(text: str) -> T:
        try:
            return parse(text)
        except Malformed as error:
            raise argparse.ArgumentTypeError(error.what) from error

    return convert
