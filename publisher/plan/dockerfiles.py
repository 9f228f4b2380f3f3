"""The Dockerfiles of a state: fetched and read in batches, none twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from publisher.catalog.dockerfile.reader import Dockerfile, read_dockerfile
from publisher.catalog.entry import Entry
from publisher.catalog.files import Files, TreeFile
from publisher.catalog.settings import Settings
from publisher.errors import CatalogError
from publisher.plan.declarations import is_usable
from publisher.plan.memory import Memory
from publisher.plan.readings import Question, Reading, question_of, read

BATCH = 2000
"""Most files that are fetched at once: a large catalog is not held in memory as text."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The Dockerfiles that can be read, by path, with what is asked of each."""

    files: Mapping[str, TreeFile]
    questions: Mapping[str, tuple[Question, ...]]

    @classmethod
    def by(cls, entries: Iterable[Entry], settings: Settings, tree: Mapping[str, TreeFile]) -> Wanted:
        """Collect the questions of all entries; a file that is not there or not usable is left out."""
        asked: dict[str, dict[Question, None]] = {}
        for entry in entries:
            if entry.dockerfile in tree and is_usable(tree[entry.dockerfile]):
                questions = (question_of(entry, platform, settings) for platform in entry.platforms)
                asked.setdefault(entry.dockerfile, {}).update(dict.fromkeys(questions))
        return cls({path: tree[path] for path in asked}, {path: tuple(asked[path]) for path in asked})


@dataclass(frozen=True, slots=True)
class Dockerfiles:
    """Those that could be read, by path, and why the others could not."""

    files: Files
    readings: Mapping[str, Reading]
    bad: Mapping[str, CatalogError]
    _whole: dict[str, Dockerfile] = field(default_factory=dict, compare=False, repr=False)

    def __contains__(self, path: str) -> bool:
        return path in self.readings

    def __getitem__(self, path: str) -> Dockerfile:
        """Give a whole Dockerfile, for the few whose instructions matter to others."""
        if path not in self._whole:
            oid = self.files.tree[path].oid
            self._whole[path] = read_dockerfile(self.files.read([oid])[oid], path)
        return self._whole[path]

    def reading(self, path: str) -> Reading:
        """Give what a Dockerfile answers."""
        return self.readings[path]


def read_dockerfiles(
    files: Files, wanted: Wanted, memory: Memory, others: Collection[str]
) -> tuple[Dockerfiles, Mapping[str, bytes]]:
    """Read what the memory does not have, and put it there; `others` are objects to fetch along."""
    missing = [
        path
        for path, file in sorted(wanted.files.items())
        if not memory.recall_reading(file.oid, path, wanted.questions[path])
    ]
    fetched: dict[str, bytes] = {}
    for start in range(0, max(1, len(missing)), BATCH):
        batch = missing[start : start + BATCH]
        along = () if start else others
        blobs = files.read(sorted({*along, *(wanted.files[path].oid for path in batch)}))
        fetched |= {oid: blobs[oid] for oid in along}
        for path in batch:
            oid = wanted.files[path].oid
            questions = wanted.questions[path]
            memory.keep_reading(oid, path, questions, _read(blobs[oid], path, questions))
    return _known(files, wanted, memory), fetched


def _known(files: Files, wanted: Wanted, memory: Memory) -> Dockerfiles:
    found = {path: memory.dockerfiles[file.oid, path] for path, file in wanted.files.items()}
    return Dockerfiles(
        files,
        {path: one for path, one in found.items() if isinstance(one, Reading)},
        {path: one for path, one in found.items() if isinstance(one, CatalogError)},
    )


def _read(raw: bytes, path: str, questions: Iterable[Question]) -> Reading | CatalogError:
    try:
        return read(raw, path, questions)
    except CatalogError as error:
        return error
