"""Problems beside the lines of the files, as GitHub shows them on a pull request."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from publisher.catalog.problem import Problem
from publisher.lint.documents import errors_first, once, summary
from publisher.lint.workflow_commands import Command, annotation

SHOWN = 10
"""Annotations of each level that GitHub shows for one step; the log has all of them.
https://docs.github.com/en/rest/checks/runs"""


def as_github(problems: Sequence[Problem], root: str = "") -> str:
    """Give workflow commands, errors first; `root` is the repository's folder in the workspace."""
    found = errors_first(once(problems))
    more = [annotation("notice", summary(found), title="publisher lint")] if len(found) > SHOWN else []
    return "".join(f"{command}\n" for command in [*(_annotation(one, root) for one in found), *more])


def _annotation(problem: Problem, root: str) -> Command:
    return annotation(
        problem.severity,
        "\n".join(filter(None, (problem.message, problem.fix))),
        file=posixpath.join(root, problem.file),
        line=problem.line,
        column=problem.column,
        title=problem.rule,
    )
