#!/usr/bin/env python3
"""Install the pinned tools: `python3 workflows/tools/install.py --help`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from workflows.tools.toolset.command import main

if __name__ == "__main__":
    sys.exit(main())
