"""The corpus as a git repository of three commits, written in one go."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.corpus.dockerfiles import dockerfile
from tests.corpus.rows import renamed
from tests.corpus.shape import each_file

PARENT = "python:3.11.13-oe2403lts"
"""The tag that most others are built on, 53 of them."""
CHANGED = "HPC/3dslicer/5.8.1/24.03-lts-sp1/Dockerfile"
"""The Dockerfile that the second commit changes; nothing is built on its image."""


@dataclass(frozen=True, slots=True)
class History:
    """The folder, and the commits: everything, one Dockerfile changed, the parent of many changed."""

    folder: Path
    first: str
    one_changed: str
    parent_changed: str


def write_repository(folder: Path, scale: int = 1) -> History:
    """Write the repository, without a working tree, into a folder that is not there yet."""
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", folder], check=True)
    importer = subprocess.Popen(
        ["git", "-C", folder, "fast-import", "--quiet"], stdin=subprocess.PIPE, bufsize=1 << 20
    )
    assert importer.stdin
    with importer.stdin as stream:
        for part in _stream(scale):
            stream.write(part)
    assert importer.wait() == 0
    done = subprocess.run(
        ["git", "-C", folder, "rev-list", "--reverse", "main"], check=True, capture_output=True, text=True
    )
    return History(folder, *done.stdout.split())


def _stream(scale: int) -> Iterator[bytes]:
    yield _commit(1, "Add the catalog")
    for path, content in each_file(scale):
        yield _file(path, content)
    yield _commit(2, "Change one Dockerfile")
    yield _changed(CHANGED)
    yield _commit(3, "Change the parent of many")
    yield _changed(next(row.dockerfile for row in renamed(0) if f"{row.name}:{row.tag}" == PARENT) or "")


def _commit(number: int, subject: str) -> bytes:
    who = f"Corpus <corpus@example.org> {1_700_000_000 + number} +0000"
    return f"commit refs/heads/main\ncommitter {who}\ndata {len(subject)}\n{subject}\n".encode()


def _file(path: str, content: bytes) -> bytes:
    mode = "100755" if path.endswith(".sh") else "100644"
    return b"M %s inline %s\ndata %d\n%s\n" % (mode.encode(), path.encode(), len(content), content)


def _changed(path: str) -> bytes:
    row = next(row for row in renamed(0) if row.dockerfile == path)
    return _file(path, dockerfile(path, row.name, row.references).rstrip() + b"\nLABEL changed=yes\n")
