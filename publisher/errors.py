"""Errors that a user meets, one small tree.

Each error answers four questions, in this order: what failed, on which target
and reference, what the tool said last, and what to do next.  The exit code says
which phase failed, so that CI can tell a broken catalog from a registry outage.
"""

from __future__ import annotations

from typing import ClassVar


class PublisherError(Exception):
    """Base of every error that ends in a message instead of a traceback."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", detail: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.detail = detail
        self.hint = hint

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """Give the four-part message, one part a line (the detail keeps its own lines)."""
        parts = [self.what if not self.where else f"{self.what} – {self.where}"]
        parts += [f"  | {line}" for line in self.detail.rstrip().splitlines()]
        if self.hint:
            parts.append(f"  → {self.hint}")
        return parts


class UsageError(PublisherError):
    """The command line, an environment variable or a settings value is wrong."""

    exit_code = 2


class Malformed(UsageError, ValueError):
    """A text is not a valid value of its type (a digest, a platform, a reference …)."""


class CatalogError(UsageError):
    """A file of the catalog cannot be used; `where` is `file:line:column`."""


class MissingTool(UsageError):
    """A program that the step needs is not on PATH."""


class PlanError(PublisherError):
    """What is to be done cannot be determined, or may not be done."""

    exit_code = 3


class HistoryError(PlanError):
    """A commit is unknown, unreachable (shallow clone) or not a descendant."""


class BuildError(PublisherError):
    """A build failed."""

    exit_code = 4


class MaterialsDiffer(BuildError):
    """BuildKit used other images than the plan named."""


class BuilderUnavailable(BuildError):
    """No BuildKit answers."""


class TestError(PublisherError):
    """A smoke test failed, or an image may not be published untested."""

    exit_code = 5


class EngineUnavailable(TestError):
    """No docker engine answers."""


class AttestError(PublisherError):
    """An SBOM, an attestation or a signature could not be made."""

    exit_code = 6


class VerifyError(AttestError):
    """A signature or an attestation is not valid for the expected identity."""


class RegistryError(PublisherError):
    """A registry refused or failed."""

    exit_code = 7


class RegistryUnreachable(RegistryError):
    """A registry does not answer, after retries."""


class AccessDenied(RegistryError):
    """A registry refuses the credentials (401 or 403)."""


class NotFound(RegistryError):
    """A manifest, blob or repository is not there (404)."""


class DigestMismatch(RegistryError):
    """Bytes are not those that their digest promises."""


class TagMoved(RegistryError):
    """Somebody else moved a tag since the plan looked at it."""


class RecordConflict(RegistryError):
    """The chain of release records is forked, replayed or broken."""


class PublisherBusy(RegistryError):
    """Another publisher works on the same staging prefix."""


class ReleaseError(PublisherError):
    """Release notes or records could not be delivered to the forge."""

    exit_code = 8
