"""`python -m tests.stack up|status|down DIR`: a stack that outlives the command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.stack.faults import StackError
from tests.stack.services import ALL, REGISTRIES
from tests.stack.stack import Stack


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        match arguments.verb:
            case "up":
                _show(Stack.start(arguments.directory, services=arguments.services, progress=_say, keep=True))
            case "status":
                _show(Stack.attach(arguments.directory))
            case "down":
                Stack.attach(arguments.directory).stop()
            case "guard":
                _guard(arguments.directory)
    except StackError as error:
        _say(f"error: {error}")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.stack", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="up|status|down")
    for verb, text in (("up", "start it"), ("status", "show it"), ("down", "stop it; the data stay")):
        verbs.add_parser(verb, help=text).add_argument("directory", type=Path)
    verbs.add_parser("guard").add_argument("directory", type=Path)
    verbs.choices["up"].add_argument("--services", nargs="+", choices=ALL, default=ALL, metavar="NAME")
    return parser


def _guard(directory: Path) -> None:
    """Wait until the process at the other end of standard input is gone, then stop its stack."""
    sys.stdin.buffer.read()
    with suppress(StackError):
        Stack.attach(directory).stop()


def _show(stack: Stack) -> None:
    for name in ALL:
        where = stack.url(name) if name in REGISTRIES else stack.endpoint(name)
        print(f"{name:10}{'running' if stack.is_running(name) else 'stopped':9}{where}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
