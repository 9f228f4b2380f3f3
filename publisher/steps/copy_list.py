"""The list of `publisher copy`: which image goes where.  Foreign input: bounded, every fault with its entry.

    [{"source": "host/repository@sha256:…", "to": ["host/repository:tag", "host/repository"]}, …]

A source is named by a digest, or by a tag that is resolved once when the copy begins.  A target without a
tag gets the image under its digest alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from publisher import codec
from publisher.errors import Malformed
from publisher.oci.digest import Digest
from publisher.oci.reference import Reference, Repository

MAX_LIST = 16 * 1024 * 1024
"""Largest list that is read, in bytes."""
MAX_ENTRIES = 20_000
MAX_TARGETS = 100_000
"""Targets of all entries together."""
MAX_REFERENCE = 512
"""Characters of one reference."""
FORM = 'write [{"source": "host/repository@sha256:…", "to": ["host/repository:tag"]}, …]'


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """Where an image goes: a repository, and the tag that will name it there, if any."""

    repository: Repository
    tag: str | None = None

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}" if self.tag else str(self.repository)


@dataclass(frozen=True, slots=True)
class Source:
    """An image that is to be copied."""

    repository: Repository
    digest: Digest

    def __str__(self) -> str:
        return f"{self.repository}@{self.digest}"


@dataclass(frozen=True, slots=True)
class Claim:
    """One target with the image that it is to hold."""

    source: Source
    target: Target

    @property
    def tag(self) -> str:
        """Give the tag that says whether the image is there; without one of its own the permanent one."""
        return self.target.tag or self.source.digest.permanent_tag


@dataclass(frozen=True, slots=True)
class Copy:
    """One entry; `number` counts from 1.  The source has a digest or, until it is looked up, only a tag."""

    number: int
    source: Reference
    targets: tuple[Target, ...]


def parse_copies(raw: bytes, where: str = "the list") -> tuple[Copy, ...]:
    """Read a list; what stands in it twice counts once.

    Raises:
        Malformed: not such a list, too much of it, or two entries want different things of one tag.
    """
    if len(raw) > MAX_LIST:
        raise Malformed(f"a list of more than {MAX_LIST >> 20} MiB is too large", where=where)
    plain = codec.parse(raw, where=where)
    if not isinstance(plain, list):
        raise Malformed("the list of copies is not a list", where=where, hint=FORM)
    if len(plain) > MAX_ENTRIES:
        raise Malformed(f"{len(plain)} entries are too many, {MAX_ENTRIES} is the most", where=where)
    copies = tuple(_copy(number, item, where) for number, item in enumerate(plain, 1))
    if sum(len(copy.targets) for copy in copies) > MAX_TARGETS:
        raise Malformed(f"more than {MAX_TARGETS} targets are too many", where=where)
    claims([copy for copy in copies if copy.source.digest], {}, where)
    return copies


def claims(
    copies: Iterable[Copy], looked_up: Mapping[Reference, Digest], where: str = "the list"
) -> tuple[Claim, ...]:
    """Give every target with its image, each once; `looked_up` has the sources that are named by a tag.

    Raises:
        Malformed: two entries want different images under one tag; names both.
    """
    found: dict[Claim, None] = {}
    owners: dict[Target, tuple[Copy, Source]] = {}
    for copy in copies:
        source = Source(copy.source.repository, copy.source.digest or looked_up[copy.source])
        for target in copy.targets:
            other, first = owners.setdefault(target, (copy, source))
            if target.tag is None or first.digest == source.digest:
                found[Claim(source if target.tag is None else first, target)] = None
                continue
            raise Malformed(
                f"two entries want different images under {target}",
                where=f"{where}, entries {other.number} and {copy.number}",
                detail=f"entry {other.number}: {first}\nentry {copy.number}: {source}",
                hint="leave one of them out",
            )
    return tuple(found)


def _copy(number: int, plain: Any, where: str) -> Copy:
    place = f"{where}, entry {number}"
    if not isinstance(plain, dict) or not isinstance(plain.get("to"), list) or not plain["to"]:
        raise Malformed("an entry needs a `source` and a list `to` of targets", where=place, hint=FORM)
    if unknown := sorted(map(str, plain.keys() - {"source", "to"})):
        raise Malformed(f"an entry has no key {unknown[0]!r:.80}", where=place, hint=FORM)
    source = _source(plain.get("source"), f"{place}, source")
    targets = dict.fromkeys(_targets(plain["to"], source, place))
    return Copy(number, source, tuple(targets))


def _targets(plain: list[Any], source: Reference, place: str) -> Iterator[Target]:
    for number, item in enumerate(plain, 1):
        yield _target(item, source, f"{place}, target {number}")


def _source(plain: Any, where: str) -> Reference:
    text = _text(plain, where)
    found = _reference(text, where)
    if found.digest:
        return Reference(found.repository, None, found.digest)
    if not _names_a_tag(text):
        raise Malformed(
            f"{text!r} names neither a digest nor a tag", where=where, hint="add @sha256:… (or a tag)"
        )
    return found


def _target(plain: Any, source: Reference, where: str) -> Target:
    text = _text(plain, where)
    found = _reference(text, where)
    if found.digest and found.digest != source.digest:
        raise Malformed(f"{text!r} has another digest than the source", where=where,
                        hint="leave the digest of the target out")  # fmt: skip
    tag = found.tag if _names_a_tag(text) else None
    if tag and _is_fallback(tag):
        raise Malformed(f"{tag!r} is where registries keep lists of referrers", where=where,
                        hint="choose another tag; referrers go along by themselves")  # fmt: skip
    if found.repository == source.repository and tag in (None, None if source.digest else source.tag):
        raise Malformed("source and target are the same", where=where, hint="leave the target out")
    return Target(found.repository, tag)


def _reference(text: str, where: str) -> Reference:
    try:
        return Reference.parse(text)
    except Malformed as error:
        raise Malformed(error.what, where=where, hint=FORM) from error


def _text(plain: Any, where: str) -> str:
    if not isinstance(plain, str) or not 0 < len(plain) <= MAX_REFERENCE:
        raise Malformed(
            f"a reference of at most {MAX_REFERENCE} characters is expected", where=where, hint=FORM
        )
    return plain


def _names_a_tag(text: str) -> bool:
    """Tell a tag from the port of a host; `Reference.parse` adds `latest` where there is none."""
    return ":" in text.partition("@")[0].rpartition("/")[2]


def _is_fallback(tag: str) -> bool:
    return tag.startswith("sha256-") and len(tag) == 71
