"""The declarations of the openEuler image repository, a tag a line, as they were in 2026."""

from __future__ import annotations

import gzip
import json
import posixpath
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

CORPUS = Path(__file__).parent / "openeuler-catalog.jsonl.gz"
OWN = "openeuler/"
"""The prefix of references that may mean an image of the repository itself."""


@dataclass(frozen=True, slots=True)
class Row:
    """A tag: the file that declares it, the published name, the path as written, the Dockerfile that it means
    (None where there is none), the references of its FROMs, and which of them the catalog has."""

    meta: str
    name: str
    tag: str
    path: str
    dockerfile: str | None
    arch: str | None
    references: tuple[str, ...]
    parents: tuple[str, ...]

    @property
    def category(self) -> str:
        """Give the folder at the top."""
        return self.meta.partition("/")[0]

    @property
    def folder(self) -> str:
        """Give the image's folder in the repository."""
        return posixpath.dirname(self.meta)


@cache
def rows() -> tuple[Row, ...]:
    """Give all 1,638 tags, in the order of the file."""
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        return tuple(_row(json.loads(line)) for line in lines)


def _row(one: dict[str, object]) -> Row:
    references, parents = one.pop("from"), one.pop("parents")
    assert isinstance(references, list)
    assert isinstance(parents, list)
    return Row(references=tuple(references), parents=tuple(parents), **one)  # type: ignore[arg-type]


def renamed(number: int) -> tuple[Row, ...]:
    """Give the rows under other names: copy 7 has `x07-AI/x07-python`, and its references say so too."""
    return rows() if number == 0 else tuple(_renamed(row, f"x{number:02}-") for row in rows())


def _renamed(row: Row, mark: str) -> Row:
    category, folder = row.folder.split("/", 1)
    moved = f"{mark}{category}/{mark}{folder}"

    def move(path: str) -> str:
        return path.replace(row.folder, moved, 1) if path.startswith(f"{row.folder}/") else path

    return replace(
        row,
        meta=move(row.meta),
        name=f"{mark}{row.name}",
        path=move(row.path),
        dockerfile=row.dockerfile and move(row.dockerfile),
        references=tuple(_reference(text, mark) for text in row.references),
        parents=tuple(f"{mark}{parent}" for parent in row.parents),
    )


@cache
def _names() -> frozenset[str]:
    return frozenset(row.name for row in rows())


def _reference(text: str, mark: str) -> str:
    name = text.removeprefix(OWN).partition(":")[0]
    return f"{OWN}{mark}{text.removeprefix(OWN)}" if text.startswith(OWN) and name in _names() else text
