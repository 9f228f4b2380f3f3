#!/usr/bin/env python3
"""Install the pinned tools: `python3 workflows/tools/install.py --help`."""

import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 (this line is for the Python that somebody happens to have)
    sys.exit("error: Python 3.11 or newer is needed, this is %d.%d" % sys.version_info[:2])  # noqa: UP031
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from workflows.tools.toolset.command import main

if __name__ == "__main__":
    sys.exit(main())
