"""The files of one git tree, read with few processes however many files there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from sys import intern

from publisher.catalog.files import TreeFile
from publisher.errors import HistoryError
from publisher.tools.git_program import GitProgram, object_id

MOST_CHANGES = 10_000
"""Most files that differ from the tree before; beyond them a whole listing is as fast."""
NOTHING, SUBMODULE = "000000", "160000"
"""Modes in a difference: https://git-scm.com/docs/git-diff-tree#_raw_output_format"""
MAX_OBJECT = 100 * 1024 * 1024
"""Largest file that is read, in bytes; git hosts refuse larger ones."""
MAX_READ = 512 * 1024 * 1024
"""Most bytes that one call of `read` returns."""


@dataclass(slots=True)
class LastListing:
    """The tree that was listed last, with its id: two commits that are compared are mostly the same."""

    found: tuple[str, Mapping[str, TreeFile]] | None = None


class GitFiles:
    """Files of a commit or tree (by object id); nothing is read before it is asked for.

    Only the difference to the `last` tree that was listed is asked for.
    """

    def __init__(self, program: GitProgram, tree_ish: str, last: LastListing | None = None) -> None:
        self._program = program
        self._oid = object_id(tree_ish)
        self._tree: Mapping[str, TreeFile] | None = None
        self._last = last or LastListing()

    @property
    def tree(self) -> Mapping[str, TreeFile]:
        """Give every file by its path from the top of the repository.

        Raises:
            HistoryError: the tree is not there, or a file name is not UTF-8.
        """
        if self._tree is None:
            changed = self._list_changes()
            self._tree = self._list() if changed is None else changed
            self._last.found = self._oid, self._tree
        return self._tree

    def _list(self) -> Mapping[str, TreeFile]:
        arguments = ("ls-tree", "-r", "-z", "--full-tree", "--long", self._oid)
        return dict(_entries(self._program.read(*arguments, what=self._cannot_list).stdout))

    def _list_changes(self) -> Mapping[str, TreeFile] | None:
        """Apply the difference to what is known; None where nothing is, much differs, or git cannot tell.

        Unlike a listing, a difference also reads the index and `.gitmodules` of the working tree.
        """
        if self._last.found is None:
            return None
        other, known = self._last.found
        arguments = (
            "diff-tree",
            "-r",
            "-z",
            "--raw",
            "--no-renames",
            "--no-abbrev",
            "--ignore-submodules=none",
        )
        listing = self._program.read(*arguments, other, self._oid, what=self._cannot_list, check=False)
        if listing.returncode:
            return None
        changes = list(_changes(listing.stdout))
        if len(changes) > MOST_CHANGES:
            return None
        sizes = self._sizes(oid for _, mode, oid in changes if mode not in (NOTHING, SUBMODULE))
        gone = {path for path, mode, _ in changes if mode == NOTHING}
        new = {
            path: TreeFile(mode, oid, sizes.get(oid, -1)) for path, mode, oid in changes if mode != NOTHING
        }
        kept = (
            known.items() if not gone else ((path, file) for path, file in known.items() if path not in gone)
        )
        return {**dict(kept), **new}

    @property
    def _cannot_list(self) -> str:
        return f"the files of {self._oid[:12]} cannot be listed"

    def _sizes(self, oids: Iterable[str]) -> Mapping[str, int]:
        wanted = list(dict.fromkeys(oids))
        if not wanted:
            return {}
        asked = "\n".join([*wanted, ""]).encode()
        done = self._program.read("cat-file", "--batch-check", input=asked, what=self._cannot_list)
        lines = [line.split(" ") for line in done.stdout.decode("ascii", "replace").splitlines()]
        return {line[0]: int(line[2]) for line in lines if len(line) == 3 and line[1] == "blob"}

    def read(self, oids: Iterable[str]) -> Mapping[str, bytes]:
        """Read the content of blobs, in one process.

        Raises:
            HistoryError: one is not there or too large, or all together are.
        """
        wanted = [object_id(oid) for oid in dict.fromkeys(oids)]
        if not wanted:
            return {}
        self._check_sizes(wanted)
        done = self._program.read(
            "cat-file",
            "--batch",
            input="\n".join([*wanted, ""]).encode(),
            max_output=MAX_READ + 128 * len(wanted),
            what="files cannot be read from git",
        )
        found = dict(self._blobs(done.stdout))
        if lost := [oid for oid in wanted if oid not in found]:
            raise self._program.missing(f"{len(lost)} files are not in the repository, such as {lost[0]}")
        return found

    def _check_sizes(self, wanted: Iterable[str]) -> None:
        if self._tree is None:
            return
        sizes = {file.oid: (file.size, path) for path, file in self._tree.items()}
        for oid in wanted:
            size, path = sizes.get(oid, (0, ""))
            if size > MAX_OBJECT:
                raise _too_large(size, path)

    @staticmethod
    def _blobs(stream: bytes) -> Iterator[tuple[str, bytes]]:
        """Take apart `<oid> blob <size> LF <content> LF`, or `<oid> missing LF`."""
        position = 0
        while position < len(stream):
            end = stream.index(b"\n", position)
            oid, *rest = stream[position:end].decode("ascii", "replace").split(" ")
            position = end + 1
            if len(rest) == 2:
                size = int(rest[1])
                if size > MAX_OBJECT:
                    raise _too_large(size, oid)
                if rest[0] == "blob":
                    yield oid, stream[position : position + size]
                position += size + 1


def _entries(listing: bytes) -> Iterator[tuple[str, TreeFile]]:
    """Take apart `<mode> <type> <oid> <size, padded, or -> TAB <path> NUL`."""
    for entry in _text(listing).split("\0")[:-1]:
        about, _, path = entry.partition("\t")
        mode, _, oid, size = about.split()
        yield path, TreeFile(intern(mode), oid, -1 if size == "-" else int(size))


def _changes(listing: bytes) -> Iterator[tuple[str, str, str]]:
    """Take apart `:<old mode> <mode> <old oid> <oid> <status> NUL <path> NUL`; give path, mode, oid."""
    parts = _text(listing).split("\0")[:-1]
    for about, path in zip(parts[::2], parts[1::2], strict=True):
        _, mode, _, oid, _ = about.split(" ")
        yield path, intern(mode), oid


def _text(listing: bytes) -> str:
    try:
        return listing.decode()
    except UnicodeDecodeError as error:
        name = listing[: error.end].rpartition(b"\0")[2].rpartition(b"\t")[2]
        name += listing[error.end :].partition(b"\0")[0]
        raise HistoryError(f"a file name is not UTF-8: {name!r:.200}", hint="rename the file") from error


def _too_large(size: int, name: str) -> HistoryError:
    return HistoryError(
        f"a file of {size} bytes is too large",
        where=name,
        hint=f"at most {MAX_OBJECT} bytes are read; fetch it in a RUN step with its checksum",
    )
