"""`meta.yml`: every key is a tag, its value the Dockerfile and how it is built (oEEP-0014).

A broken entry is reported and left out; the others stay, so that one bad line does not
hide a whole image.  The reserved key `matrix` expands to more of the same entries; this
version refuses it in `_literal_entries`, the one place where it is met.
"""

from __future__ import annotations

from publisher.catalog.entry import Entry
from publisher.catalog.findings import Findings
from publisher.catalog.meta_entry import EntryReader
from publisher.catalog.nodes import Mapping, Node, Scalar, compose
from publisher.catalog.paths import ROOT, below, folder_of
from publisher.catalog.problem import Position, Problem
from publisher.catalog.rules import Rule
from publisher.catalog.settings import Settings
from publisher.catalog.tag_node import check_tag
from publisher.catalog.target import TargetId, is_image_name

META_NAME = "meta.yml"
MATRIX = "matrix"
"""The top-level key that is no tag."""
RESERVED_IMAGES = ("layers", "publisher-records")
"""Repositories below a destination's prefix that belong to the publisher."""


def read_meta(path: str, raw: bytes, settings: Settings) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    """Read one `meta.yml`: the entries that are sound, and what is wrong with the others.

    `path` is the file's place in the repository.  Never raises, whatever the bytes are.
    """
    findings = Findings()
    image = _image(path, settings.root, findings)
    root, problems = compose(path, raw)
    findings.problems.extend(problems)
    table = findings.mapping(root, META_NAME)
    if image is None or table is None:
        return (), tuple(findings.problems)
    reader = EntryReader(image, folder_of(path), settings)
    entries = [
        entry
        for key, value in _literal_entries(table, image, findings)
        if (entry := reader.read(key, value, findings.of(f"{image}:{key.text}")))
    ]
    return _without_clashes(entries, findings), tuple(findings.problems)


def _image(path: str, root: str, findings: Findings) -> str | None:
    """Give the published name: the folder of the file below the catalog's root."""
    name = below(root, folder_of(path))
    place = Position(path)
    if name is None:
        findings.add(Rule.IMAGE_NAME, place, f"the file is outside of the catalog's root `{root}`")
    elif name == ROOT:
        message = "the file lies in the catalog's root"
        findings.add(Rule.IMAGE_NAME, place, message, "move it to a folder named after the image")
    elif not is_image_name(name):
        message = f"{name!r:.200} is not an image name"
        findings.add(Rule.IMAGE_NAME, place, message, "use lower-case letters, digits, `.`, `_`, `-`")
    elif name.partition("/")[0] in RESERVED_IMAGES:
        findings.add(Rule.IMAGE_NAME, place, f"the image name `{name}` is reserved", "rename the folder")
    else:
        return name
    return None


def _literal_entries(table: Mapping, image: str, findings: Findings) -> list[tuple[Scalar, Node]]:
    """Give the keys that are tags, each once, with their values."""
    keys = {key.text: key for key, _ in reversed(table.entries)}
    found: list[tuple[Scalar, Node]] = []
    for key, value in table.entries:
        first, noted = keys[key.text], findings.of(f"{image}:{key.text:.128}")
        if first is not key:
            message = f"the tag `{key.text:.80}` stands here and in line {first.position.line}"
            noted.add(Rule.DUPLICATE_TAG, key, message, "keep one of them")
        elif key.text == MATRIX:
            message = "the `matrix` form is not supported yet by this version"
            findings.add(Rule.LATER_VERSION, key, message, "write each tag out")
        elif check_tag(key, noted):
            found.append((key, value))
    return found


def _without_clashes(entries: list[Entry], findings: Findings) -> tuple[Entry, ...]:
    """Leave out entries that claim an alias or `latest` that another has; an earlier claim wins."""
    owners: dict[str, TargetId] = {entry.target.tag: entry.target for entry in entries}
    kept: list[Entry] = []
    latest: Entry | None = None
    for entry in entries:
        noted = findings.of(entry.target)
        twice = {alias for alias in entry.aliases if entry.aliases.count(alias) > 1}
        taken = [alias for alias in dict.fromkeys(entry.aliases) if alias in owners or alias in twice]
        for alias in taken:
            message = f"the alias `{alias}` is already a name of {owners.get(alias, entry.target)}"
            noted.add(Rule.DUPLICATE_TAG, entry.position, message, "remove it from one of them")
        if entry.latest and latest:
            noted.add(
                Rule.LATEST, entry.position, f"`latest` belongs to {latest.target} already", "keep one owner"
            )
        elif not taken:
            owners.update(dict.fromkeys(entry.aliases, entry.target))
            latest = entry if entry.latest else latest
            kept.append(entry)
    return tuple(kept)
