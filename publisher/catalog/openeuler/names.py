"""`<Category>/image-list.yml`: which folder of a category is published under which name."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field

from publisher.catalog.findings import Findings
from publisher.catalog.meta_file import RESERVED_IMAGES
from publisher.catalog.nodes import Mapping, Node, Scalar
from publisher.catalog.openeuler.assumed import LIST_NAME, MAX_LINES
from publisher.catalog.paths import ROOT, below, folder_of, resolve
from publisher.catalog.problem import Position, Problem, Severity
from publisher.catalog.rules import Rule
from publisher.catalog.target import is_image_name

IMAGES = "images"
"""The one key of the file."""
Composed = tuple[Node | None, tuple[Problem, ...]]
"""A YAML file as nodes, and what is wrong with it (`publisher.catalog.nodes.compose`)."""


@dataclass(frozen=True, slots=True)
class CategoryNames:
    """The names of a category's images by their folder in the repository.

    `is_whole` tells that every line could be read: only then is a folder that is not named
    one without a name of its own.  `contested` are folders with two names, or a bad one.
    """

    names: MappingOf[str, str] = field(default_factory=dict)
    contested: frozenset[str] = frozenset()
    is_whole: bool = True

    def of(self, folder: str) -> str | None:
        """Give the published name of a folder, by default its own; None where that is not certain."""
        if folder in self.names:
            return self.names[folder]
        return posixpath.basename(folder) if self.is_whole and folder not in self.contested else None


@dataclass(frozen=True, slots=True)
class _Line:
    key: Scalar
    folder: str


def read_list(
    path: str, composed: Composed, has_folder: Callable[[str], bool]
) -> tuple[CategoryNames, tuple[Problem, ...]]:
    """Read one list; a line that cannot be used leaves the others as they are."""
    root, problems = composed
    findings = Findings(list(problems))
    lines = _lines(path, root, findings)
    is_whole = not any(problem.severity is Severity.ERROR for problem in findings.problems)
    contested = {*_bad_names(lines, findings), *_clashes(lines, findings)}
    names = {line.folder: line.key.text for line in lines if line.folder not in contested}
    for line in lines:
        if not has_folder(line.folder):
            message = f"there is no folder {line.folder:.200}"
            findings.add(Rule.IMAGE_LIST, line.key, message, "remove the line", Severity.WARNING)
    return CategoryNames(names, frozenset(contested), is_whole), tuple(findings.problems)


def _lines(path: str, root: Node | None, findings: Findings) -> list[_Line]:
    """Give the lines that name a folder of the category."""
    table, category = _images(path, root, findings), folder_of(path)
    found = []
    if table and len(table.entries) > MAX_LINES:
        message = f"the list has {len(table.entries)} lines, more than {MAX_LINES}"
        findings.add(Rule.UNREADABLE, table, message, "split the category")
        return []
    for key, value in table.entries if table else ():
        text = findings.text(value, f"{key.text:.80}")
        if text is None:
            continue
        folder = resolve(category, text.lstrip("/") or ROOT)
        if folder is None or below(category, folder) in (None, ROOT):
            findings.add(Rule.PATH, value, f"{text!r:.120} is not a folder of this category")
        else:
            found.append(_Line(key, folder))
    return found


def _images(path: str, root: Node | None, findings: Findings) -> Mapping | None:
    if root is None and not findings.problems:
        findings.add(Rule.MISSING_KEY, Position(path), f"`{IMAGES}` is missing", f"add `{IMAGES}: {{…}}`")
    table = findings.mapping(root, LIST_NAME)
    if table is None:
        return None
    for key, _ in table.entries:
        if key.text != IMAGES:
            message = f"unknown key `{key.text:.80}`"
            findings.add(Rule.UNKNOWN_KEY, key, message, f"known: {IMAGES}", Severity.WARNING)
    known = Mapping(table.position, tuple(entry for entry in table.entries if entry[0].text == IMAGES))
    fields = findings.fields(known)
    return findings.mapping(fields[IMAGES], IMAGES) if findings.needed(fields, table, IMAGES) else None


def name_problem(name: str) -> str | None:
    """Say why a text cannot be the published name of an image; None where it can."""
    if not is_image_name(name):
        return f"{name!r:.200} is not an image name"
    return f"the image name `{name}` is reserved" if name.partition("/")[0] in RESERVED_IMAGES else None


def _bad_names(lines: list[_Line], findings: Findings) -> set[str]:
    bad = [line for line in lines if name_problem(line.key.text)]
    for line in bad:
        findings.add(
            Rule.IMAGE_NAME, line.key, name_problem(line.key.text) or "",
            "use lower-case letters, digits, `.`, `_`, `-`",
        )  # fmt: skip
    return {line.folder for line in bad}


def _clashes(lines: list[_Line], findings: Findings) -> set[str]:
    """Find folders with two names and names with two folders; neither of the two holds then."""
    contested: set[str] = set()
    by_folder: dict[str, _Line] = {}
    by_name: dict[str, _Line] = {}
    for line in lines:
        namesake = by_name.setdefault(line.key.text, line)
        twin = by_folder.setdefault(line.folder, line)
        where = f"here and in line {namesake.key.position.line}"
        if namesake is not line and namesake.folder == line.folder:
            message = f"`{line.key.text:.80}` stands {where}, with the same folder"
            findings.add(Rule.DUPLICATE_KEY, line.key, message, "keep one of them", Severity.WARNING)
        elif namesake is not line:
            message = f"`{line.key.text:.80}` stands {where}, with two folders"
            findings.add(Rule.DUPLICATE_KEY, line.key, message, "keep one of them")
            contested |= {line.folder, namesake.folder}
        elif twin is not line:
            first = f"`{twin.key.text:.80}` in line {twin.key.position.line}"
            message = f"`{line.key.text:.80}` and {first} name the same folder {line.folder:.200}"
            findings.add(Rule.IMAGE_LIST, line.key, message, "keep one of them")
            contested.add(line.folder)
    return contested
