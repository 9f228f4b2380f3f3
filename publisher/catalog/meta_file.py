"""`meta.yml`: every key is a tag, its value the Dockerfile and how it is built (oEEP-0014).

A broken entry is reported and left out; the others stay, so that one bad line does not
hide a whole image.  Of a tag that is declared twice no declaration is taken.  The reserved
key `matrix` expands to more of the same entries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from publisher.catalog.entry import Entry
from publisher.catalog.findings import Findings
from publisher.catalog.matrix.combinations import describe
from publisher.catalog.meta_entry import MATRIX, Declaration, EntryReader
from publisher.catalog.nodes import Mapping, compose
from publisher.catalog.paths import ROOT, below, folder_of
from publisher.catalog.problem import Position, Problem
from publisher.catalog.rules import Rule
from publisher.catalog.settings import Settings
from publisher.catalog.tag_node import check_tag
from publisher.catalog.target import TargetId, is_image_name

META_NAME = "meta.yml"
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
    entries = _entries(_sound_tags(_declared(table, findings), image, findings), reader, findings)
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


def _declared(table: Mapping, findings: Findings) -> Iterator[Declaration]:
    """Give every tag that the file declares, in its order."""
    matrices = [key for key, _ in table.entries if key.text == MATRIX]
    for key, value in table.entries:
        if key.text != MATRIX:
            yield Declaration(key, value, key.position)
        elif len(matrices) == 1:
            from publisher.catalog.matrix.expand import expand  # most files have none

            yield from expand(value, findings)
        elif key is not matrices[0]:
            message = f"`{MATRIX}` stands here and in line {matrices[0].position.line}"
            findings.add(Rule.DUPLICATE_KEY, key, message, "make them one list")


def _sound_tags(declared: Iterable[Declaration], image: str, findings: Findings) -> Iterator[Declaration]:
    """Give what has a valid tag of its own; of a tag that stands twice, each time but the first is noted."""
    found: dict[str, list[Declaration]] = {}
    for one in declared:
        found.setdefault(one.key.text, []).append(one)
    for tag, (first, *others) in found.items():
        target = f"{image}:{tag:.128}"
        for other in others:
            noted = findings.of(target, other.combination)
            noted.add(Rule.DUPLICATE_TAG, other.key, *_declared_twice(first, other))
        if not others and check_tag(first.key, findings.of(target, first.combination)):
            yield first


def _declared_twice(first: Declaration, other: Declaration) -> tuple[str, str]:
    """Give message and fix for a tag that an earlier declaration has."""
    message = f"the tag `{other.key.text:.80}` stands here and in line {first.key.position.line}"
    if first.combination:
        message += f", there for {describe(first.combination)}"
    both = bool(first.combination and other.combination)
    return message, "name more axes in `tag`, or exclude one" if both else "keep one of them"


def _entries(declared: Iterable[Declaration], reader: EntryReader, findings: Findings) -> list[Entry]:
    """Read the entries; those of a matrix remember their combination and where their values stand."""
    read = (
        (one, reader.read(one.key, one.value, findings.of(f"{reader.image}:{one.key.text}", one.combination)))
        for one in declared
    )
    return [_placed(entry, one) if one.combination else entry for one, entry in read if entry]


def _placed(entry: Entry, one: Declaration) -> Entry:
    """Say where an entry comes from that a matrix made."""
    fields = one.value.entries if isinstance(one.value, Mapping) else ()
    places = {key.text: value.position for key, value in fields}
    return replace(entry, position=one.position, combination=one.combination, places=places)


def _without_clashes(entries: list[Entry], findings: Findings) -> tuple[Entry, ...]:
    """Leave out entries that claim an alias or `latest` that another has; an earlier claim wins."""
    owners: dict[str, TargetId] = {entry.target.tag: entry.target for entry in entries}
    kept: list[Entry] = []
    latest: Entry | None = None
    for entry in entries:
        noted = findings.of(entry.target, entry.combination)
        twice = {alias for alias, number in Counter(entry.aliases).items() if number > 1}
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
