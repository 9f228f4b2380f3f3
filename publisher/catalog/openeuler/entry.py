"""A `meta.yml` of the openEuler image repository: `tag: {path, arch}`, `tag: path` or `tag: [path]`.

The repository is not ours, so what does no harm there (keys that we do not know, a line that
stands twice) is a warning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from publisher.catalog.entry import Entry
from publisher.catalog.findings import Findings, suggestion
from publisher.catalog.meta_entry import ARCHITECTURES
from publisher.catalog.nodes import Mapping, Node, Scalar, Sequence
from publisher.catalog.openeuler.assumed import MAX_LINES
from publisher.catalog.paths import ROOT, folder_of, resolve
from publisher.catalog.problem import Severity
from publisher.catalog.rules import Rule
from publisher.catalog.settings import Settings
from publisher.catalog.tag_node import check_tag
from publisher.catalog.target import TargetId

KEYS = ("path", "arch")
_NOT_A_FILE = (".", "..", "/")


@dataclass(frozen=True, slots=True)
class OpenEulerReader:
    """Reads the entries of one file: `image` is its name, `folder` the file's, `tree` every path there is."""

    image: str
    folder: str
    tree: Collection[str]
    settings: Settings

    def read(self, table: Mapping, findings: Findings) -> tuple[Entry, ...]:
        """Give the entries that are sound, each tag once."""
        found: dict[str, list[tuple[Scalar, Entry | None]]] = {}
        if len(table.entries) > MAX_LINES:
            message = f"the file has {len(table.entries)} entries, more than {MAX_LINES}"
            findings.add(Rule.UNREADABLE, table, message, "split it")
            return ()
        for key, value in table.entries:
            noted = findings.of(f"{self.image}:{key.text:.128}")
            if check_tag(key, noted):
                found.setdefault(key.text, []).append((key, self._entry(key, value, noted)))
            else:
                self._check_path(value, noted)
        for tag, claims in found.items():
            _note_repeated(claims, findings.of(f"{self.image}:{tag}"))
        return tuple(claims[0][1] for claims in found.values() if claims[0][1])

    def _check_path(self, value: Node, findings: Findings) -> None:
        """Look at the path of an entry that is refused for its tag, so that one run shows both."""
        fields = _fields(value, findings)
        path = self._dockerfile(fields["path"], findings) if fields else None
        if fields and path is not None and path not in self.tree:
            said = findings.text(fields["path"], "path")
            findings.add(Rule.PATH, fields["path"], f"`path` {said!r:.160} is no file", "correct `path`")

    def _entry(self, key: Scalar, value: Node, findings: Findings) -> Entry | None:
        fields = _fields(value, findings)
        if fields is None:
            return None
        path = self._dockerfile(fields["path"], findings)
        arch = findings.word(fields.get("arch"), "arch", ARCHITECTURES)
        if path is None or ("arch" in fields and arch is None):
            return None
        platforms = (ARCHITECTURES[arch],) if arch else tuple(sorted(self.settings.platforms))
        target = TargetId.of(self.image, key.text)
        return Entry(target, key.position, dockerfile=path, context=folder_of(path), platforms=platforms)

    def _dockerfile(self, node: Node, findings: Findings) -> str | None:
        """Find the file that a path means: seen from the image's folder, its parent, or the root."""
        text = findings.text(node, "path")
        if text is None:
            return None
        seen = dict.fromkeys(self._candidates(text))
        hits = [path for path in seen if path in self.tree]
        if not seen:
            message = f"`path` {text!r:.120} is not a file of the repository"
            findings.add(Rule.PATH, node, message, "write a path relative to the folder of this file")
        elif len(hits) > 1:
            message = f"`path` {text!r:.120} means {' and '.join(hits):.300}"
            findings.add(Rule.TWO_FILES, node, message, "write the path from the root of the repository")
        else:
            return next(iter(hits or seen))
        return None

    def _candidates(self, text: str) -> Iterator[str]:
        bare = text.lstrip("/")
        if not bare or bare.endswith(("/", "/.", "/..")) or bare in _NOT_A_FILE:
            return
        inside = resolve(ROOT, bare)
        for place in (self.folder, folder_of(self.folder), self.settings.root):
            path = resolve(place, bare) if inside is None else _join(place, inside)
            if path is not None and path != ROOT:
                yield path


def _join(folder: str, path: str) -> str:
    return path if folder == ROOT else f"{folder}/{path}"


def _fields(value: Node, findings: Findings) -> dict[str, Node] | None:
    """Give `path` and `arch` of an entry in any of its three forms; None where there is no path."""
    if isinstance(value, Scalar):
        return {"path": value}
    if isinstance(value, Sequence):
        if len(value.items) == 1:
            return {"path": value.items[0]}
        findings.add(Rule.WRONG_SHAPE, value, f"a list of {len(value.items)} paths", "write one path")
        return None
    known = Mapping(value.position, tuple(_known(value, findings)))
    fields = findings.fields(known)
    return fields if findings.needed(fields, value, "path") else None


def _known(value: Mapping, findings: Findings) -> Iterator[tuple[Scalar, Node]]:
    """Leave out keys that mean nothing here, and those that say the same twice."""
    said: dict[str, Node] = {}
    for key, node in value.entries:
        first = said.setdefault(key.text, node)
        if key.text not in KEYS:
            message = f"unknown key `{key.text:.80}`"
            findings.add(Rule.UNKNOWN_KEY, key, message, suggestion(key.text, KEYS), Severity.WARNING)
        elif first is not node and isinstance(node, Scalar) and _text(first) == node.text:
            message = f"`{key.text}` stands here and in line {first.position.line}"
            findings.add(Rule.DUPLICATE_KEY, key, message, "keep one of them", Severity.WARNING)
        else:
            yield key, node


def _text(node: Node) -> str | None:
    return node.text if isinstance(node, Scalar) else None


def _note_repeated(claims: list[tuple[Scalar, Entry | None]], findings: Findings) -> None:
    """Compare each further declaration of a tag with the first: the same is harmless, another is refused."""
    key, first = claims[0]
    for again, entry in claims[1:]:
        where = f"the tag `{key.text}` stands here and in line {key.position.line}"
        if first and entry and (entry.dockerfile, entry.platforms) == (first.dockerfile, first.platforms):
            message = f"{where}, with the same path"
            findings.add(Rule.DUPLICATE_TAG, again, message, "keep one of them", Severity.WARNING)
        else:
            paths = [one.dockerfile if one else "an unusable path" for one in (entry, first)]
            message = f"{where}: {paths[0]:.200} here, {paths[1]:.200} there"
            findings.add(Rule.DUPLICATE_TAG, again, message, "keep one of them")
