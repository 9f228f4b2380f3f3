"""Carrying out operations at registries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from publisher.transfer.operations import Operation


class Transfer(Protocol):
    """Executes operations of one destination in order; what is already there is not sent again."""

    def execute(self, registry: str, operations: Sequence[Operation]) -> None:
        """Carry out all operations at the named registry.

        Raises:
            RegistryError: an operation failed; what was done stays, and running again goes on from there.
        """
