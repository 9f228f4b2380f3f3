"""What the files of a catalog declare, before anything is compared with anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.catalog.entry import Entry
from publisher.catalog.problem import Problem


@dataclass(frozen=True, slots=True)
class Declared:
    """The sound entries, and what is wrong with the others.

    `images` holds the image that each `meta.yml` declares, where the layout does not say it by the
    path alone.
    """

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    images: Mapping[str, str] = field(default_factory=dict)
