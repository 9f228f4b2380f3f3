"""What files were before: the older versions of each, along first parents."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from publisher.tools.git_program import GitProgram, object_id

_REGULAR = ("100644", "100755")
_QUIET = (
    "--no-show-signature", "--no-notes", "--no-follow", "--no-ext-diff", "--no-renames",
    "--ignore-submodules=none",
)  # fmt: skip
"""Against what a user's settings would add."""
_FORM = ("--first-parent", "--diff-merges=first-parent", "--raw", "--no-abbrev", "-z", "--format=")


def older_versions(
    program: GitProgram, commit: str, paths: Collection[str], most: int
) -> Mapping[str, tuple[str, ...]]:
    """Give object ids, newest first, in one process; a file that was deleted and added again begins anew.

    Raises:
        HistoryError: git cannot read the history.
    """
    found: dict[str, list[str]] = {path: [] for path in paths}
    if not found:
        return {}
    done = program.read(
        "--literal-pathspecs", "log", *_QUIET, *_FORM, f"--max-count={most * len(found)}",
        object_id(commit), "--", *sorted(found),
        what=f"the history before {commit[:12]} cannot be read",
    )  # fmt: skip
    begun: set[str] = set()
    for path, mode, oid in _changes(done.stdout):
        if path in found and path not in begun and len(found[path]) < most:
            if not oid.strip("0"):
                begun.add(path)
            elif mode in _REGULAR:
                found[path].append(oid)
    return {path: tuple(oids) for path, oids in found.items()}


def _changes(listing: bytes) -> Iterator[tuple[str, str, str]]:
    """Take apart `:<old mode> <mode> <old oid> <oid> <status> NUL <path> NUL`: path, old mode, old id."""
    fields = listing.decode(errors="surrogateescape").split("\0")
    for about, path in zip(fields[::2], fields[1::2], strict=False):
        mode, _, oid, *_ = about.lstrip(":").split(" ")
        yield path, mode, oid
