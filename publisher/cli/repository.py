"""Opening the repository that `--repo` names: all that planning needs of what `wiring` connects."""

from __future__ import annotations

import argparse

from publisher.cli.surroundings import Surroundings
from publisher.errors import UsageError
from publisher.ports.progress import Progress
from publisher.tools.git import Git
from publisher.tools.process import Runner


def open_git(options: argparse.Namespace, surroundings: Surroundings, progress: Progress) -> Git:
    """Open the repository that `--repo` names.

    Raises:
        UsageError: there is no such directory.
    """
    directory = surroundings.cwd / options.repo
    if not directory.is_dir():
        raise UsageError("there is no such directory", where=str(directory), hint="check `--repo`")
    return Git(directory, Runner(progress, surroundings.environment))
