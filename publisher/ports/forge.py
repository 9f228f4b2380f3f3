"""Where people read what was released."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from publisher.errors import Malformed

NOTES_NAME = "notes.md"
"""File name that a forge may use for the notes; no asset can have it."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""Names that mean the same to git, to a file system and in a URL; GitHub rewrites other asset names."""


@dataclass(frozen=True, slots=True)
class ForgeRelease:
    """One release: a tag name that is unique for the record, and files by name.

    The tag and the names are plain (`[A-Za-z0-9._-]`, no leading punctuation, no `..`), else Malformed.
    """

    tag: str
    commit: str
    title: str
    notes: str
    assets: Mapping[str, bytes]

    def __post_init__(self) -> None:
        for name in (self.tag, *self.assets):
            if not _NAME.fullmatch(name) or ".." in name or name.endswith((".", ".lock")):
                raise Malformed(f"{name[:80]!r} cannot name a release or a file of one")
        if NOTES_NAME in self.assets:
            raise Malformed(f"{NOTES_NAME} cannot be an asset: it holds the notes")


class Forge(Protocol):
    """Publishes releases; publishing the same one again changes nothing."""

    def publish(self, release: ForgeRelease) -> str:
        """Find or create the release, complete its assets, make it public; give its address.

        Raises:
            ReleaseError: the forge refused or failed.
        """
