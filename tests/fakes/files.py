"""The files of a commit, from a dictionary."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from publisher.catalog.files import TreeFile
from publisher.errors import HistoryError

REGULAR, EXECUTABLE, LINK = "100644", "100755", "120000"


def git_oid(content: bytes) -> str:
    """Give the id that git gives a blob."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class MemoryFiles:
    """Files by path; `modes` gives those that are not `100644`; `reads` counts calls to `read`.

    `others` are contents that the repository has beside those of this state.
    """

    def __init__(
        self,
        content: Mapping[str, bytes | str],
        modes: Mapping[str, str] | None = None,
        others: Iterable[str] = (),
    ) -> None:
        modes = modes or {}
        raw = {path: text.encode() if isinstance(text, str) else text for path, text in content.items()}
        self._blobs = {git_oid(data): data for data in (*raw.values(), *(text.encode() for text in others))}
        self._tree = {
            path: TreeFile(modes.get(path, REGULAR), git_oid(data), len(data)) for path, data in raw.items()
        }
        self.reads = 0

    @property
    def tree(self) -> Mapping[str, TreeFile]:
        """Give every file by its path."""
        return self._tree

    def read(self, oids: Iterable[str]) -> Mapping[str, bytes]:
        """Read blobs."""
        self.reads += 1
        try:
            return {oid: self._blobs[oid] for oid in oids}
        except KeyError as error:
            raise HistoryError(f"object {error.args[0]} is not in this repository") from error
