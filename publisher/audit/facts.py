"""What an audit saw at the registries, before anybody judges it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.records.evidence import EvidenceKind


@dataclass(frozen=True, slots=True)
class DigestFacts:
    """What is proven about one digest in one repository.

    `signed`: a signature by the expected identity verifies; None when that could not be told.
    `predicates`: those that verify, by kind; a kind that was not asked for, or could not be told, is absent.
    `errors`: what went wrong while asking.
    """

    signed: bool | None = None
    predicates: Mapping[EvidenceKind, tuple[bytes, ...]] = field(default_factory=dict)
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TagFacts:
    """What one tag is at one registry.

    `digest` is None when the tag is not there; `platforms` are the manifests of its index (empty when
    it is not an index); `digests` holds the index and those of its platform manifests that are there;
    `error` says why the tag could not be read (then the rest means nothing).
    """

    registry: str
    repository: Repository
    tag: str
    digest: Digest | None = None
    platforms: Mapping[Platform, Digest] = field(default_factory=dict)
    digests: Mapping[Digest, DigestFacts] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True)
class HeadFacts:
    """The newest release record at one registry.

    `digest` is None when there is none there; `error` says why it could not be read.
    """

    registry: str
    sequence: int = 0
    digest: Digest | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that was seen.  `authority` is staging's head, None where staging was not asked."""

    tags: tuple[TagFacts, ...] = ()
    heads: tuple[HeadFacts, ...] = ()
    authority: HeadFacts | None = None
