"""How work tells a person where it is; the default says nothing."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.transfer.figures import LaneFigures


class Progress:
    """Receives what happens; every method may be called from any thread and must return at once.

    `node` is `target platform` or a registry's name, `step` the phase.
    This class itself is the silent implementation.
    """

    def started(self, step: str, node: str) -> None:
        """Work on a node began."""

    def update(self, step: str, node: str, text: str) -> None:
        """Work on a node said something new, in one line."""

    def lane(self, figures: LaneFigures) -> None:
        """A registry's part of a transfer came on; the last call has `ended`."""

    def finished(self, step: str, node: str, result: str, seconds: float) -> None:
        """Work on a node ended; `result` is one of done, reused, failed, blocked, untested, skipped."""

    def command(self, argv: Sequence[str]) -> None:
        """A program is about to run; secrets are already masked."""

    def note(self, text: str) -> None:
        """Something worth a line."""

    def warning(self, text: str, *, file: str = "", line: int = 0) -> None:
        """Something that a person should look at."""

    def reached(self, point: str) -> None:
        """A named point between two effects was passed, such as `publish:committed`; tests interrupt here."""
