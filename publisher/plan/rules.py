"""The planner's rules: what can be wrong between files, one row each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from publisher.catalog.problem import Position, Problem, Severity
from publisher.catalog.target import TargetId


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    severity: Severity
    fix: str


class Rule(Enum):
    """A rule: its stable id, its severity, and what usually mends it."""

    UNUSABLE_FILE = _Row("P001", Severity.ERROR, "use a regular file of reasonable size")
    TARGET_TWICE = _Row("P002", Severity.ERROR, "keep one declaration of the tag")
    TAG_TWICE = _Row("P003", Severity.ERROR, "give the alias to one target only")
    LATEST_TWICE = _Row("P004", Severity.ERROR, "declare `latest` on one target of the image only")
    NO_DOCKERFILE = _Row("P005", Severity.ERROR, "correct `path`, or add the Dockerfile")
    DOCKERFILE_LINK = _Row("P006", Severity.ERROR, "name the Dockerfile that the link points to")
    BAD_DOCKERFILE = _Row("P007", Severity.ERROR, "correct the Dockerfile")
    NO_SMOKE = _Row("P008", Severity.ERROR, "correct `smoke`, or add the file")
    BAD_SMOKE = _Row("P009", Severity.ERROR, "correct the smoke test")
    NO_ROUTE = _Row("P010", Severity.ERROR, "add a route for the image to publisher.yml")
    NO_PARENT = _Row("P011", Severity.ERROR, "declare the parent, or correct its name")
    CYCLE = _Row("P012", Severity.ERROR, "take one of these steps out")
    PARENT_PLATFORM = _Row("P013", Severity.ERROR, "add the platform to the parent, or leave it out here")
    UNLOCKED_BASE = _Row("P014", Severity.WARNING, "run `publisher refresh bases` and commit publisher.lock")
    UNUSED_BASE = _Row("P015", Severity.WARNING, "write `ARG BASE` and `FROM $BASE`, or remove `base`")
    NOT_BUILT_ANY_MORE = _Row("P016", Severity.WARNING, "take the change back, or set `status: active`")
    BLOCKED = _Row("P017", Severity.ERROR, "mend the parent first")
    STALE_LOCK = _Row("P018", Severity.WARNING, "remove the entry from publisher.lock")
    ADOPTED = _Row("P019", Severity.WARNING, "remove it from `adopted` in publisher.lock to build it here")
    BAD_IGNORE = _Row("P020", Severity.ERROR, "correct the .dockerignore file")
    NO_LOCK = _Row("P021", Severity.WARNING, "run `publisher refresh bases` and commit publisher.lock")
    NO_CONTEXT = _Row("P022", Severity.ERROR, "correct `context`: it is seen from the folder of the meta.yml")
    PLATFORM_TAG = _Row("P023", Severity.ERROR, "rename one of them, or shorten the tag")

    @property
    def id(self) -> str:
        """Give the stable id, such as `P005`."""
        return self.value.id

    def problem(
        self,
        message: str,
        position: Position,
        target: TargetId | None = None,
        *,
        severity: Severity | None = None,
        fix: str = "",
    ) -> Problem:
        """Report the rule at a place; `fix` and `severity` replace those of the table."""
        row = self.value
        return Problem(
            row.id,
            severity or row.severity,
            position.file,
            position.line,
            position.column,
            message,
            fix or row.fix,
            target,
        )


def breaks(problem: Problem) -> bool:
    """Tell whether a problem keeps its target from being built."""
    return problem.severity is Severity.ERROR
