"""What a run knows so far, shared by its nodes and kept as JSON in the run directory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from publisher import codec
from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.platform import Platform
from publisher.plan.inputs import BuildInputs
from publisher.records.build import BuildRecord
from publisher.records.evidence import Evidence
from publisher.records.image import AttestedImage, IndexRecord
from publisher.records.release import Unfinished
from publisher.records.test import TestRecord

T = TypeVar("T")
BUILDS, TESTS, INDEXES, IMAGES, UNFINISHED = (
    "builds.json",
    "tests.json",
    "indexes.json",
    "attestations.json",
    "unfinished.json",
)


@dataclass(frozen=True, slots=True)
class BuildsFile:
    """`builds.json`."""

    builds: tuple[BuildRecord, ...]
    schema_version: int = 1


@dataclass(frozen=True, slots=True)
class TestsFile:
    """`tests.json`."""

    tests: tuple[TestRecord, ...]
    schema_version: int = 1


@dataclass(frozen=True, slots=True)
class IndexesFile:
    """`indexes.json`."""

    indexes: tuple[IndexRecord, ...]
    schema_version: int = 1


@dataclass(frozen=True, slots=True)
class ImagesFile:
    """`attestations.json`."""

    images: tuple[AttestedImage, ...]
    schema_version: int = 1


@dataclass(frozen=True, slots=True)
class UnfinishedFile:
    """`unfinished.json`."""

    unfinished: tuple[Unfinished, ...]
    schema_version: int = 1


@dataclass(slots=True)
class Results:
    """Records by target and platform.  Each key has one writer; reading needs no lock."""

    builds: dict[tuple[TargetId, Platform], BuildRecord] = field(default_factory=dict)
    tests: dict[tuple[TargetId, Platform], TestRecord] = field(default_factory=dict)
    indexes: dict[TargetId, IndexRecord] = field(default_factory=dict)
    evidence: dict[tuple[TargetId, Platform | None], tuple[Evidence, ...]] = field(default_factory=dict)
    images: dict[TargetId, AttestedImage] = field(default_factory=dict)
    unfinished: dict[TargetId, Unfinished] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def save(self, directory: Path) -> None:
        """Write every file of the steps, so that the next step can start from them."""
        with self._lock:
            _write(directory / BUILDS, BuildsFile(tuple(self.builds.values())))
            _write(directory / TESTS, TestsFile(tuple(self.tests.values())))
            _write(directory / INDEXES, IndexesFile(tuple(self.indexes.values())))
            _write(directory / IMAGES, ImagesFile(tuple(self.images.values())))
            _write(directory / UNFINISHED, UnfinishedFile(tuple(self.unfinished.values())))

    def forget_others(self, inputs: Mapping[TargetId, Mapping[Platform, BuildInputs]]) -> None:
        """Drop what belongs to other builds than these: an older plan may have used the same directory."""

        def is_wanted(target: TargetId, ids: Mapping[Platform, BuildId]) -> bool:
            return ids == {platform: item.build_id for platform, item in inputs.get(target, {}).items()}

        def known(target: TargetId, platform: Platform) -> BuildId | None:
            found = inputs.get(target, {}).get(platform)
            return found.build_id if found else None

        self.builds = {key: item for key, item in self.builds.items() if item.build_id == known(*key)}
        self.tests = {
            key: item
            for key, item in self.tests.items()
            if key in self.builds and self.builds[key].digest == item.digest
        }
        self.indexes = {
            target: item
            for target, item in self.indexes.items()
            if is_wanted(target, {one.platform: one.build_id for one in item.platforms})
        }
        self.images = {
            target: item
            for target, item in self.images.items()
            if target not in self.unfinished
            and is_wanted(target, {one.platform: one.build_id for one in item.platforms})
        }

    @classmethod
    def load(cls, directory: Path) -> Results:
        """Read what earlier steps wrote; absent files count as empty."""
        results = cls()
        for build in _read(directory / BUILDS, BuildsFile, lambda file: file.builds):
            results.builds[build.target, build.platform] = build
        for test in _read(directory / TESTS, TestsFile, lambda file: file.tests):
            results.tests[test.target, test.platform] = test
        for index in _read(directory / INDEXES, IndexesFile, lambda file: file.indexes):
            results.indexes[index.target] = index
        for image in _read(directory / IMAGES, ImagesFile, lambda file: file.images):
            results.images[image.target] = image
        for item in _read(directory / UNFINISHED, UnfinishedFile, lambda file: file.unfinished):
            results.unfinished[item.target] = item
        return results


R = TypeVar("R")


def _read(path: Path, kind: type[T], items: Callable[[T], tuple[R, ...]]) -> tuple[R, ...]:
    return items(codec.decode(kind, path.read_bytes(), where=str(path))) if path.exists() else ()


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(codec.pretty(value), encoding="utf-8")
    partial.replace(path)
