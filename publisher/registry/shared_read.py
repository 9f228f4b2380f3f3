"""One read of a blob that several readers share, each at its own pace."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from threading import Lock

from publisher.oci.descriptor import Descriptor
from publisher.registry.kept import Keeper, Kept
from publisher.registry.source_read import SOMEWHERE, Hash, OpenAt, SourceRead

MARK_EVERY = 16 * 1024 * 1024
"""Bytes between two states of the hash that are kept, for readers who must go back to the source."""

NEAR = 4 * 1024 * 1024
"""Bytes that somebody may be behind and still asks soon."""


@dataclass(slots=True, eq=False)
class Reader:
    """One who wants the bytes from `position` on; what begins at `fallen` or later was not kept for him."""

    position: int = 0
    fallen: int | None = None
    sharing: bool = False


@dataclass(slots=True)
class _Piece:
    start: int
    end: int
    kept: Kept
    waiting: int


class SharedRead:
    """A blob's pieces as far as they were pulled, and who still waits for which.

    `state` is a lock for short looks at who waits for what; `_pulling` is held by whoever reads
    from the source, so that the others wait for his piece.
    """

    def __init__(
        self,
        blob: Descriptor,
        open_at: OpenAt,
        keeper: Keeper,
        state: Lock,
        mark_every: int = MARK_EVERY,
        where: str = SOMEWHERE,
    ) -> None:
        self._blob = blob
        self._open_at = open_at
        self._keeper = keeper
        self._state = state
        self._mark_every = mark_every
        self._pulling = Lock()
        self._where = where
        self._source = SourceRead(blob, open_at, where=where)
        self._marks: list[tuple[int, Hash]] = []
        self._readers: set[Reader] = set()
        self._pulled = 0
        self._starts: list[int] = []
        self._pieces: dict[int, _Piece] = {}

    def enlist(self, reader: Reader) -> None:
        """Let everything from the reader's position on be kept for him.  Under the state lock."""
        self._readers.add(reader)
        if reader.position >= self._pulled:
            return
        for start in self._starts[bisect_right(self._starts, reader.position) - 1 :]:
            piece = self._pieces.get(start)
            if piece is None:
                reader.fallen = start
                return
            piece.waiting += 1

    def skip(self, reader: Reader, position: int) -> None:
        """Let a reader begin elsewhere than at the beginning.  Under the state lock."""
        if reader in self._readers and (reader.fallen is None or position < reader.fallen):
            for piece in list(self._pieces.values()):
                if piece.end <= position:
                    self._served(piece)
            reader.position = position
            return
        reader.position, reader.fallen = position, None
        self.enlist(reader)

    def discharge(self, reader: Reader) -> None:
        """Keep nothing for a reader any more.  Under the state lock."""
        if reader not in self._readers:
            return
        self._readers.remove(reader)
        for piece in list(self._pieces.values()):
            if piece.end > reader.position and (reader.fallen is None or piece.start < reader.fallen):
                self._served(piece)

    def release(self) -> None:
        """Close the connection to the source when nobody reads from it; holding it would use it up."""
        if self._is_idle():
            with self._pulling:
                if self._is_idle():
                    self._source.release()

    def chunks(self, reader: Reader) -> Generator[bytes, None, None]:
        """Give the pieces from the reader's position on."""
        while reader.position < self._blob.size or not (self._source.done or self._blob.size):
            piece = self._take(reader)
            if piece is None:
                with self._state:
                    self.discharge(reader)  # what is kept for him is of no use any more
                reader.sharing = False
                self.release()
                yield from self._own(reader)
                return
            if piece:
                yield piece

    def _is_idle(self) -> bool:
        with self._state:
            return not any(reader.sharing for reader in self._readers)

    def _take(self, reader: Reader) -> bytes | None:
        """Give the reader's next piece; None when he has to read for himself."""
        with self._state:
            if self._source.fault:
                raise self._source.fault
            at = bisect_right(self._starts, reader.position) - 1
            piece = self._pieces.get(self._starts[at]) if at >= 0 else None
            ahead = reader.position >= self._pulled
        if ahead:
            return self._pull(reader)
        if piece is None or (reader.fallen is not None and piece.start >= reader.fallen):
            return None
        content = self._keeper.get(piece.kept)
        return None if content is None else self._given(reader, piece, content)

    def _given(self, reader: Reader, piece: _Piece, content: bytes) -> bytes:
        with self._state:
            begin, reader.position = reader.position - piece.start, piece.end
            self._served(piece)
        return content[begin:] if begin else content

    def _pull(self, reader: Reader) -> bytes | None:
        """Read the piece that nobody has yet, unless somebody else has just done so."""
        with self._pulling:
            start = self._pulled
            if reader.position < start:
                return b""
            content = self._source.pull()
            self._mark()
            self._share(reader, start, content)
        begin = max(reader.position - start, 0)
        with self._state:
            reader.position = max(reader.position, start + len(content))
        return content[begin:] if begin else content

    def _share(self, puller: Reader, start: int, content: bytes) -> None:
        """Keep a new piece for those who are behind; for whom there is no room, he falls out."""
        end = start + len(content)
        with self._state:
            near, far = self._behind(puller, start, end)
        kept = self._keeper.keep(content, soon=not far) if content and (near or far) else None
        for_all = kept is not None
        if near and far and kept is None:
            kept = self._keeper.remember(content, soon=True)
        with self._state:
            near, far = self._behind(puller, start, end)
            waiting = near | far if for_all else near if kept is not None else set()
            for reader in (near | far) - waiting:
                reader.fallen = start
            self._starts.append(start)
            self._pulled = end
            if waiting and kept is not None:
                self._pieces[start] = _Piece(start, end, kept, len(waiting))
            elif kept is not None:
                self._keeper.drop(kept)

    def _behind(self, puller: Reader, start: int, end: int) -> tuple[set[Reader], set[Reader]]:
        """Give those who wait for a piece: who asks soon, and who is far behind or has not begun."""
        waiting = {one for one in self._readers if one is not puller and self._awaits(one, end)}
        near = {one for one in waiting if one.sharing and start - one.position <= NEAR}
        return near, waiting - near

    def _awaits(self, reader: Reader, end: int) -> bool:
        return reader.fallen is None and reader.position < end

    def _served(self, piece: _Piece) -> None:
        piece.waiting -= 1
        if not piece.waiting:
            del self._pieces[piece.start]
            self._keeper.drop(piece.kept)

    def _mark(self) -> None:
        last = self._marks[-1][0] if self._marks else 0
        if self._source.offset - last >= self._mark_every:
            self._marks.append((self._source.offset, self._source.hash.copy()))

    def _own(self, reader: Reader) -> Iterator[bytes]:
        """Read on from the source, alone, from the last state of the hash before the reader's position."""
        with self._state:
            marks = [mark for mark in self._marks if mark[0] <= reader.position]
        offset, state = (marks[-1][0], marks[-1][1].copy()) if marks else (0, None)
        source = SourceRead(self._blob, self._open_at, offset, state, self._where)
        try:
            while content := source.pull():
                begin = max(reader.position - (source.offset - len(content)), 0)
                if begin < len(content):
                    reader.position = source.offset
                    yield content[begin:] if begin else content
        finally:
            source.release()
