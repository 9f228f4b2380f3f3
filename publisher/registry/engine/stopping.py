"""The error of a run that a person ended."""

from __future__ import annotations

from publisher.errors import RegistryError


def given_up(where: str = "") -> RegistryError:
    """Say that the run was given up (Ctrl-C), and how to go on."""
    return RegistryError("the run was given up", where=where, hint="run it again to go on")
