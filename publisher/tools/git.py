"""The catalog's repository, read through the git program.

Only objects are read, so that a plan and a build see what was committed and nothing else.
Each method is one git process as long as all is well.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from publisher.errors import HistoryError
from publisher.ports.git import Commit
from publisher.tools.git_objects import GitFiles, LastListing
from publisher.tools.git_program import GitProgram, object_id
from publisher.tools.git_versions import older_versions
from publisher.tools.process import Runner

_PERSON = re.compile(r"(?P<name>.*) (?P<seconds>-?[0-9]{1,15}) [+-][0-9]{4}")
_MAX_REVISION = 1000
_BARE = "there is no working tree: the repository is bare"
_BARE_HINT = "give `--head REV` (`publisher lint`, `publisher catalog`), or name a clone with a working tree"
_NO_FILTER = tuple(
    word
    for setting in ("clean=", "smudge=", "process=", "required=false")
    for word in ("-c", f"filter.lfs.{setting}")
)
"""A file that git-lfs keeps elsewhere is taken as it lies on the disk."""


class Git:
    """A repository, given by any directory inside it."""

    def __init__(self, directory: Path, runner: Runner) -> None:
        self._program = GitProgram(directory.absolute(), runner)
        self._last_listing = LastListing()

    @cached_property
    def top(self) -> Path:
        """Give the top directory of the working tree.

        Raises:
            HistoryError: this is no git repository, or one without a working tree.
        """
        return Path(self._work_paths[0])

    def resolve(self, revision: str) -> Commit:
        """Find the commit that a revision names.

        Raises:
            HistoryError: no such commit here; says what to fetch.
        """
        # On standard input a revision cannot be an option or a range.
        done = self._program.read(
            "cat-file",
            "--batch",
            input=f"{_one_line(revision)}^{{commit}}\n".encode(),
            what=f"revision {revision!r:.200} cannot be read",
        )
        about, _, raw = done.stdout.partition(b"\n")
        oid, *rest = about.decode(errors="replace").split(" ")
        if len(rest) != 2 or rest[0] != "commit":
            ambiguous = "is ambiguous" if about.endswith(b" ambiguous") else "names no commit here"
            raise self._program.missing(f"{revision!r:.200} {ambiguous}", revision)
        return parse_commit(oid, raw[: int(rest[1])])

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Tell whether `ancestor` is `descendant` or one of its ancestors; both are commit ids.

        Raises:
            HistoryError: one of the two is not here, or the clone is too shallow to tell.
        """
        pair = object_id(ancestor), object_id(descendant)
        done = self._program.read(
            "merge-base", "--is-ancestor", *pair, what="history cannot be read", check=False
        )
        if done.returncode == 0:
            return True
        if done.returncode != 1 or self._program.is_shallow():
            for oid in pair:
                self.resolve(oid)
            raise self._program.missing(f"cannot tell whether {ancestor[:12]} comes before {descendant[:12]}")
        return False

    def person(self) -> str | None:
        """Give who would commit here now, as `Name <mail>`; None where git does not know."""
        done = self._program.read(
            "var", "GIT_AUTHOR_IDENT", what="git's settings cannot be read", check=False
        )
        found = _PERSON.fullmatch(done.stdout.decode(errors="replace").strip())
        return found["name"] if found and done.returncode == 0 else None

    def files(self, commit: str) -> GitFiles:
        """Give the files of a commit, read from git objects."""
        return GitFiles(self._program, commit, self._last_listing)

    def older_versions(self, commit: str, paths: Collection[str], most: int) -> Mapping[str, tuple[str, ...]]:
        """Give the object ids of older versions of files, newest first.

        Raises:
            HistoryError: the commit is not here.
        """
        return older_versions(self._program, commit, paths, most)

    def working_tree(self) -> GitFiles:
        """Give the files as they lie on the disk, ignored ones left out.

        They become git objects by way of an index of our own: the user's is only copied, for speed.
        """
        what = "the working tree cannot be read"
        top, index = self._work_paths
        at_top = GitProgram(Path(top), self._program.runner)
        with tempfile.TemporaryDirectory(prefix="publisher-index-") as scratch:
            ours = Path(scratch, "index")
            if Path(index).is_file():
                # The time stays: git compares the contents of files that are as young as the index.
                shutil.copy2(index, ours)
            at_top.work(
                *_NO_FILTER, "-c", "advice.addEmbeddedRepo=false", "add", "--all", what=what, index=ours
            )
            tree = at_top.work("write-tree", what=what, index=ours)
        return GitFiles(self._program, tree.strip())

    @cached_property
    def _work_paths(self) -> tuple[str, str]:
        """Ask for the top directory and the index file, both absolute."""
        asked = ("rev-parse", "--path-format=absolute", "--show-toplevel", "--git-path", "index")
        try:
            shown = self._program.work(*asked, what="there is no working tree")
        except HistoryError as error:
            if not self._program.is_bare():
                raise
            raise HistoryError(_BARE, where=error.where, hint=_BARE_HINT) from error
        top, index = _lines(shown, 2)
        return top, index


def parse_commit(oid: str, raw: bytes) -> Commit:
    """Read a commit object (git's Documentation/user-manual, "Commit Object").

    Raises:
        HistoryError: a header is missing.
    """
    head, _, message = raw.partition(b"\n\n")
    headers = {key: value for line in reversed(head.split(b"\n")) for key, _, value in [line.partition(b" ")]}
    author, committer = (
        _PERSON.fullmatch(_decoded(headers.get(key, b""))) for key in (b"author", b"committer")
    )
    if not author or not committer:
        raise HistoryError(f"commit {oid[:12]} is damaged", hint="run `git fsck`")
    subject = _decoded(message.lstrip(b"\n").partition(b"\n")[0])
    return Commit(oid, author["name"], datetime.fromtimestamp(int(committer["seconds"]), UTC), subject)


def _decoded(raw: bytes) -> str:
    return raw.decode(errors="replace")


def _one_line(revision: str) -> str:
    if not revision or len(revision) > _MAX_REVISION or any(ord(char) < 32 for char in revision):
        raise HistoryError(f"{revision!r:.200} is not a revision", hint="give a branch, a tag or a commit id")
    return revision


def _lines(text: str, count: int) -> Iterable[str]:
    lines = text.splitlines()
    if len(lines) != count:
        raise HistoryError("the repository's path has a line break in it", hint="move it elsewhere")
    return lines
