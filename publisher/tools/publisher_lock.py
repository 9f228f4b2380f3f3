"""One publisher at a time on this machine: a lock file for each staging prefix.

The lock belongs to the process, so kill -9 releases it.  Between machines CI's
concurrency group does the same.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from publisher.errors import PublisherBusy
from publisher.oci.digest import Digest


@contextmanager
def hold(directory: Path, staging: str) -> Iterator[None]:
    """Hold the lock of a staging prefix, a file in `directory`.

    Raises:
        PublisherBusy: another process holds it; says which.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{Digest.of(staging.encode()).short}.lock"
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise PublisherBusy(
                f"another publisher works on {staging}",
                where=f"process {file.read(20).strip() or 'unknown'}, {path}",
                hint="wait until it has ended; a process that was killed holds no lock",
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
