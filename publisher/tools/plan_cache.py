"""What earlier plans of a repository read, in the user's cache directory; safe to delete at any time.

A file is taken only from a folder that nobody else may enter, only if it is ours and nobody else may
write it, and only whole: its name follows from the repository and from the publisher's own code, its first
line from its contents.  It holds texts that are parsed as data.  `publisher run` and the verbs that
build never look here: they work out again what a plan says.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

import publisher

FORMAT = b"publisher plan cache 1 "
MAX_FILE = 32 * 1024 * 1024
"""Largest file, in bytes: some twenty thousand tags; a larger catalog is planned without."""
MAX_ALL = 64 * 1024 * 1024
"""Most bytes of all files together; the oldest are deleted."""
_CODE = ("codec.py", "catalog", "oci", "plan")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class PlanCache:
    """A `publisher.plan.memory.Shelf` on the disk; without a usable folder it is empty and stays so."""

    def __init__(self, environment: Mapping[str, str], repository: Path) -> None:
        self._folder = _folder(environment)
        self._repository = repository
        self._found: dict[str, str] | None = None
        self._used: dict[str, str] = {}
        self._room = MAX_FILE
        self._is_new = False

    def get(self, key: str) -> str | None:
        """Give a text, if it is there."""
        if self._found is None:
            self._found = self._load()
        text = self._used.get(key) or self._found.get(key)
        if text is not None:
            self._used[key] = text
        return text

    def put(self, key: str, text: str) -> None:
        """Keep a text for the next run; nothing is written before `save`, and nothing if it is too much."""
        self._room -= len(key) + len(text)
        if self._room < 0:
            self._used.clear()
        else:
            self._used[key] = text
        self._is_new = self._room >= 0

    def save(self) -> None:
        """Write the file anew if there is anything new: what this run used, and of the rest what fits."""
        if not self._is_new:
            return
        body = _body({**self._used, **{k: v for k, v in (self._found or {}).items() if k not in self._used}})
        with suppress(OSError), self._opened(create=True) as folder:
            if folder is not None and body:
                _write(folder, self._name, FORMAT + _digest(body) + b"\n" + body)
                _evict(folder)

    @cached_property
    def _name(self) -> str:
        what = f"{publisher.__version__}\0{_code()}\0{self._repository}"
        return hashlib.sha256(what.encode(errors="surrogateescape")).hexdigest()[:32]

    def _load(self) -> dict[str, str]:
        with suppress(OSError, ValueError), self._opened(create=False) as folder:
            raw = b"" if folder is None else _read(folder, self._name)
            head, _, body = raw.partition(b"\n")
            if head == FORMAT + _digest(body):
                return dict(_records(body.decode()))
        return {}

    @contextmanager
    def _opened(self, *, create: bool) -> Iterator[int | None]:
        """Open the folder, or give None where it is not ours alone."""
        if self._folder is None:
            yield None
            return
        if create:
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            self._folder.mkdir(mode=0o700, exist_ok=True)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            yield folder if _is_private(os.fstat(folder)) else None
        finally:
            os.close(folder)


def _folder(environment: Mapping[str, str]) -> Path | None:
    """Give the folder (XDG base directory specification); a relative one is ignored, as it asks for."""
    home = environment.get("HOME", "")
    chosen = environment.get("XDG_CACHE_HOME", "")
    base = Path(chosen) if chosen.startswith("/") else Path(home) / ".cache"
    return base / "publisher" / "plan" if base.is_absolute() else None


def _is_private(about: os.stat_result) -> bool:
    return about.st_uid == os.geteuid() and not about.st_mode & _OTHERS


def _code() -> str:
    """Sum up the code that reads files: another version may read them otherwise."""
    top = Path(publisher.__file__).parent
    found = hashlib.sha256()
    for part in _CODE:
        for path in sorted((top / part).rglob("*.py")) or [top / part]:
            found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()


def _body(texts: Mapping[str, str]) -> bytes:
    """Join the records: `key TAB length in characters LF text LF`."""
    parts: list[bytes] = []
    size = 0
    for key, text in texts.items():
        part = f"{key}\t{len(text)}\n{text}\n".encode()
        size += len(part)
        if size > MAX_FILE - 1024:
            break
        parts.append(part)
    return b"".join(parts)


def _records(body: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(body):
        end = body.index("\n", place)
        key, _, length = body[place:end].rpartition("\t")
        place = end + 1 + int(length)
        yield key, body[end + 1 : place]
        place += 1


def _read(folder: int, name: str) -> bytes:
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder)
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(handle)
        usable = stat.S_ISREG(about.st_mode) and _is_private(about) and about.st_size <= MAX_FILE
        return file.read(MAX_FILE) if usable else b""


def _write(folder: int, name: str, content: bytes) -> None:
    """Replace a file in one step; whoever reads meanwhile has the old one or the new one."""
    scratch = f"{name}.{os.getpid()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with suppress(FileNotFoundError):
        os.unlink(scratch, dir_fd=folder)  # left by a killed process that had this number
    with os.fdopen(os.open(scratch, flags, 0o600, dir_fd=folder), "wb") as file:
        file.write(content)
    os.rename(scratch, name, src_dir_fd=folder, dst_dir_fd=folder)


def _evict(folder: int) -> None:
    """Delete the files that were written longest ago, until the rest is small enough."""
    room = MAX_ALL
    found = [(os.stat(name, dir_fd=folder, follow_symlinks=False), name) for name in os.listdir(folder)]
    for about, name in sorted(found, key=lambda one: one[0].st_mtime_ns, reverse=True):
        room -= about.st_size
        if room < 0:
            os.unlink(name, dir_fd=folder)
