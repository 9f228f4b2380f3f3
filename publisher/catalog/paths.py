"""Paths of a catalog: relative to the repository, `/`-separated, never outside it."""

from __future__ import annotations

import posixpath

ROOT = "."
"""The folder that is the repository itself."""
MAX_PATH = 4096
"""Longest path, in characters."""


def folder_of(path: str) -> str:
    """Give the folder of a file, `.` for the repository itself."""
    return posixpath.dirname(path) or ROOT


def resolve(folder: str, text: str) -> str | None:
    """Give the normal form of `text` seen from `folder`; None where it is absolute, empty or outside."""
    if not text or text.startswith("/") or len(text) > MAX_PATH or not text.isprintable():
        return None
    path = posixpath.normpath(posixpath.join(folder, text))
    return None if path == ".." or path.startswith(("../", "/")) else path


def folders_above(path: str) -> list[str]:
    """Give the folders that a file lies in, the outermost first."""
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts))]


def below(folder: str, path: str) -> str | None:
    """Give `path` relative to `folder`, `.` for the folder itself; None where it is not inside."""
    if folder == ROOT:
        return path
    if path == folder:
        return ROOT
    return path[len(folder) + 1 :] if path.startswith(f"{folder}/") else None
