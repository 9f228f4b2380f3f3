"""What a transfer will cost each registry, and what it came to: tables, and the same as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from publisher.cli.lane_text import ended_line
from publisher.cli.table import table_lines
from publisher.cli.text import columns, printable
from publisher.cli.units import number, size
from publisher.codec import to_plain
from publisher.notes.markdown import table as markdown_table
from publisher.plan.quota import HOUR, least_seconds, long_text, quota_text

if TYPE_CHECKING:
    from publisher.cli.console import Console
    from publisher.transfer.cost import TransferCost
    from publisher.transfer.figures import LaneFigures
