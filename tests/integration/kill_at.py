"""Run the command line and end it with SIGKILL at a named point, the Nth time it is passed.

`python -m tests.integration.kill_at POINT[@N] VERB …`; the points are the arguments of
`Progress.reached` in `publisher/steps` and `publisher/registry/engine`.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from publisher.cli.main import main
from publisher.ports.progress import Progress

_guard = threading.Lock()


def kill_at(chosen: str, count: int) -> None:
    """Let the process die when `chosen` is passed the `count`-th time."""
    passed = 0

    def reached(self: Progress, point: str) -> None:
        nonlocal passed
        with _guard:
            passed += point == chosen
            if passed == count:
                os.kill(os.getpid(), signal.SIGKILL)

    Progress.reached = reached  # type: ignore[method-assign]


if __name__ == "__main__":
    name, _, number = sys.argv[1].partition("@")
    kill_at(name, int(number or 1))
    sys.exit(main(sys.argv[2:]))
