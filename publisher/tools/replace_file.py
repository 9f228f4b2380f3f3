"""Replaces a file at once: a reader sees the old content or the new, whenever the power fails."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from publisher.errors import CatalogError

_MODE = 0o644
"""Permissions of a new file, before the umask; an existing one keeps its own."""


def replace_file(path: Path, content: bytes) -> None:
    """Write a file beside `path` and put it in its place; links are replaced, not followed.

    Raises:
        CatalogError: the disk refuses; the old content is untouched.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with contextlib.ExitStack() as stack:
            stack.callback(partial.unlink, missing_ok=True)
            _write(partial, content, path.lstat().st_mode & 0o777 if path.is_file() else None)
            partial.replace(path)
    except OSError as error:
        raise CatalogError(
            f"{path.name} cannot be written",
            where=str(path),
            detail=str(error),
            hint="look for space and permissions there, then run again",
        ) from error


def _write(path: Path, content: bytes, mode: int | None) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _MODE)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if mode is not None:
        path.chmod(mode)
