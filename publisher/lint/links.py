"""Symbolic links that lead out."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from publisher.catalog.paths import ROOT, folder_of, folders_above
from publisher.catalog.problem import Position, Problem, Severity
from publisher.lint.page import LintRule
from publisher.lint.state import State
from publisher.plan.sources import LINK

_MOST = 4096
"""Longest target of a link, in bytes (PATH_MAX of Linux)."""


class EscapingLink(LintRule):
    """A symbolic link in an image's folder leads out of the repository.

    What it points to is not in git: on another machine it is something else, or nothing.  A build
    copies the link itself, never what it points to, so in the image it is most likely broken.
    An absolute target is right only where it is meant for the image's own file system.

    Wrong:
        hello/data -> ../../data        # in the repository's top folder there is no way further up
        hello/python3 -> /usr/bin/python3

    Right:
        hello/data -> ../shared/data    # or make links to the image's own files with RUN ln -s
    """

    id = "L009"
    severity = Severity.WARNING
    fix = "point it to a file of the repository, or make it in the Dockerfile with `RUN ln -s`"

    def check(self, state: State) -> Iterator[Problem]:
        tree = state.snapshot.tree
        folders = {entry.context for entry in state.snapshot.entries.values()} | state.metas.keys()
        links = [
            path
            for path, file in tree.items()
            if file.mode == LINK
            and file.size <= _MOST
            and (ROOT in folders or not folders.isdisjoint(folders_above(path)))
        ]
        blobs = state.files.read(sorted({tree[path].oid for path in links}))
        for path in links:
            target = blobs[tree[path].oid].decode(errors="replace")
            if _leaves(path, target):
                yield self.problem(f"the link leads to {target[:200]}, out of the repository", Position(path))


def _leaves(path: str, target: str) -> bool:
    seen = posixpath.normpath(posixpath.join(folder_of(path), target))
    return seen == ".." or seen.startswith(("../", "/"))
