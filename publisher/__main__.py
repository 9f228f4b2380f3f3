"""Run the command line with `python -m publisher`."""

from __future__ import annotations

import sys

from publisher.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
