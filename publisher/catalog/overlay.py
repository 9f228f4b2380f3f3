"""Files of one state with some of them replaced, in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from publisher.catalog.files import Files, TreeFile

_REGULAR = "100644"
_SHA256_DIGITS = 64
"""Length of an object id in a repository of git's newer format (gitformat-hash-function)."""


class Overlay:
    """Implements `Files`: `under` with the `replaced` files, which get the object ids that git would give."""

    def __init__(self, under: Files, replaced: Mapping[str, bytes]) -> None:
        self._under = under
        new = any(len(file.oid) == _SHA256_DIGITS for file in under.tree.values())
        oids = {path: _object_id(content, "sha256" if new else "sha1") for path, content in replaced.items()}
        self._contents = {oids[path]: content for path, content in replaced.items()}
        files = {path: TreeFile(_REGULAR, oids[path], len(content)) for path, content in replaced.items()}
        self._tree = {**under.tree, **files}

    @property
    def tree(self) -> Mapping[str, TreeFile]:
        """Give every file by its path inside the repository."""
        return self._tree

    def read(self, oids: Iterable[str]) -> Mapping[str, bytes]:
        """Read the content of objects.

        Raises:
            HistoryError: an object is not there.
        """
        wanted = list(oids)
        ours = {oid: self._contents[oid] for oid in wanted if oid in self._contents}
        return {**self._under.read([oid for oid in wanted if oid not in ours]), **ours}


def _object_id(content: bytes, algorithm: str) -> str:
    return hashlib.new(algorithm, b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
