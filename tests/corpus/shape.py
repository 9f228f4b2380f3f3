"""A catalog of the shape of the openEuler image repository: 444 `meta.yml`, 1,638 tags, 1,757 Dockerfiles."""

from __future__ import annotations

import posixpath
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tests.corpus.dockerfiles import dockerfile, entrypoint
from tests.corpus.rows import Row, renamed, rows

__all__ = ["UNDECLARED", "Row", "catalog_files", "each_file", "rows"]
UNDECLARED = 160
"""Dockerfiles that no `meta.yml` names."""
PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def catalog_files(scale: int = 1) -> dict[str, bytes]:
    """Give every file by its path; `scale` repeats the catalog under other names."""
    return dict(each_file(scale))


def each_file(scale: int = 1) -> Iterator[tuple[str, bytes]]:
    """Give the files one after another, so that a hundred thousand tags need no memory."""
    for number in range(scale):
        copy = renamed(number)
        images = _by(copy, "meta")
        yield from _lists(copy)
        for index, meta in enumerate(sorted(images)):
            yield from _image(images[meta], extra=index < UNDECLARED)


def _by(found: Sequence[Row], field: str) -> dict[str, list[Row]]:
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for row in found:
        groups[getattr(row, field)].append(row)
    return dict(groups)


def _lists(found: Sequence[Row]) -> Iterator[tuple[str, bytes]]:
    for category, inside in sorted(_by(found, "category").items()):
        folders = {row.name: row.folder.removeprefix(f"{category}/") for row in inside}
        lines = ["images:", *(f"  {name}: {folder}" for name, folder in sorted(folders.items()))]
        yield f"{category}/image-list.yml", "\n".join([*lines, ""]).encode()


def _image(tags: Sequence[Row], *, extra: bool) -> Iterator[tuple[str, bytes]]:
    folder, name = tags[0].folder, tags[0].name
    yield tags[0].meta, _meta(tags)
    yield f"{folder}/README.md", f"# {name}\n\nThe {name} image on openEuler.\n".encode()
    yield f"{folder}/doc/image-info.yml", f"name: {name}\ncategory: {tags[0].category}\n".encode()
    yield f"{folder}/doc/picture/logo.png", PICTURE + name.encode()
    if zlib.crc32(folder.encode()) % 40 == 0:
        yield f"{folder}/.DS_Store", b"\0\0\0\1Bud1" + name.encode()
    made: dict[str, Row] = {row.dockerfile: row for row in tags if row.dockerfile}
    for path, row in made.items():
        yield from _version(path, name, row.references)
    if extra:
        yield from _version(
            f"{folder}/0.0.1/20.03-lts/Dockerfile", name, ("openeuler/openeuler:20.03-lts-sp4",)
        )


def _version(path: str, name: str, references: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    folder = posixpath.dirname(path)
    yield path, dockerfile(path, name, references)
    yield f"{folder}/entrypoint.sh", entrypoint(path, name)
    if zlib.crc32(path.encode()) % 97 == 0:
        yield f"{folder}/.DS_Store", b"\0\0\0\1Bud1" + path.encode()


def _meta(tags: Sequence[Row]) -> bytes:
    lines: list[str] = []
    for row in tags:
        lines += [f"{row.tag}:", f"  path: {row.path}"]
        lines += [f"  arch: {row.arch}"] if row.arch else []
    return "\n".join([*lines, ""]).encode()
