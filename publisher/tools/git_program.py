"""Calls git on a repository that is not trusted.

Nothing that the repository's own configuration says is run: no hooks, no file system monitor, no
fetching of missing objects, no prompts; and no `GIT_*` variable of ours leads elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from publisher.errors import HistoryError
from publisher.tools.process import Completed, Runner

MAX_LISTING = 256 * 1024 * 1024
"""Most bytes of a listing, about two million files."""

_OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_TIMEOUT = 600.0
_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false")
_PARTIAL = (
    "this is a partial clone, and nothing is fetched unasked: run `git fetch --refetch --no-filter` "
    "(actions/checkout: no `filter`)"
)
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "LC_ALL": "C",
}


def object_id(text: str) -> str:
    """Check that `text` is a full object id.

    Raises:
        HistoryError: it is not.
    """
    if not _OBJECT_ID.fullmatch(text):
        raise HistoryError(f"{text[:80]!r} is not a git object id", hint="resolve the revision first")
    return text


class GitProgram:
    """git in one directory."""

    def __init__(self, directory: Path, runner: Runner) -> None:
        self.directory = directory
        self.runner = runner

    def read(
        self,
        *arguments: str,
        what: str,
        input: bytes | None = None,  # noqa: A002
        max_output: int = MAX_LISTING,
        check: bool = True,
    ) -> Completed:
        """Read objects.  Objects run no program, so it matters not whose repository this is.

        Raises:
            HistoryError: git failed.
        """
        safe = (*_SAFE, "-c", "safe.directory=*")
        try:
            return self._run((*safe, *arguments), what, input, max_output, check, {})
        except HistoryError as error:
            if "promisor" not in error.detail:
                raise
            raise HistoryError(error.what, where=error.where, detail=error.detail, hint=_PARTIAL) from error

    def work(self, *arguments: str, what: str, index: Path | None = None) -> str:
        """Look at the working tree, which may run the user's own filters: git's check of its owner applies.

        Raises:
            HistoryError: git failed.
        """
        env = {"GIT_INDEX_FILE": str(index)} if index else {}
        return self._run((*_SAFE, *arguments), what, None, MAX_LISTING, True, env).stdout.decode(
            errors="replace"
        )

    def is_shallow(self) -> bool:
        """Tell whether older commits were left out when the repository was cloned."""
        done = self.read(
            "rev-parse", "--is-shallow-repository", what="the repository cannot be read", check=False
        )
        return done.stdout.strip() == b"true"

    def missing(self, what: str, name: str = "") -> HistoryError:
        """Say that a commit or object is not here, and what to fetch; `name` is its name or id."""
        hint = "check the spelling, or `git fetch` the branch or tag that has it"
        if _OBJECT_ID.fullmatch(name):
            hint = (
                f"run `git fetch origin {name}`; if its branch was rewritten, the server has it "
                "for a while only"
            )
        if name == "HEAD" and self._is_without_commits():
            what, hint = "there is no commit yet", "commit first"
        elif self.is_shallow():
            hint = "this is a shallow clone: run `git fetch --unshallow` (actions/checkout: `fetch-depth: 0`)"
        return HistoryError(what, where=str(self.directory), hint=hint)

    def is_bare(self) -> bool:
        """Tell whether the repository has no working tree."""
        asked = ("rev-parse", "--is-bare-repository")
        return self.read(*asked, what="the repository cannot be read", check=False).stdout.strip() == b"true"

    def _is_without_commits(self) -> bool:
        asked = ("for-each-ref", "--count=1")
        done = self.read(*asked, what="the repository cannot be read", check=False)
        return done.returncode == 0 and not done.stdout

    def _run(
        self,
        arguments: tuple[str, ...],
        what: str,
        data: bytes | None,
        max_output: int,
        check: bool,
        env: Mapping[str, str],
    ) -> Completed:
        return self.runner.run(
            ["git", *arguments],
            cwd=self._existing(),
            input=data,
            env={**_ENVIRONMENT, **env},
            timeout=_TIMEOUT,
            max_output=max_output,
            error=HistoryError,
            what=what,
            where=str(self.directory),
            check=check,
            hint="`--repo` must name a directory inside a git repository that git can read",
        )

    def _existing(self) -> Path:
        if not self.directory.is_dir():
            raise HistoryError("there is no such directory", where=str(self.directory), hint="check `--repo`")
        return self.directory
