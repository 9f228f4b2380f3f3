"""Run the command line and hold it at a named point until a test has meddled with the world.

`python -m tests.integration.pause_at POINT FOLDER VERB …`: at the point the file `reached` appears in the
folder, and the run goes on as soon as `go` is there.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from publisher.cli.main import main
from publisher.ports.progress import Progress
from tests.integration.small import Ran, SmallCatalog

PATIENCE = 90.0
"""Seconds after which a run that nobody releases goes on, and a test that waits gives up."""
_guard = threading.Lock()


def pause_at(chosen: str, folder: Path) -> None:
    """Let the process wait when `chosen` is passed for the first time."""

    def reached(self: Progress, point: str) -> None:
        with _guard:
            if point == chosen and not (folder / "reached").exists():
                (folder / "reached").touch()
                _await((folder / "go").exists)

    Progress.reached = reached  # type: ignore[method-assign]


def run_paused(
    world: SmallCatalog, point: str, folder: Path, meddle: Callable[[], object], *words: str
) -> Ran:
    """Run the command line, `meddle` while it stands at `point`, and let it end."""
    folder.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "tests.integration.pause_at", point, str(folder), *words]
    with subprocess.Popen(
        [*argv, "--repo", str(world.repository)], env=world.surroundings, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        _await(lambda: (folder / "reached").exists() or child.poll() is not None)
        try:
            if child.poll() is None:
                meddle()
        finally:
            (folder / "go").touch()
            out, err = child.communicate(timeout=PATIENCE)
    return Ran(child.returncode, out, err)


def _await(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.02)


if __name__ == "__main__":
    pause_at(sys.argv[1], Path(sys.argv[2]))
    sys.exit(main(sys.argv[3:]))
