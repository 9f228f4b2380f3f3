"""What cosign said in verbose mode: its verdict, and how each of its requests to a registry ended."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_ANSWER = re.compile(r"<-- (\d{3}) (https?://\S+) \(")
_FAILURE = re.compile(r"<-- (.+) (?:GET|HEAD|POST|PUT|PATCH) (https?://\S+) \(")
_NOTHING = (
    "no signatures found", "no matching signatures", "no matching attestations",
    "none of the attestations matched the predicate type",
)  # fmt: skip
"""How cosign 3.1 says that nothing there is signed by the expected identity."""
_ABSENT = frozenset({404})
_NO_API = frozenset({400, 404, 406})
"""Answers to the referrers API after which the client uses the fallback tag (go-containerregistry)."""
_FIRST_ERROR_STATUS = 400


class Transcript:
    """Collects lines; only the last answer to each request counts, since the client tries again by itself."""

    def __init__(self) -> None:
        self._ends: dict[str, int | str] = {}
        self._errors: list[str] = []

    def add(self, line: str) -> None:
        """Take one line of standard error."""
        if answer := _ANSWER.search(line):
            self._ends[answer[2]] = int(answer[1])
        elif failure := _FAILURE.search(line):
            self._ends[failure[2]] = failure[1]
        elif line.startswith("Error: "):
            self._errors = [line.removeprefix("Error: ")]
        elif line.startswith("error during command execution"):
            self._errors.append("")
        elif self._errors and self._errors[-1]:
            self._errors.append(line)

    @property
    def error(self) -> str:
        """Give cosign's own error message, empty where it had none."""
        return "\n".join(self._errors).strip()

    @property
    def found_nothing(self) -> bool:
        """Tell whether the error is the verdict: nothing here is signed by the expected identity."""
        return self.error.startswith(_NOTHING)

    @property
    def trouble(self) -> list[str]:
        """Give the requests that ended without a usable answer."""
        return [f"{end} from {url}" for url, end in self._ends.items() if not _usable(url, end)]


def _usable(url: str, end: int | str) -> bool:
    path = urlsplit(url).path
    if path == "/v2/":  # the first knock: may ask for credentials, or be tried with TLS where there is none
        return True
    if isinstance(end, str):
        return False
    return end < _FIRST_ERROR_STATUS or end in (_NO_API if "/referrers/" in path else _ABSENT)
