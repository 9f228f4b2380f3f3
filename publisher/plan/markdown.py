"""The plan as a pull request comment: read in ten seconds, its details folded, never too long."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from publisher.catalog.problem import Problem, Severity
from publisher.catalog.target import TargetId
from publisher.plan.concerns import concerns
from publisher.plan.overview import Root, roots
from publisher.plan.plan import Plan, PlannedBuild, PlannedMove, Reason, ReasonCode
from publisher.plan.sections import Section, fit, weight
from publisher.plan.tree import Branch, branches
from publisher.plan.wording import count, held_text, listed, shorten, span, summary, visible

MARKER = "<!-- publisher: plan -->"
"""First line of the comment, by which the next run finds it."""
MOST_BYTES = 60_000
"""Longest comment.  GitHub takes 65,536 characters; bytes are never fewer, and some room is left."""
MAX_CODE = 400
"""Longest name, path or message that is shown, in characters."""
SMALL = 15
"""Most builds whose tree is shown unfolded; of more, the roots are."""
_DEEPEST = 8
"""Levels of a nested list."""
_OPEN_PROBLEMS = 5
"""Problems that are shown unfolded, errors first."""
_MOST_IMAGES = 8


def markdown_lines(plan: Plan, cost: str = "") -> Iterator[str]:
    """Give the lines: the sum and its cost first, then what is wrong and what is built, the rest folded."""
    head = [MARKER, f"### Plan: {summary(plan)}", "", f"{code(span(plan))}", ""]
    if cost and not plan.is_empty:
        head += [f"**Cost:** {visible(shorten(cost, 4 * MAX_CODE))}", ""]
    yield from head
    found = concerns(plan)
    parts = [
        *_problems(plan, found.pressing),
        *_builds(plan.builds),
        *_others(plan),
        *_standing(found.standing),
    ]
    yield from fit(parts, MOST_BYTES - weight(head))


def code(text: str, *, cell: bool = False) -> str:
    """Quote a text so that nothing in it is markup: no backtick, mention, HTML or control character acts.

    In a table (`cell`) a bar needs an escape too.
    https://github.github.com/gfm/#code-spans
    """
    shown = shorten(visible(text), MAX_CODE)
    shown = shown.replace("|", "\\|") if cell else shown
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}" if shown.strip() else ""


def _folded(
    title: str, rows: Iterable[str], number: int, *, heads: Sequence[str] = (), share: float = 0.5
) -> Section:
    table = ("| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)) if heads else ()
    start = "\n" if heads else "- "
    more = f"{start}… and {{}} more: `publisher plan` shows all"
    head = (f"<details><summary>{title}</summary>", "", *table)
    return Section(head, rows, number, ("", "</details>", ""), more, share)


def _open(title: str, rows: Sequence[str]) -> Section:
    return Section((f"**{title}**", ""), rows, len(rows), ("",))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _problems(plan: Plan, problems: Sequence[Problem]) -> Iterator[Section]:
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    kinds = ((errors, "error"), (len(problems) - errors, "warning"))
    said = ", ".join(count(number, word) for number, word in kinds if number)
    opened = min(errors or len(problems), _OPEN_PROBLEMS)
    yield _open(said, [_problem(problem) for problem in problems[:opened]])
    rest = len(problems) - opened
    yield _folded(count(rest, "more problem"), map(_problem, problems[opened:]), rest, share=0.3)
    number = len(plan.stopped)
    title = f"{count(number, 'target')} stopped until that is mended"
    yield _folded(title, (f"- {code(target)}" for target in plan.stopped), number, share=0.2)


def _standing(problems: Sequence[Problem]) -> Iterator[Section]:
    title = f"{count(len(problems), 'warning')} elsewhere in the catalog, which this plan does not touch"
    yield _folded(title, map(_problem, problems), len(problems))


def _problem(problem: Problem) -> str:
    place = f"{code(str(problem.position))} {visible(problem.rule)}"
    fix = f" → {code(problem.fix)}" if problem.fix else ""
    return f"- {problem.severity} {place}: {code(problem.message)}{fix}"


def _builds(builds: Sequence[PlannedBuild]) -> Iterator[Section]:
    several = len({build.platforms for build in builds}) > 1
    tree = (_branch(branch, several=several) for branch in branches(builds, _DEEPEST))
    if len(builds) <= SMALL:
        yield _open("Built", list(tree))
        return
    found = roots(builds)
    rest = sum(root.weight for root in found[SMALL:])
    more = [f"- and {count(rest, 'more build')} of {count(len(found) - SMALL, 'more image')}"] if rest else []
    yield _open("Built", [*map(_root, found[:SMALL]), *more])
    title = f"All {count(len(builds), 'build')}, each below what it waits for"
    yield _folded(title, tree, len(builds), share=0.7)


def _branch(branch: Branch, *, several: bool) -> str:
    platforms = f" [{', '.join(branch.build.platforms)}]" if several else ""
    why = _why(branch.own_reasons)
    said = ", ".join([*([why] if why else []), *([ReasonCode.PARENT_REBUILT] if branch.follows else [])])
    return f"{'  ' * branch.depth}- {code(branch.target)}{platforms} {said}".rstrip()


def _root(root: Root) -> str:
    one = len(root.targets) == 1
    name = code(root.targets[0]) if one else f"{code(root.image)} {len(root.targets)} tags"
    return f"- {name} {_why(list(root.reasons))}{_followers(root)}"


def _followers(root: Root) -> str:
    total = root.followers.total()
    if not total:
        return ""
    largest = sorted(root.followers.items(), key=lambda item: (-item[1], item[0]))
    said = [f"{code(image)} {number}" for image, number in largest[:_MOST_IMAGES]]
    if len(largest) > _MOST_IMAGES:
        said.append(count(len(largest) - _MOST_IMAGES, "more image"))
    return f" → **{count(total, 'build follows', 'builds follow')}**: {', '.join(said)}"


def _why(reasons: Sequence[Reason], most: int = 3) -> str:
    said = [f"{reason.code} {code(reason.cause)}".rstrip() for reason in reasons[:most]]
    more = len(reasons) - len(said)
    return ", ".join([*said, *([f"{more} more"] if more else [])])


def _others(plan: Plan) -> Iterator[Section]:
    """Give what is copied, tested again, moved, held and retired."""
    copies, tests, retired = len(plan.copies), len(plan.tests), len(plan.retired)
    same = (_row(code(c.target, cell=True), code(c.same_as, cell=True)) for c in plan.copies)
    yield _folded(count(copies, "copy", "copies"), same, copies, heads=("target", "same as"))
    again = (f"- {code(test.target)} {', '.join(test.platforms)}" for test in plan.tests)
    yield _folded(f"{count(tests, 'target')} tested again", again, tests)
    moves = _by_target(plan.moves)
    rows = (_move(target, own) for target, own in moves.items())
    heads = ("target", "further tags", "at")
    yield _folded(count(len(plan.moves), "tag moves", "tags move"), rows, len(moves), heads=heads, share=0.8)
    held = (f"- {code(one.target)} {code(held_text(one))}" for one in plan.held)
    yield _folded(f"{count(len(plan.held), 'target')} held by a rollback", held, len(plan.held))
    title = f"{count(retired, 'tag')} retired: stays at the registries, is not built any more"
    yield _folded(title, (f"- {code(f'{r.image}:{r.tag}')}" for r in plan.retired), retired)


def _by_target(moves: Iterable[PlannedMove]) -> Mapping[TargetId, Sequence[PlannedMove]]:
    grouped: dict[TargetId, list[PlannedMove]] = {}
    for move in moves:
        grouped.setdefault(move.target, []).append(move)
    return grouped


def _move(target: TargetId, moves: Sequence[PlannedMove]) -> str:
    """Give the row of a target: its other tags, and where they move."""
    names = dict.fromkeys(f"{move.image}:{move.tag}" for move in moves)
    others = ", ".join(name.partition(":")[2] for name in names if name != target)
    also = ("" if target in names else "only ") + code(others, cell=True)
    return _row(code(target, cell=True), also, code(listed(move.registry for move in moves), cell=True))
