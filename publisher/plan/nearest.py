"""What an unknown name was probably meant to be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from itertools import islice

from publisher.catalog.paths import ROOT, below, folders_above

MOST = 200
"""Names that one is compared with; comparing is slow, and a catalog may have 100,000."""
LOOKED_FOR = 100
"""Unknown names that are looked for; somebody who has more needs another help than a suggestion."""


class NearestName:
    """Finds declared names (`image:tag`); each unknown one is looked for once.

    The names are sorted by image when the first unknown one is met, so a sound catalog pays nothing.
    """

    def __init__(self) -> None:
        self._found: dict[str, str] = {}
        self._tags: dict[str, list[str]] = {}
        self._images: dict[str, list[str]] = {}

    def fix(self, unknown: str, names: Collection[str]) -> str:
        """Give the text of a fix: the nearest tag of the image, or the nearest image; empty without any."""
        if not self._tags:
            self._sort(names)
        if unknown not in self._found and len(self._found) < LOOKED_FOR:
            self._found[unknown] = self._find(unknown)
        found = self._found.get(unknown)
        return f"did you mean `{found}`?" if found else ""

    def _sort(self, names: Iterable[str]) -> None:
        tags: defaultdict[str, list[str]] = defaultdict(list)
        for name in names:
            tags[name.partition(":")[0]].append(name)
        self._tags = dict(tags)
        images: defaultdict[str, list[str]] = defaultdict(list)
        for image in sorted(tags):
            for key in _keys(image):
                images[key].append(image)
        self._images = dict(images)

    def _find(self, unknown: str) -> str:
        image, _, tag = unknown.partition(":")
        if image not in self._tags:
            alike = {one for key in _keys(image) for one in self._images.get(key, [])[:MOST]}
            image = next(iter(get_close_matches(image, sorted(alike)[:MOST], n=1, cutoff=0.75)), "")
            if not image:
                return ""
        near = get_close_matches(f"{image}:{tag}", self._tags[image][:MOST], n=1, cutoff=0.5)
        return next(iter(near), "")


def _keys(image: str) -> set[str]:
    """Give what two names have in common that are worth comparing: how their last part begins or ends."""
    last = image.rpartition("/")[2]
    return {f"{last[:2]}*", f"*{last[-3:]}"}


def nearest_word(unknown: str, words: Iterable[str]) -> str:
    """Give the text of a fix that names the nearest word; empty without any."""
    alike = sorted(words, key=lambda word: (word[:1] != unknown[:1], word))[:MOST]
    near = get_close_matches(unknown[:80], alike, n=1)
    return f"did you mean `{near[0]}`?" if near else ""


def nearest_files(
    wanted: Iterable[str], paths: Iterable[str], fits: Callable[[str, str], bool] = lambda *_: True
) -> Mapping[str, str]:
    """Give for each path that is not there the nearest one in its folder, or in the folders around it.

    All at once: the paths of a repository are many, and are gone through once.  `fits` is asked with a
    wanted path and another one whether that may be suggested.
    """
    asked = {path: _above(path) for path in islice(dict.fromkeys(wanted), LOOKED_FOR)}
    known: dict[str, list[str]] = {folder: [] for folders in asked.values() for folder in folders}
    for path in paths if known else ():
        for folder in _above(path):
            if folder in known and len(known[folder]) < MOST:
                known[folder].append(path)
    found = {
        path: _nearest_file(
            path, ((folder, [o for o in known[folder] if fits(path, o)]) for folder in folders)
        )
        for path, folders in asked.items()
    }
    return {path: near for path, near in found.items() if near}


def _above(path: str) -> tuple[str, ...]:
    """Give the folder of a file and the two above that one, the closest first."""
    return tuple(reversed(folders_above(path)[-3:])) or (ROOT,)


def _nearest_file(path: str, folders: Iterable[tuple[str, Collection[str]]]) -> str:
    """Compare with the paths below each folder: what all of them begin with says nothing."""
    for folder, paths in folders:
        inside = {below(folder, one) or one: one for one in paths}
        if near := get_close_matches(below(folder, path) or path, inside, n=1, cutoff=0.7):
            return inside[near[0]]
    return ""
