"""The one error of the stack."""

from __future__ import annotations


class StackError(Exception):
    """A service cannot be started, reached or stopped; the message says which, why, and what to do next."""
