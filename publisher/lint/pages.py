"""The page of every rule, whoever checks it."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.lint import (
    pages_entries,
    pages_files,
    pages_lock,
    pages_matrix,
    pages_openeuler,
    pages_settings,
    pages_targets,
    pages_yaml,
)
from publisher.lint.page import Page
from publisher.lint.rules import LINT_RULES

_TOPICS = (
    pages_yaml, pages_entries, pages_settings, pages_openeuler, pages_matrix,
    pages_files, pages_targets, pages_lock,
)  # fmt: skip
_ALL = (*(page for topic in _TOPICS for page in topic.PAGES), *map(type, LINT_RULES))
PAGES: Mapping[str, type[Page]] = {page.id: page for page in sorted(_ALL, key=lambda page: page.id)}
"""By id."""
