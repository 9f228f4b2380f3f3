"""`publisher.lock` as values: what the outside world was when somebody reviewed it.

`publisher.catalog.lock_file` reads and writes the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from publisher.catalog.problem import Position
from publisher.catalog.target import TargetId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform


@dataclass(frozen=True, slots=True)
class LockedBase:
    """An external image: `source` is the repository to fetch from, `digests` are platform manifests.

    `index` is the digest of the multi-platform index, where there is one: a stage that
    runs on another platform than its target needs it.
    """

    source: str
    digests: Mapping[Platform, Digest]
    date: datetime
    index: Digest | None = None


@dataclass(frozen=True, slots=True)
class Generation:
    """How often a target was asked to be built again from the same inputs, and why."""

    number: int
    date: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """The whole file.  `bases` is keyed by the fully spelled reference, `docker.io/library/debian:12`.

    `places` says where the keys of each section stand in a file that was read; it is no part of the value.
    """

    bases: Mapping[str, LockedBase] = field(default_factory=dict)
    adopted: Mapping[TargetId, LockedBase] = field(default_factory=dict)
    generations: Mapping[TargetId, Generation] = field(default_factory=dict)
    places: Mapping[tuple[str, str], Position] = field(default_factory=dict, compare=False, repr=False)
