"""One entry of a `meta.yml`: from nodes to an `Entry`."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace

from publisher.catalog.entry import Entry, Status
from publisher.catalog.findings import Findings, suggestion
from publisher.catalog.nodes import Mapping, Node, Scalar, Sequence
from publisher.catalog.paths import ROOT, folder_of, resolve
from publisher.catalog.platform_nodes import read_platforms
from publisher.catalog.problem import Position
from publisher.catalog.rules import Rule
from publisher.catalog.settings import Settings
from publisher.catalog.tag_node import check_tag
from publisher.catalog.target import TargetId
from publisher.errors import Malformed
from publisher.oci.platform import Platform

KEYS = frozenset({
    "path", "arch", "platforms", "context", "target", "internal", "status", "base", "args", "aliases",
    "latest", "smoke", "requires",
})  # fmt: skip
MATRIX = "matrix"
"""The top-level key of `meta.yml` that is no tag."""
ARCHITECTURES = {"x86_64": Platform("linux/amd64"), "aarch64": Platform("linux/arm64")}
"""Words of `arch`, after oEEP-0014."""
BASE_ARGUMENT = "BASE"
"""The build argument that receives the reference of `base`."""
_ARGUMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OWNED_ARGUMENT = re.compile(
    r"(?:BUILD|TARGET)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT)|TARGETSTAGE|BUILDKIT_\w*|SOURCE_DATE_EPOCH"
)
"""Arguments with which BuildKit would build something else than the plan says.
https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope"""
_STAGE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Declaration:
    """A tag as declared: by an entry of its own, or (with a combination) by an item of a matrix."""

    key: Scalar
    value: Node
    position: Position
    combination: MappingOf[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EntryReader:
    """Reads the entries of one file: `image` is its name, `folder` the file's, in the repository."""

    image: str
    folder: str
    settings: Settings

    def read(self, key: Scalar, value: Node, findings: Findings) -> Entry | None:
        """Give the entry of the tag `key`; None where something is wrong with it."""
        before = len(findings.problems)
        entry = self._from_path(key, value, findings)
        if entry is not None and isinstance(value, Mapping):
            entry = self._with_fields(entry, findings.fields(value, KEYS), findings)
        return entry if len(findings.problems) == before else None

    def _from_path(self, key: Scalar, value: Node, findings: Findings) -> Entry | None:
        node: Node | None = value
        if isinstance(value, Mapping):
            fields = {name.text: child for name, child in reversed(value.entries)}
            node = fields.get("path")
            if not findings.needed(fields, value, "path"):
                return None
        elif isinstance(value, Sequence):
            findings.add(Rule.WRONG_SHAPE, value, "a list of paths is not used here", "write `tag: path`")
            return None
        path = self._file(node, "path", findings)
        if path is None:
            return None
        target = TargetId.of(self.image, key.text)
        platforms = tuple(sorted(self.settings.platforms))
        return Entry(target, key.position, dockerfile=path, context=folder_of(path), platforms=platforms)

    def _with_fields(self, entry: Entry, fields: dict[str, Node], findings: Findings) -> Entry:
        args = _arguments(fields.get("args"), findings)
        base = _base(fields.get("base"), findings)
        if base is not None and BASE_ARGUMENT in args:
            message = f"`base` and the argument `{BASE_ARGUMENT}` say the same"
            findings.add(Rule.CONFLICT, fields["base"], message, "keep one of them")
        return replace(
            entry,
            context=self._folder(fields.get("context"), findings) or entry.context,
            platforms=_platforms(fields, findings) or entry.platforms,
            args=args,
            stage=_stage(fields.get("target"), findings),
            base=base,
            aliases=_aliases(fields.get("aliases"), findings),
            latest=_latest(fields.get("latest"), findings),
            smoke=self._file(fields.get("smoke"), "smoke", findings),
            requires=_requires(fields.get("requires"), findings),
            internal=findings.flag(fields.get("internal"), "internal"),
            status=_status(fields.get("status"), findings),
        )

    def _file(self, node: Node | None, what: str, findings: Findings) -> str | None:
        text = findings.text(node, what)
        if node is None or text is None:
            return None
        path = resolve(self.folder, text)
        if path is None or path == ROOT or text.endswith(("/", "/.", "/..")) or text in (".", ".."):
            message = f"`{what}` {text!r:.120} is not a file of the repository"
            findings.add(Rule.PATH, node, message, "write a path relative to the folder of this file")
            return None
        return path

    def _folder(self, node: Node | None, findings: Findings) -> str | None:
        text = findings.text(node, "context")
        if node is None or text is None:
            return None
        path = resolve(self.folder, text)
        if path is None:
            message = f"`context` {text!r:.120} is not a folder of the repository"
            findings.add(Rule.PATH, node, message, "write a path relative to the folder of this file")
        return path


def _platforms(fields: dict[str, Node], findings: Findings) -> tuple[Platform, ...]:
    """Give the declared platforms in canonical order: `platforms`, else `arch`, else none."""
    arch = findings.word(fields.get("arch"), "arch", ARCHITECTURES)
    if "platforms" in fields:
        return read_platforms(fields["platforms"], findings)
    return (ARCHITECTURES[arch],) if arch else ()


def _status(node: Node | None, findings: Findings) -> Status:
    """Give the word; a date behind it (`end-of-life 2026-12-31`) is for people and is only checked."""
    text = findings.text(node, "status")
    if node is None or text is None:
        return Status.ACTIVE
    word, _, day = text.partition(" ")
    if word not in set(Status) or not re.fullmatch(r"(?:\d{4}-\d{2}-\d{2})?", day, re.ASCII):
        findings.add(Rule.WORD, node, f"`status` is {text!r:.80}", suggestion(word, set(Status)))
        return Status.ACTIVE
    return Status(word)


def _stage(node: Node | None, findings: Findings) -> str | None:
    text = findings.text(node, "target")
    if node is not None and text is not None and not _STAGE.fullmatch(text):
        findings.add(Rule.WORD, node, f"`target` {text!r:.80} is not the name of a Dockerfile stage")
    return text


def _base(node: Node | None, findings: Findings) -> TargetId | None:
    text = findings.text(node, "base")
    if node is None or text is None:
        return None
    try:
        return TargetId(text)
    except Malformed:
        message = f"`base` {text!r:.120} is not image:tag"
        findings.add(Rule.BASE, node, message, "write an image of this catalog, such as `python:3.10`")
        return None


def _arguments(node: Node | None, findings: Findings) -> MappingOf[str, str]:
    table = findings.mapping(node, "args")
    fields = findings.fields(table) if table else {}
    texts = {name: findings.text(value, f"args.{name:.40}", empty=True) for name, value in fields.items()}
    for name, value in fields.items():
        if not _ARGUMENT.fullmatch(name):
            findings.add(Rule.ARGUMENT, value, f"{name!r:.80} is not the name of a build argument")
        elif _OWNED_ARGUMENT.fullmatch(name):
            findings.add(
                Rule.ARGUMENT, value, f"`{name}` is set by the publisher or by BuildKit", "remove it"
            )
    return {name: text for name, text in texts.items() if text is not None}


def _aliases(node: Node | None, findings: Findings) -> tuple[str, ...]:
    items = findings.sequence(node, "aliases")
    for item in items.items if items else ():
        if isinstance(item, Mapping):
            message = "an alias with a condition belongs into an item of `matrix`"
            findings.add(Rule.WRONG_SHAPE, item, message, "write the tag")
            return ()
    return tuple(text for item, text in findings.texts(node, "aliases") if check_tag(item, findings))


def _latest(node: Node | None, findings: Findings) -> bool:
    if isinstance(node, Mapping):
        message = "a selector of `latest` belongs into an item of `matrix`"
        findings.add(Rule.WRONG_SHAPE, node, message, "write `latest: true`")
        return False
    return findings.flag(node, "latest")


def _requires(node: Node | None, findings: Findings) -> MappingOf[str, str]:
    """Give what a consumer needs; a list becomes one text, joined by `, `."""
    table = findings.mapping(node, "requires")
    needs: dict[str, str] = {}
    for name, value in (findings.fields(table) if table else {}).items():
        what = f"requires.{name:.40}"
        if isinstance(value, Sequence):
            needs[name] = ", ".join(text for _, text in findings.texts(value, what))
        elif (text := findings.text(value, what)) is not None:
            needs[name] = text
    return needs
