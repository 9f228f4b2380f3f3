"""Which files of its context a build can use: just these are materialised, and counted in its identity."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from publisher.catalog.dockerfile.stages import CopySource
from publisher.catalog.files import TreeFile
from publisher.catalog.ignore_file import IGNORE_NAME, Ignore
from publisher.catalog.paths import ROOT, folders_above
from publisher.catalog.wildcards import Pattern, file_pattern, has_wildcards, matches
from publisher.errors import CatalogError, Malformed

LEFT_OUT_NAMES = ("meta.yml", "smoke.yml", "smoke.yaml", ".DS_Store", IGNORE_NAME)
"""Files that say something about an image but are not in it, unless the Dockerfile names them."""
LEFT_OUT_START = "README"
LEFT_OUT_ENDS = (".md", ".rst", ".png", ".jpg", ".jpeg", ".svg", ".gif")
"""Beginning and ends of further such names; ends in capitals are meant too."""
DOCUMENTATION = ("doc", "docs")
"""Folders at the top of a context that are left out in the same way."""
MAX_COMPARISONS = 1_000_000
"""Most sources × files that are compared; beyond them the whole folder counts."""
SYMLINK, SUBMODULE = "120000", "160000"
"""Modes of git tree entries: https://git-scm.com/docs/git-fast-import#_filemodify"""


def consumed(
    files: Mapping[str, TreeFile],
    dockerfile: str,
    ignore: Ignore,
    sources: Collection[CopySource] | None,
    smoke: Collection[str] = (),
) -> tuple[str, ...]:
    """Give the paths, sorted, that the build can use.

    `files` are those of the context by their path in it; `dockerfile` and `smoke` are paths in it
    too (others have no effect).  Without `sources` the whole folder counts.  A symbolic link on the
    way to a source may lead anywhere in the context, so then everything counts.

    Raises:
        CatalogError: a pattern of a source is wrong (`where` is the Dockerfile's line), or
            `.dockerignore` has too many patterns for so many files.
    """
    ignore.check(files)
    present = {
        path: file
        for path, file in files.items()
        if file.mode != SUBMODULE and not (ignore.rules and ignore.excludes(path))
    }
    own = {*smoke, *_passed(dockerfile)}
    aside = {path for path in present if path in own or is_left_out(path)}
    if sources is None or len(sources) * len(present) > MAX_COMPARISONS:
        return tuple(sorted(present.keys() - aside))
    links = {path for path, file in present.items() if file.mode == SYMLINK}
    used: set[str] = set()
    for source in sources:
        reach = _Reach.of(source, dockerfile)
        if any(reach.passes(link) for link in links):
            return tuple(sorted(present))
        covered = {path for path in present if reach.covers(path)}
        used |= {path for path in covered if path not in aside or reach.names(path)}
    return tuple(sorted(used))


def is_left_out(path: str) -> bool:
    """Tell whether a file is documentation, a picture or the catalog's own."""
    folder, slash, _ = path.partition("/")
    if slash and folder in DOCUMENTATION:
        return True
    name = posixpath.basename(path)
    lower = name.lower()
    return (
        lower.endswith(LEFT_OUT_ENDS)
        or name.startswith(LEFT_OUT_START)
        or name in LEFT_OUT_NAMES
        or lower in LEFT_OUT_NAMES
    )


def _passed(dockerfile: str) -> tuple[str, str]:
    """Give what the builder gets apart from the context: a comment in it must not change the context."""
    return dockerfile, f"{dockerfile}{IGNORE_NAME}"


@dataclass(frozen=True, slots=True)
class _Reach:
    """What one source of a COPY, ADD or bind mount reaches.

    `folder` is the part of it without wildcards; `pattern` is None where that is all.
    """

    folder: str
    pattern: Pattern | None

    @classmethod
    def of(cls, source: CopySource, dockerfile: str) -> _Reach:
        """Read a source.  Raises CatalogError where its pattern is wrong."""
        if not has_wildcards(source.pattern):
            return cls(source.pattern, None)
        try:
            pattern = file_pattern(source.pattern)
        except Malformed as error:
            raise CatalogError(error.what, where=f"{dockerfile}:{source.line}") from error
        folder, wild = _without_wildcards(source.pattern)
        return cls(folder, pattern if wild else None)

    def covers(self, path: str) -> bool:
        """Tell whether the source is the file or a folder above it."""
        if self.pattern is None:
            return self.folder in (ROOT, path) or path.startswith(f"{self.folder}/")
        return any(matches(self.pattern, above) for above in (*folders_above(path), path))

    def names(self, path: str) -> bool:
        """Tell whether the source means this file: itself, its own folder, or a folder of documentation."""
        if self.pattern is not None:
            return matches(self.pattern, path)
        in_documentation = self.folder.partition("/")[0] in DOCUMENTATION
        is_own = self.folder == posixpath.dirname(path)
        return self.folder == path or (self.folder != ROOT and (is_own or in_documentation))

    def passes(self, link: str) -> bool:
        """Tell whether a link is the source or on the way to it; links below it are copied as links."""
        on_the_way = self.folder == link or self.folder.startswith(f"{link}/")
        return on_the_way or (self.pattern is not None and matches(self.pattern, link))


def _without_wildcards(text: str) -> tuple[str, bool]:
    """Give the path that a pattern means, up to its first part with a wildcard, and whether there is one."""
    parts: list[str] = []
    for part in text.split("/"):
        if re.search(r"(?:^|[^\\])(?:\\\\)*[*?\[]", part):
            return "/".join(parts) or ROOT, True
        parts.append(re.sub(r"\\(.)", r"\1", part))
    return "/".join(parts), False
