"""One thing that is wrong at a registry."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.catalog.problem import Severity
from publisher.oci.digest import Digest


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding; `id` is stable (`A003`), `repair` the command that mends it.

    `image` and `tag` are empty for findings about a registry as a whole, `digest` where none is at fault.
    """

    id: str
    severity: Severity
    image: str
    tag: str
    registry: str
    digest: str
    message: str
    repair: str

    @property
    def is_error(self) -> bool:
        """Tell whether the audit fails because of it."""
        return self.severity is Severity.ERROR


@dataclass(frozen=True, slots=True)
class Fault:
    """What a rule objects to; the rule's id and the tag's place are added to make a finding."""

    message: str
    digest: Digest | None = None
