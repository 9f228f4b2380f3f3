"""The command line's entry: choose a verb, run it, turn whatever happens into an exit code."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TextIO

from publisher import __version__
from publisher.cli.arguments import Parser, add_global, examples
from publisher.cli.console import Console, make_console
from publisher.cli.failure import Terminated, report, silence
from publisher.cli.output import unwritable
from publisher.cli.surroundings import Surroundings
from publisher.cli.verbs import VERBS, VerbModule, load

DESCRIPTION = "Publish layered container images from a git catalog, and prove everything that was done."
EPILOG = examples(
    ("publisher plan --offline --base HEAD~1 --format table", "what merging the last commit would do"),
    (
        "publisher try cann:ubuntu-python3.9-cann8.0.rc2.beta1",
        "build and test one target of the working tree",
    ),
    ("publisher run", "publish what was merged since the last release"),
    ("publisher COMMAND --help", "everything about one command"),
)
EXIT_CODES = """exit codes:
  0 done, or nothing to do   1 bug       2 usage or catalog   3 plan       4 build
  5 test                     6 evidence  7 registry           8 release    130 interrupted"""


class Chosen(NamedTuple):
    """What the command line asks for."""

    verb: VerbModule
    options: argparse.Namespace


SWITCH = 0.05
"""Seconds for which a thread may keep the interpreter.  Dozens of them wait for registries: with
Python's 5 ms a tenth of a transfer's time goes into handing over."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line and give the exit code; the one place where errors are caught."""
    words = sys.argv[1:] if argv is None else argv
    sys.setswitchinterval(SWITCH)
    streams = (sys.stdout, sys.stderr)
    _show_anything(*streams)
    verbose = not {"-v", "--verbose"}.isdisjoint(words)
    console = make_console(os.environ, *streams, verbose=verbose, no_color="--no-color" in words)
    options: argparse.Namespace | None = None
    try:
        with _sigterm_raises():
            verb, options = choose(words)
            console = _console(options, os.environ, *streams)
            code = verb.run(options, _surroundings(console, *streams))
            sys.stdout.flush()
            return code
    except SystemExit as end:  # argparse, after it has printed help or the version
        return _printed(end, console)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - a bug gets a message and a code too
        return report(error, console, getattr(options, "run_directory", None))


def _printed(end: SystemExit, console: Console) -> int:
    try:
        console.out.stream.flush()
    except BrokenPipeError:
        silence(console)
    except OSError as error:
        return report(unwritable(console.out.stream, error), console, None)
    return end.code if isinstance(end.code, int) else 0


def choose(words: Sequence[str]) -> Chosen:
    """Parse the command line; only the chosen verb is imported.

    Raises:
        UsageError: it is wrong.
        SystemExit: help or version was asked for and printed.
    """
    first = top_parser().parse_args(words)
    verb = load(first.verb)
    parser = Parser(f"publisher {first.verb}", VERBS[first.verb].help.capitalize() + ".")
    verb.configure(parser)
    add_global(parser)
    rest = first.rest
    del first.verb, first.rest
    # Options given before the verb are set in `first` already, and argparse's defaults do not undo them.
    return Chosen(verb, parser.parse_args(rest, first))


def top_parser() -> Parser:
    """Build the parser for what stands before the verb; its help names every verb."""
    parser = Parser("publisher", DESCRIPTION)
    parser.usage = "publisher COMMAND [options]"
    width = max(map(len, VERBS))
    table = "\n".join(f"  {name:<{width}}  {verb.help}" for name, verb in VERBS.items())
    parser.epilog = f"commands:\n{table}\n\n{EPILOG}\n\n{EXIT_CODES}"
    parser.add_argument("--version", action="version", version=f"publisher {__version__}")
    add_global(parser)
    parser.add_argument("verb", metavar="COMMAND", help=argparse.SUPPRESS)
    rest = parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    rest.required = False  # else it is named beside a missing command
    return parser


def _console(
    options: argparse.Namespace, environment: Mapping[str, str], stdout: TextIO, stderr: TextIO
) -> Console:
    flags = {name: getattr(options, name) for name in ("quiet", "verbose", "no_color")}
    console = make_console(environment, stdout, stderr, **flags)
    return replace(console, root=_root(getattr(options, "repo", None), environment))


def _root(repo: Path | None, environment: Mapping[str, str]) -> str:
    """Give the repository's folder inside CI's workspace: annotations name files from there."""
    workspace = environment.get("GITHUB_WORKSPACE")
    if repo is None or not workspace:
        return ""
    here, top = repo.resolve(), Path(workspace).resolve()
    return "" if here == top or not here.is_relative_to(top) else here.relative_to(top).as_posix()


def _surroundings(console: Console, stdout: TextIO, stderr: TextIO) -> Surroundings:
    return Surroundings(console, os.environ, Path.cwd(), stdout, stderr, lambda: datetime.now(UTC))


def _show_anything(*streams: TextIO) -> None:
    """Let a stream of a narrow encoding show an escape instead of failing."""
    for stream in streams:
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")


@contextmanager
def _sigterm_raises() -> Iterator[None]:
    """Leave by an exception on SIGTERM too: containers are removed and the terminal is given back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(*_: object) -> None:
    raise Terminated
