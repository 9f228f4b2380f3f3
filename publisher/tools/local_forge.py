"""The forge `local`: a directory with one folder for each release."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from publisher.errors import ReleaseError
from publisher.ports.forge import NOTES_NAME, ForgeRelease


@dataclass(frozen=True, slots=True)
class LocalForge:
    """Writes `<directory>/<tag>/notes.md` and the assets beside it."""

    directory: Path

    def publish(self, release: ForgeRelease) -> str:
        """Write the release; files that already have their content stay untouched; give the folder's path.

        Assets come before the notes, so that notes mean a complete release.

        Raises:
            ReleaseError: the directory cannot be written.
        """
        folder = self.directory / release.tag
        with _explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in sorted(release.assets.items()):
                _write(folder / name, content)
            _write(folder / NOTES_NAME, release.notes.encode())
            _sync(self.directory)
        return str(folder)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ReleaseError(
            "the release could not be written",
            where=str(folder),
            detail=error.strerror or str(error),
            hint="make room or give write access there (`forge.directory`), run `publisher release` again",
        ) from error


def _write(path: Path, content: bytes) -> None:
    """Put content in place in one step, so that a kill leaves the old file or the new one."""
    if _holds(path, content):
        return
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    _sync(path.parent)


def _holds(path: Path, content: bytes) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size != len(content):
        return False
    return path.read_bytes() == content


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
