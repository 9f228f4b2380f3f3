"""The files of one git tree, read with two processes however many files there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from publisher.catalog.files import TreeFile
from publisher.errors import HistoryError
from publisher.tools.git_program import GitProgram, object_id

MAX_OBJECT = 100 * 1024 * 1024
"""Largest file that is read, in bytes; git hosts refuse larger ones."""
MAX_READ = 512 * 1024 * 1024
"""Most bytes that one call of `read` returns."""


class GitFiles:
    """Files of a commit or tree (by object id); nothing is read before it is asked for."""

    def __init__(self, program: GitProgram, tree_ish: str) -> None:
        self._program = program
        self._tree_ish = object_id(tree_ish)
        self._tree: Mapping[str, TreeFile] | None = None

    @property
    def tree(self) -> Mapping[str, TreeFile]:
        """Give every file by its path from the top of the repository.

        Raises:
            HistoryError: the tree is not there, or a file name is not UTF-8.
        """
        if self._tree is None:
            listing = self._program.read(
                "ls-tree",
                "-r",
                "-z",
                "--full-tree",
                "--long",
                self._tree_ish,
                what=f"the files of {self._tree_ish[:12]} cannot be listed",
            )
            self._tree = dict(_entries(listing.stdout))
        return self._tree

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
    for entry in listing.split(b"\0")[:-1]:
        about, _, path = entry.partition(b"\t")
        mode, _, oid, size = about.decode("ascii").split()
        yield _text(path), TreeFile(mode, oid, -1 if size == "-" else int(size))


def _text(path: bytes) -> str:
    try:
        return path.decode()
    except UnicodeDecodeError as error:
        raise HistoryError(f"a file name is not UTF-8: {path!r:.200}", hint="rename the file") from error


def _too_large(size: int, name: str) -> HistoryError:
    return HistoryError(
        f"a file of {size} bytes is too large",
        where=name,
        hint=f"at most {MAX_OBJECT} bytes are read; fetch it in a RUN step with its checksum",
    )
