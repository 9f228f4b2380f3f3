"""The installer's command line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .cache import Cache
from .console import say
from .debian import install_packages, missing_packages
from .environment import prepare_environment
from .fault import Exit, InstallError
from .install import install, states
from .pins import Pins, Tool, ToolSet, load_pins


def main(argv: Sequence[str] | None = None) -> int:
    """Run the installer and return its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        return _run(arguments)
    except InstallError as error:
        say(str(error))
        return error.code
    except KeyboardInterrupt:
        say("interrupted; what is finished stays, run it again to go on")
        return 130
    except OSError as error:
        say(f"error: {error}\nhint: is there space, and may you write to the cache (PUBLISHER_TOOLS)?")
        return Exit.FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="install.py", description="Install the pinned tools into a cache.")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="these tools alone, no Debian packages")
    parser.add_argument(
        "--set", choices=[*ToolSet], default=ToolSet.RUN, type=ToolSet, help="whose tools (run)"
    )
    parser.add_argument("--arm64", action="store_true", help="also what runs arm64 images by emulation")
    parser.add_argument(
        "--venv", metavar="DIR", type=Path, help="also the Python environment, from the lock file"
    )
    parser.add_argument(
        "--list", action="store_true", help="show the tools and where they are, install nothing"
    )
    parser.add_argument(
        "--bin", action="store_true", help="print the directory to put on PATH, install nothing"
    )
    return parser


def _run(arguments: argparse.Namespace) -> int:
    cache = Cache.from_environment(os.environ)
    if arguments.bin:
        print(cache.bin)
        return Exit.DONE
    pins = load_pins()
    if arguments.list:
        _print_states(pins, cache)
        return Exit.DONE
    tools = _wanted(arguments, pins)
    if arguments.venv:
        prepare_environment(arguments.venv, cache)
    if arguments.only is None and (packages := missing_packages(pins.debian, arm64=arguments.arm64)):
        install_packages(packages)
    install(pins, tools, cache)
    return Exit.DONE


def _wanted(arguments: argparse.Namespace, pins: Pins) -> tuple[Tool, ...]:
    if arguments.only is None:
        return pins.of_set(arguments.set)
    try:
        return pins.named(arguments.only)
    except KeyError as error:
        known = ", ".join(tool.name for tool in pins.tools)
        raise InstallError(f"no tool {error}; there are {known}", code=Exit.MISSING) from error


def _print_states(pins: Pins, cache: Cache) -> None:
    for state in states(pins, cache):
        where = state.path or "-"
        note = " (the machine's own)" if state.adopted else ""
        print(f"{state.tool.name:20}{state.tool.text_version:10}{state.tool.set:7}{where}{note}")


if __name__ == "__main__":
    sys.exit(main())
