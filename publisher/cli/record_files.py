"""Release records that lie here as files, such as those that a forge keeps with its releases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from publisher import codec
from publisher.errors import Malformed, UsageError
from publisher.plan.figures import History
from publisher.records.history import MOST_RECORDS, history_of
from publisher.records.release import ReleaseRecord

_MAX_RECORD = 16 * 1024 * 1024
"""Largest record that is read, in bytes; as large as one is written."""


def history_from(path: Path) -> History:
    """Read the figures of a record, or of all records (`*.json`) in a folder.

    Raises:
        UsageError: a file cannot be read or is no record, or there are too many.
    """
    return history_of(_read(file) for file in _files(path))


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    found = sorted(path.glob("*.json"))
    if len(found) > MOST_RECORDS:
        raise UsageError(
            f"{len(found)} files are too many", where=str(path), hint=f"keep the newest {MOST_RECORDS}"
        )
    yield from found


def _read(path: Path) -> ReleaseRecord:
    try:
        with path.open("rb") as file:  # cut off, a larger one is no JSON any more
            return codec.decode(ReleaseRecord, file.read(_MAX_RECORD), where=str(path))
    except (OSError, Malformed) as error:
        raise UsageError(
            "this is no release record",
            where=str(path),
            detail=str(error),
            hint="a release keeps its record as release-record.json",
        ) from error
