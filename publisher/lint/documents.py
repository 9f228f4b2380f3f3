"""Problems written down: for people, and as JSON for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from publisher.catalog.matrix.combinations import condensed
from publisher.catalog.problem import Problem, Severity
from publisher.catalog.shown import visible
from publisher.codec import to_plain

SCHEMA_VERSION = 1


def once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Leave out what says the same again of another target: a person reads it once."""
    return tuple(dict.fromkeys(replace(problem, target=None) for problem in condensed(problems)))


def errors_first(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Put errors before warnings, each in their order."""
    return tuple(sorted(problems, key=lambda problem: problem.severity is not Severity.ERROR))


def as_text(problems: Sequence[Problem], mark: Callable[[Severity], str] = str) -> str:
    """Give one problem a line, its fix on the next, the sum at the end; `mark` may colour the severity."""
    shown = once(problems)
    more = f"`publisher lint --explain {shown[0].rule}` says what a rule means\n" if shown else ""
    return "".join(_text(problem, mark) for problem in shown) + f"{summary(shown)}\n{more}"


def as_json(problems: Iterable[Problem]) -> str:
    """Give one JSON document; hostile names are escaped in it, their text stays."""
    plain = {"schema_version": SCHEMA_VERSION, "problems": [to_plain(problem) for problem in problems]}
    return json.dumps(plain, indent=2) + "\n"


def summary(problems: Sequence[Problem]) -> str:
    """Sum up: `2 errors, 1 warning in 3 files (M004: 2, L001: 1)`."""
    if not problems:
        return "no problems"
    severities = Counter(problem.severity for problem in problems)
    files = len({problem.file for problem in problems})
    rules = Counter(problem.rule for problem in problems).most_common()
    counted = [_count(severities[one], one) for one in Severity if severities[one]]
    each = ", ".join(f"{rule}: {number}" for rule, number in rules)
    return f"{', '.join(counted)} in {_count(files, 'file')} ({each})"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _text(problem: Problem, mark: Callable[[Severity], str]) -> str:
    fix = f"  → {visible(problem.fix)}\n" if problem.fix else ""
    place, message = visible(str(problem.position)), visible(problem.message)
    return f"{place}: {mark(problem.severity)}: {message} [{problem.rule}]\n{fix}"
