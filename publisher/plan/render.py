"""The plan as JSON, text and Markdown, and the explanation of one target.  All pure."""

from __future__ import annotations

import json

from publisher.catalog.target import TargetId
from publisher.codec import to_plain
from publisher.plan.explain import explain_lines
from publisher.plan.markdown import MARKER, markdown_lines
from publisher.plan.plan import Plan
from publisher.plan.snapshot import Snapshot
from publisher.plan.table import table_lines

__all__ = ["MARKER", "as_json", "as_markdown", "as_table", "explain"]

DEFAULT_WIDTH = 100
"""Columns of a table where no terminal says otherwise."""


def as_json(plan: Plan) -> str:
    """Give the document that `--format json` prints; `codec.decode(Plan, …)` reads it."""
    plain = to_plain(plan)
    document = {"schema_version": plain.pop("schema_version"), **plain}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_table(plan: Plan, width: int = DEFAULT_WIDTH) -> str:
    """Give the table for people."""
    return "\n".join(table_lines(plan, width)) + "\n"


def as_markdown(plan: Plan) -> str:
    """Give the comment for a pull request; its first line marks it, so that it can be updated in place."""
    return "\n".join(markdown_lines(plan)).rstrip() + "\n"


def explain(plan: Plan, base: Snapshot, head: Snapshot, target: TargetId) -> str:
    """Say why a target is in the plan, or is not."""
    return "\n".join(explain_lines(plan, base, head, target)) + "\n"
