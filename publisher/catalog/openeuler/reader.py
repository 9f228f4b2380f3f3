"""The openEuler image repository, read as it is: `<Category>/<image>/meta.yml`, or without a category.

A file's image is named by its category's `image-list.yml`, else by its folder.  While a list
cannot be read, images keep the names that they had: a typing error renames nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator
from collections.abc import Mapping as MappingOf
from functools import cache

from publisher.catalog.declared import Declared
from publisher.catalog.entry import Entry
from publisher.catalog.findings import Findings
from publisher.catalog.nodes import Mapping, Node, Scalar, Sequence
from publisher.catalog.openeuler.assumed import LIST_NAME
from publisher.catalog.openeuler.entry import OpenEulerReader
from publisher.catalog.openeuler.names import CategoryNames, Composed, name_problem, read_list
from publisher.catalog.paths import ROOT, below, folder_of
from publisher.catalog.problem import Position, Problem, Severity
from publisher.catalog.rules import Rule
from publisher.catalog.settings import Settings

_NATIVE_KEYS = frozenset({
    "platforms", "context", "target", "internal", "status", "base", "args", "aliases", "latest", "smoke",
    "requires",
})  # fmt: skip
_MATRIX = "matrix"


def is_openeuler(metas: MappingOf[str, Composed], lists: Iterable[str]) -> bool:
    """Tell whether files without a `publisher.yml` are those of the openEuler image repository.

    A category's list says so.  Older history has none: there some `meta.yml` declares a tag in
    the repository's own form (or cannot be read now), and none uses a word that only a native
    catalog has.
    """
    if metas and any(is_list(ROOT, path) for path in lists):
        return True
    roots = [root for path, (root, _) in metas.items() if "/" in path]
    return any(map(_may_declare, roots)) and not any(map(_is_native, roots))


def _may_declare(root: Node | None) -> bool:
    if isinstance(root, Mapping):
        return any(_is_entry(value) for _, value in root.entries)
    return root is None


def _is_entry(value: Node) -> bool:
    if isinstance(value, Mapping):
        return any(key.text == "path" for key, _ in value.entries)
    if isinstance(value, Sequence):
        return len(value.items) == 1 and _is_entry(value.items[0]) and isinstance(value.items[0], Scalar)
    return value.text.endswith("Dockerfile")


def _is_native(root: Node | None) -> bool:
    for key, value in root.entries if isinstance(root, Mapping) else ():
        words = {name.text for name, _ in value.entries} if isinstance(value, Mapping) else set()
        if key.text == _MATRIX or words & _NATIVE_KEYS:
            return True
    return False


def is_list(root: str, path: str) -> bool:
    """Tell whether a path is that of a category's list."""
    inside = below(root, path)
    return inside is not None and inside.count("/") == 1 and inside.endswith(f"/{LIST_NAME}")


def read_openeuler(
    metas: MappingOf[str, Composed],
    lists: MappingOf[str, Composed],
    tree: Collection[str],
    settings: Settings,
    last: MappingOf[str, str],
) -> Declared:
    """Read the whole catalog; `tree` holds every path, `last` the name that each `meta.yml` had before.

    Never raises, whatever the files say.
    """
    read = {path: read_list(path, found, _folder_test(tree)) for path, found in sorted(lists.items())}
    names = {folder_of(path): found for path, (found, _) in read.items()}
    problems = [problem for _, found in read.values() for problem in found]
    images: dict[str, str] = {}
    entries: list[Entry] = []
    for path, (root, unreadable) in sorted(metas.items()):
        findings = Findings(list(unreadable))
        name = _name(path, settings.root, names, last, findings)
        if name is not None:
            images[path] = name
            table = findings.mapping(root, "meta.yml")
            reader = OpenEulerReader(name, folder_of(path), tree, settings)
            entries += reader.read(table, findings) if table else ()
        problems += findings.problems
    return Declared(tuple(entries), (*problems, *_namesakes(images)), images)


def _folder_test(tree: Collection[str]) -> Callable[[str], bool]:
    """Give a test for folders that sorts the paths only when it is first asked."""

    @cache
    def paths() -> list[str]:
        return sorted(tree)

    def has_folder(folder: str) -> bool:
        if f"{folder}/meta.yml" in tree:
            return True
        place = bisect_left(paths(), f"{folder}/")
        return place < len(paths()) and paths()[place].startswith(f"{folder}/")

    return has_folder


def _name(
    path: str, root: str, names: MappingOf[str, CategoryNames], last: MappingOf[str, str], findings: Findings
) -> str | None:
    """Give the published name of a file's image, or note why there is none."""
    folder = folder_of(path)
    if folder == root:
        message = "the file lies in the catalog's root"
        findings.add(Rule.IMAGE_NAME, Position(path), message, "move it to a folder named after the image")
        return None
    category = _category(root, folder)
    name = names.get(category, CategoryNames()).of(folder) or last.get(path)
    if name is None:
        message = f"the name of this image is not certain while {category}/{LIST_NAME} has errors"
        findings.add(Rule.NAME_UNKNOWN, Position(path), message, f"mend {category}/{LIST_NAME} first")
    elif why := name_problem(name):
        fix = f"name it in {category}/{LIST_NAME}" if category else "rename the folder"
        findings.add(Rule.IMAGE_NAME, Position(path), why, fix)
        return None
    return name


def _category(root: str, folder: str) -> str:
    """Give the folder that has the list; none for an image that stands at the top."""
    first, slash, _ = (below(root, folder) or folder).partition("/")
    if not slash:
        return ""
    return first if root == ROOT else f"{root}/{first}"


def _namesakes(images: MappingOf[str, str]) -> Iterator[Problem]:
    """Report folders that share a name: their tags become those of one image."""
    first: dict[str, str] = {}
    for path, name in images.items():
        other = first.setdefault(name, path)
        if other != path:
            message = f"{folder_of(path)} and {folder_of(other)} both have the image name `{name}`"
            fix = f"give one of them another name in its {LIST_NAME}"
            yield Problem(Rule.IMAGE_TWICE, Severity.WARNING, path, 0, 0, message, fix)
