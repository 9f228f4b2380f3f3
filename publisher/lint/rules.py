"""All rules: those that only lint checks, and the pages of those that readers and planner check."""

from __future__ import annotations

from publisher.lint.arguments import UnusedArgument
from publisher.lint.dockerfiles import UndeclaredDockerfile
from publisher.lint.links import EscapingLink
from publisher.lint.locks import FloatingTag
from publisher.lint.page import LintRule
from publisher.lint.roots import EmptyCatalog
from publisher.lint.routes import UnfitRegistry, UnmatchedRoute, UnusedRegistry
from publisher.lint.secrets import SecretArgument, SecretInDockerfile
from publisher.lint.smoke import MissingSmokeTest

LINT_RULES: tuple[LintRule, ...] = (
    UndeclaredDockerfile(),
    FloatingTag(),
    SecretArgument(),
    SecretInDockerfile(),
    MissingSmokeTest(),
    UnmatchedRoute(),
    UnusedRegistry(),
    UnfitRegistry(),
    EscapingLink(),
    UnusedArgument(),
    EmptyCatalog(),
)
"""The rules that `publisher lint` adds, in the order of their ids."""
