"""The page that GitHub Actions shows for a run."""

from __future__ import annotations

from pathlib import Path

LIMIT = 1024 * 1024
"""Bytes of one step's summary; a longer one is dropped whole.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary"""
_CUT = b"\n\n... the rest does not fit into a step summary\n"


class StepSummary:
    """Appends Markdown to the file that $GITHUB_STEP_SUMMARY names, as much as it may hold."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, markdown: str) -> None:
        """Append a paragraph; foreign names in it are the caller's to escape as Markdown."""
        text = markdown.rstrip("\n").encode(errors="backslashreplace") + b"\n\n"
        room = LIMIT - (self._path.stat().st_size if self._path.exists() else 0)
        if len(text) > room:
            text = text[: max(0, room - len(_CUT))].decode(errors="ignore").encode() + _CUT[: max(0, room)]
        with self._path.open("ab") as file:
            file.write(text)
