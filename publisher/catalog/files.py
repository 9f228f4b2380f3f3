"""The files of one commit (or of the working tree), as the catalog reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TreeFile:
    """A file of a git tree: `mode` is git's octal text (`100644`, `100755`, `120000`, `160000`),
    `oid` the object id of its content, `size` in bytes (-1 where unknown)."""

    mode: str
    oid: str
    size: int = -1


class Files(Protocol):
    """All files of one state of the repository."""

    @property
    def tree(self) -> Mapping[str, TreeFile]:
        """Give every file by its path inside the repository."""

    def read(self, oids: Iterable[str]) -> Mapping[str, bytes]:
        """Read the content of objects, all in one go.

        Raises:
            HistoryError: an object is not there.
        """
