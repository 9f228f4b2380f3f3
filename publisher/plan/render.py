"""The plan as JSON, text and Markdown, and the explanation of one target.  All pure."""

from __future__ import annotations

import json

from publisher.codec import to_plain
from publisher.plan.cost import Cost
from publisher.plan.explain import Explanation
from publisher.plan.explanation_text import explanation_lines
from publisher.plan.markdown import MARKER, markdown_lines
from publisher.plan.plan import Plan
from publisher.plan.table import table_lines

__all__ = ["MARKER", "as_explanation", "as_json", "as_markdown", "as_table", "explanation_as_json"]

DEFAULT_WIDTH = 100
"""Columns of a table where no terminal says otherwise."""


def as_json(plan: Plan, cost: Cost | None = None) -> str:
    """Give the document that `--format json` prints; `codec.decode(Plan, …)` reads it, without `cost`."""
    plain = to_plain(plan)
    document = {"schema_version": plain.pop("schema_version"), **plain}
    if cost:
        document["cost"] = to_plain(cost)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_table(plan: Plan, width: int = DEFAULT_WIDTH, cost: str = "") -> str:
    """Give the table for people; `cost` is a line of `cost_text`, or empty."""
    return "\n".join(table_lines(plan, width, cost)) + "\n"


def as_markdown(plan: Plan, cost: str = "") -> str:
    """Give the comment for a pull request; its first line marks it, so that it can be updated in place."""
    return "\n".join(markdown_lines(plan, cost)).rstrip() + "\n"


def as_explanation(found: Explanation, plan: Plan) -> str:
    """Give an explanation as text."""
    return "\n".join(explanation_lines(found, plan)) + "\n"


def explanation_as_json(found: Explanation) -> str:
    """Give an explanation as JSON; its fields are those of `Explanation`."""
    return json.dumps({"schema_version": 1, **to_plain(found)}, indent=2, ensure_ascii=False) + "\n"
